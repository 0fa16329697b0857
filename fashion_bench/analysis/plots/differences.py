"""Differences between arms, seed by seed, with the interval of their mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.canvas import PALETTE, draw_picture

COLOR = PALETTE[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A comparison of two arms; fractions of an accuracy, drawn in percentage points.

    Attributes:
        label: the arms, the one subtracted last: ``"dropout - plain"``.
        differences: one for each seed that both arms have.
        interval: of their mean, its two ends; ``None`` where there is none.
    """

    label: str
    differences: Sequence[float]
    interval: tuple[float, float] | None = None

    @property
    def points(self) -> tuple[float, ...]:
        """The finite differences in percentage points, in the order of the seeds."""
        return tuple(100 * difference for difference in self.differences if isfinite(difference))

    @property
    def heading(self) -> str:
        """The comparison and its n as text."""
        return f"{self.label}\nn = {len(self.points)}"

    @property
    def words(self) -> str:
        """Mean and interval as text."""
        if not self.points:
            return "no pair of seeds"
        mean = f"{fmean(self.points):+.2f}"
        if self.interval is None:
            return f"{mean}, no interval"
        return f"{mean} [{100 * self.interval[0]:+.2f}, {100 * self.interval[1]:+.2f}]"


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

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, comparison in enumerate(comparisons):
            draw_row(axes, place, comparison)
        axes.axvline(0, color="black", lw=1)
        axes.set_yticks(range(len(comparisons)), [one.heading for one in comparisons])
        axes.set(ylim=(len(comparisons) - 0.5, -0.5), xlabel="difference (percentage points)")
        axes.grid(axis="x", alpha=0.3)

    title = f"{name}: difference in {quantity}, paired by seed"
    note = f"points: one seed each, bar: {interval}"
    size = (9, 1.5 + 0.6 * max(1, len(comparisons)))
    empty = "" if comparisons else "no two arms to compare"
    return draw_picture(title, size, draw, note=note, empty=empty)


def draw_row(axes: Axes, place: int, row: Difference) -> None:
    """Draw a comparison in its row, counted from 0 at the top."""
    # The seeds stand in a slant below the bar, where equal differences do not hide each other.
    heights = np.linspace(place + 0.08, place + 0.32, len(row.points))
    axes.plot(row.points, heights, "o", ms=4, color=COLOR, alpha=0.5, mew=0)
    if row.interval is not None:
        low, high = row.interval
        axes.hlines(place - 0.12, 100 * low, 100 * high, color=COLOR, lw=4, alpha=0.5)
    if row.points:
        axes.plot(fmean(row.points), place - 0.12, "D", ms=6, color=COLOR)
    beside = axes.get_yaxis_transform()
    axes.text(1.01, place, row.words, transform=beside, va="center", fontsize=9)
