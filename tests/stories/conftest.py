"""What the stories do without: pictures, which nothing rests on, and drawing images twice."""

from collections.abc import Iterator
from functools import cache

import pytest

from fashion_bench.data import synthetic


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Draw the made-up images once, and no pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "draw_images", cache(synthetic.draw_images))
        patch.setattr("fashion_bench.app.sync.study_pictures", lambda *_: {"arms.png": b"drawn"})
        yield
