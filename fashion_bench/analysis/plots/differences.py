"""Differences between arms, seed by seed, with the interval of their mean."""

from collections.abc import Sequence
from math import isfinite
from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.plots.canvas import PALETTE, draw_picture
from fashion_bench.analysis.text import with_interval

COLOR = PALETTE[0]


def points_of(one: Comparison) -> list[float]:
    """Return the finite differences in the metric's unit, in the order of the seeds."""
    return [one.metric.scale * each for each in one.differences if isfinite(each)]


def heading_of(one: Comparison) -> str:
    """Return the comparison and its n as text."""
    return f"{one.name}\nn = {len(points_of(one))}"


def words_of(one: Comparison) -> str:
    """Return mean and interval as text."""
    points = points_of(one)
    if not points:
        return "no pair of seeds"
    told = with_interval(fmean(points) / one.metric.scale, one.interval, one.metric.signed)
    return told if one.interval is not None else f"{told}, no interval"


def draw_differences(
    name: str, comparisons: Sequence[Comparison], *, quantity: str, interval: str
) -> bytes:
    """Draw each seed's difference as a point, their mean with its interval as a bar.

    Args:
        name: of the experiment.
        comparisons: in one metric; a row each, from top to bottom.
        quantity: what differs: ``"test accuracy"``.
        interval: what the bars are: ``"95 % interval of the mean (Student)"``.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, comparison in enumerate(comparisons):
            draw_row(axes, place, comparison)
        axes.axvline(0, color="black", lw=1)
        axes.set_yticks(range(len(comparisons)), list(map(heading_of, comparisons)))
        units = {one.metric.unit for one in comparisons} - {""}
        told = f" ({', '.join(units).replace('points', 'percentage points')})" if units else ""
        axes.set(ylim=(len(comparisons) - 0.5, -0.5), xlabel=f"difference{told}")
        axes.grid(axis="x", alpha=0.3)

    title = f"{name}: difference in {quantity}, paired by seed"
    note = f"points: one seed each, bar: {interval}"
    size = (9, 1.5 + 0.6 * max(1, len(comparisons)))
    empty = "" if comparisons else "no two arms to compare"
    return draw_picture(title, size, draw, note=note, empty=empty)


def draw_row(axes: Axes, place: int, one: Comparison) -> None:
    """Draw a comparison in its row, counted from 0 at the top."""
    points = points_of(one)
    # The seeds stand in a slant below the bar, where equal differences do not hide each other.
    heights = np.linspace(place + 0.08, place + 0.32, len(points))
    axes.plot(points, heights, "o", ms=4, color=COLOR, alpha=0.5, mew=0)
    if one.interval is not None:
        low, high = (one.metric.scale * end for end in (one.interval.low, one.interval.high))
        axes.hlines(place - 0.12, low, high, color=COLOR, lw=4, alpha=0.5)
    if points:
        axes.plot(fmean(points), place - 0.12, "D", ms=6, color=COLOR)
    beside = axes.get_yaxis_transform()
    axes.text(1.01, place, words_of(one), transform=beside, va="center", fontsize=9)
