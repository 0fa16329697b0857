import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.plots.images import mosaic


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4))
def test_every_tile_is_found_back(count: int, columns: int, side: int) -> None:
    """Tiles lie in reading order, whole, and all the rest is NaN."""
    tiles = np.arange(count * side * side, dtype=float).reshape(count, side, side)
    sheet = mosaic(tiles, columns)
    step = side + 1
    for place, tile in enumerate(tiles):
        top, left = place // columns * step, place % columns * step
        assert (sheet[top : top + side, left : left + side] == tile).all()
    assert np.isfinite(sheet).sum() == tiles.size
    assert sheet.shape == (-(-count // columns) * step - 1, columns * step - 1)
