"""Parameter importances: how much each explains of the value, arm by arm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.canvas import arm_colors, arm_handles, draw_picture

Shares = Mapping[str, Mapping[str, float]]
Intervals = Mapping[str, Mapping[str, tuple[float, float]]]
Counts = Mapping[str, Mapping[str, int]]

Told = TypeVar("Told", float, tuple[float, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Importances:
    """How much each parameter explains of the value, by one evaluator.

    Attributes:
        evaluator: which one.
        shares: of every arm of the study in its order, so that colours agree with the other
            pictures, the share of each parameter, fractions 0-1; of an arm without any, nothing.
        remark: what it tells; evaluators answer different questions.
        intervals: of each arm, low and high of those shares that have an interval.
        interval: what it is: ``"90 % of bootstrap samples"``.
        trials: of each arm, how many complete trials a parameter's share rests on; where that is
            not told, on all of them.
    """

    evaluator: str
    shares: Shares
    remark: str = ""
    intervals: Intervals = field(default_factory=dict)
    interval: str = ""
    trials: Counts = field(default_factory=dict)

    def fewer(self, complete: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Return of each arm the parameters that only some trials have, with how many.

        Args:
            complete: trials of each arm.
        """
        return {
            arm: {name: n for name, n in of_arm.items() if n < complete.get(arm, 0)}
            for arm, of_arm in self.trials.items()
        }


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


def draw_importances(told: Importances, complete: Mapping[str, int]) -> bytes:
    """Draw a bar for each parameter and arm; ``complete`` trials of each arm are what it rests on.

    What computed them is in the title, as different evaluators answer different questions. A share
    that rests on fewer, those that have the parameter, says on how many.
    """
    shares, params = told.shares, ranked_params(told.shares)

    def draw(figure: Figure) -> list[Artist]:
        draw_bars(figure.subplots(), shares, told.intervals, told.fewer(complete))
        return arm_handles(arm_colors(list(shares)))

    line = f", line: {told.interval}" if any(finite(told.intervals).values()) else ""
    title = f"Importance of each parameter ({told.evaluator}){line}"
    size = (8, 1.6 + 0.25 * len(params) * (1 + len(shares)))
    rest_on = ", ".join(f"{arm} {complete.get(arm, 0)}" for arm in shares)
    note = f"complete trials it rests on: {rest_on}"
    empty = "" if params else "no importances: too few trials, or no parameter varies"
    return draw_picture(title, size, draw, note=note, empty=empty)


def draw_bars(
    axes: Axes, importances: Shares, intervals: Intervals, fewer: Counts = MappingProxyType({})
) -> None:
    """Draw the bars of each parameter, an arm's in its colour, with their intervals as lines.

    Behind a bar that rests on fewer trials than its arm has, their number is written.
    """
    params, thickness = ranked_params(importances), 0.8 / len(importances)
    shares, bounds = finite(importances), finite(intervals)
    for rank, (arm, color) in enumerate(arm_colors(list(importances)).items()):
        offset = (rank - (len(importances) - 1) / 2) * thickness
        for place, name in enumerate(params):
            height = place + offset
            share = shares[arm].get(name, 0.0)
            axes.barh(height, share, thickness, color=color)
            if ends := bounds.get(arm, {}).get(name):
                axes.plot(ends, [height, height], "|-", color="black", lw=1.2, ms=6)
            if (n := fewer.get(arm, {}).get(name)) and name in shares[arm]:
                end = max(share, *(ends or (0.0,)))
                axes.text(end, height, f"  n = {n}", va="center", fontsize=8)
    axes.set_yticks(range(len(params)), params)
    axes.invert_yaxis()
    if any(fewer.values()):
        axes.margins(x=0.12)  # room for what is written
    axes.set_xlim(left=0)
    axes.set_xlabel("share of importance for the value (fraction)")
    axes.grid(axis="x", alpha=0.3)
