"""Differences between arms, seed by seed, with the interval of their mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

import numpy as np
from matplotlib.axes import Axes

from fashion_bench.analysis.plots.canvas import PALETTE, blank, new_figure, png

COLOR = PALETTE[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A comparison of two arms; fractions of an accuracy.

    Attributes:
        label: the arms, the one subtracted last: ``"dropout - plain"``.
        differences: one for each seed that both arms have.
        low: lower end of the interval of their mean; ``None`` where there is no interval.
        high: upper end likewise.
    """

    label: str
    differences: Sequence[float]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One row of the picture; percentage points.

    Attributes:
        label: the comparison and its n.
        points: the finite differences, in the order of the seeds.
        mean: of them; ``None`` without any.
        interval: of the mean; ``None`` where there is none.
    """

    label: str
    points: tuple[float, ...]
    mean: float | None
    interval: tuple[float, float] | None

    @property
    def words(self) -> str:
        """Mean and interval as text."""
        if self.mean is None:
            return "no pair of seeds"
        mean = f"{self.mean:+.2f}"
        if self.interval is None:
            return f"{mean}, no interval"
        return f"{mean} [{self.interval[0]:+.2f}, {self.interval[1]:+.2f}]"


def differences_info(comparisons: Sequence[Difference]) -> tuple[DifferenceRow, ...]:
    """Return a row to draw for each comparison, in their order."""
    return tuple(_row(comparison) for comparison in comparisons)


def draw_differences(
    name: str, comparisons: Sequence[Difference], *, quantity: str, interval: str
) -> bytes:
    """Draw each seed's difference as a point, their mean with its interval as a bar.

    Args:
        name: of the experiment.
        comparisons: a row each, from top to bottom.
        quantity: what differs: ``"test accuracy"``.
        interval: what the bars are: ``"95 % interval of the mean (Student)"``.
    """
    rows = differences_info(comparisons)
    note = f"points: one seed each, bar: {interval}"
    title = f"{name}: difference in {quantity}, paired by seed"
    figure = new_figure(9, 1.5 + 0.6 * max(1, len(rows)), title, note)
    if not rows:
        return blank(figure, "no two arms to compare")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        _draw_row(axes, place, row)
    axes.axvline(0, color="black", lw=1)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("difference (percentage points)")
    axes.grid(axis="x", alpha=0.3)
    return png(figure)


def _row(comparison: Difference) -> DifferenceRow:
    points = tuple(100 * d for d in comparison.differences if isfinite(d))
    low, high = comparison.low, comparison.high
    return DifferenceRow(
        label=f"{comparison.label}\nn = {len(points)}",
        points=points,
        mean=fmean(points) if points else None,
        interval=None if low is None or high is None else (100 * low, 100 * high),
    )


def _draw_row(axes: Axes, place: int, row: DifferenceRow) -> None:
    # The seeds stand in a slant below the bar, where equal differences do not hide each other.
    heights = np.linspace(place + 0.08, place + 0.32, len(row.points))
    axes.plot(row.points, heights, "o", ms=4, color=COLOR, alpha=0.5, mew=0)
    if row.interval is not None:
        axes.hlines(place - 0.12, *row.interval, color=COLOR, lw=4, alpha=0.5)
    if row.mean is not None:
        axes.plot(row.mean, place - 0.12, "D", ms=6, color=COLOR)
    beside = axes.get_yaxis_transform()
    axes.text(1.01, place, row.words, transform=beside, va="center", fontsize=9)
