"""Parameter importances: how much each explains of the value, arm by arm."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.canvas import arm_colors, arm_handles, draw_picture

Shares = Mapping[str, Mapping[str, float]]
Intervals = Mapping[str, Mapping[str, tuple[float, float]]]

NO_INTERVALS: Intervals = {}

Told = TypeVar("Told", float, tuple[float, float])


def finite(told: Mapping[str, Mapping[str, Told]]) -> dict[str, dict[str, Told]]:
    """Return the shares or intervals of each arm's parameters without those that are not finite."""
    return {
        arm: {name: value for name, value in of_arm.items() if np.isfinite(value).all()}
        for arm, of_arm in told.items()
    }


def ranked_params(importances: Shares) -> list[str]:
    """Return the parameters, the most important first (by its highest share in any arm)."""
    names = {name for of_arm in importances.values() for name in of_arm}
    arms = finite(importances).values()
    highest = {name: max(of_arm.get(name, 0.0) for of_arm in arms) for name in names}
    return sorted(names, key=lambda name: (-highest[name], name))


def draw_importances(
    importances: Shares,
    evaluator: str,
    complete: Mapping[str, int],
    *,
    intervals: Intervals = NO_INTERVALS,
    interval: str = "interval",
) -> bytes:
    """Draw a bar for each parameter and arm.

    Args:
        importances: of every arm of the study in its order, so that colours agree with the
            other pictures; an arm without importances maps to nothing.
        evaluator: what computed them: different evaluators answer different questions.
        complete: of each arm, the complete trials they rest on.
        intervals: of each arm, low and high of those parameters that have an interval.
        interval: what it is: ``"90 % of bootstrap samples"``.
    """
    params = ranked_params(importances)

    def draw(figure: Figure) -> list[Artist]:
        draw_bars(figure.subplots(), importances, intervals)
        return arm_handles(arm_colors(list(importances)))

    line = f", line: {interval}" if any(finite(intervals).values()) else ""
    title = f"Importance of each parameter ({evaluator}){line}"
    size = (8, 1.6 + 0.25 * len(params) * (1 + len(importances)))
    rest_on = ", ".join(f"{arm} {complete.get(arm, 0)}" for arm in importances)
    note = f"complete trials it rests on: {rest_on}"
    empty = "" if params else "no importances: too few trials, or no parameter varies"
    return draw_picture(title, size, draw, note=note, empty=empty)


def draw_bars(axes: Axes, importances: Shares, intervals: Intervals) -> None:
    """Draw the bars of each parameter, an arm's in its colour, with their intervals as lines."""
    params, thickness = ranked_params(importances), 0.8 / len(importances)
    shares, bounds = finite(importances), finite(intervals)
    for rank, (arm, color) in enumerate(arm_colors(list(importances)).items()):
        offset = (rank - (len(importances) - 1) / 2) * thickness
        for place, name in enumerate(params):
            height = place + offset
            axes.barh(height, shares[arm].get(name, 0.0), thickness, color=color)
            if ends := bounds.get(arm, {}).get(name):
                axes.plot(ends, [height, height], "|-", color="black", lw=1.2, ms=6)
    axes.set_yticks(range(len(params)), params)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("share of importance for the value (fraction)")
    axes.grid(axis="x", alpha=0.3)
