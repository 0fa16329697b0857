"""A small chart of curves as SVG, for a page that follows the reader's colours and width."""

from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import arm_colors
from fashion_bench.analysis.plots.curves import Band, window_of_bands

# In the picture's own units, which are pixels of a telephone.
WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 40, WIDTH - 10, 8, HEIGHT - 34
Place = Callable[[float], float]


def svg_chart(bands: Sequence[Band], arms: Sequence[str]) -> Markup:
    """Return the bands as SVG, in the colours that their arms have in every picture.

    A line in its band; where trials were stopped, or at one epoch alone, a ring with a bar.
    Nothing a user wrote is in it: the legend is the page's.

    Args:
        bands: one or more.
        arms: of the study in its order.
    """
    (low, high), colors = window_of_bands(bands).with_room(), arm_colors(arms)
    epochs = [epoch for band in bands for epoch in band.x]
    x = _scale(min(epochs) - 0.3, max(epochs) + 0.3, LEFT, RIGHT)
    y = _scale(low, high, BOTTOM, TOP)
    parts = [*_grid(x, y, range(min(epochs), max(epochs) + 1), (low, high))]
    for band in bands:
        shift = 0.08 * (1 + arms.index(band.arm))  # beside each other
        apart = band.stopped or len(band.x) == 1  # between one place and none is nothing to fill
        drawn = _upright(band, x, y, shift) if apart else _line(band, x, y)
        parts.append(f'<g style="color:{colors[band.arm]}">{"".join(drawn)}</g>')
    return Markup(  # numbers and colours alone
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _scale(low: float, high: float, start: float, end: float) -> Place:
    """Return what places a value between two edges; one beyond them stands on the edge."""
    return lambda value: round(
        start + (end - start) * (min(max(value, low), high) - low) / (high - low), 1
    )


def _line(band: Band, x: Place, y: Place) -> Iterator[str]:
    rows = list(zip(band.x, band.low, band.middle, band.high, strict=True))
    edge = [(x(e), y(high)) for e, _, _, high in rows]
    edge += [(x(e), y(low)) for e, low, _, _ in reversed(rows)]
    yield f'<polygon class="band" points="{_points(edge)}"/>'
    yield f'<polyline class="line" points="{_points([(x(e), y(m)) for e, _, m, _ in rows])}"/>'


def _upright(band: Band, x: Place, y: Place, shift: float) -> Iterator[str]:
    for epoch, low, middle, high in zip(band.x, band.low, band.middle, band.high, strict=True):
        yield f'<path class="line" d="M{x(epoch + shift)} {y(low)}V{y(high)}"/>'
        yield f'<circle class="ring" r="3" cx="{x(epoch + shift)}" cy="{y(middle)}"/>'


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _grid(x: Place, y: Place, epochs: range, heights: tuple[float, float]) -> Iterator[str]:
    low, high = heights
    for value in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high):
        if low <= value <= high:
            yield f'<path class="grid" d="M{LEFT} {y(value)}H{RIGHT}"/>'
            text = f"{value:.3f}".rstrip("0").rstrip(".")
            yield f'<text x="{LEFT - 5}" y="{y(value) + 4}" text-anchor="end">{text}</text>'
    ticks = MaxNLocator(8, integer=True).tick_values(epochs[0], epochs[-1])
    for epoch in sorted({*map(round, ticks)} & {*epochs}):
        yield f'<text x="{x(epoch)}" y="{BOTTOM + 15}" text-anchor="middle">{epoch}</text>'
    middle = (LEFT + RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">epoch</text>'
