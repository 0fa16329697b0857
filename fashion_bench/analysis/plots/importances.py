"""Parameter importances: how much each explains of the value, arm by arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from matplotlib.axes import Axes

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    blank,
    new_figure,
    png,
)

Intervals = Mapping[str, Mapping[str, tuple[float, float]]]

NO_INTERVALS: Intervals = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportancesInfo:
    """What ``draw_importances`` draws.

    Attributes:
        params: the parameters, the most important first (by its highest share in any arm).
        shares: of each arm, the importance of each of ``params``; ``None`` where there is none.
        intervals: of each arm, where the importance of each of ``params`` lies, likewise.
    """

    params: tuple[str, ...]
    shares: Mapping[str, tuple[float | None, ...]]
    intervals: Mapping[str, tuple[tuple[float, float] | None, ...]]


def importances_info(
    importances: Mapping[str, Mapping[str, float]], intervals: Intervals = NO_INTERVALS
) -> ImportancesInfo:
    """Return what to draw of the importances of each arm's parameters."""
    highest: dict[str, float] = {}
    for shares in importances.values():
        for name, share in shares.items():
            highest[name] = max(highest.get(name, 0.0), _finite(share) or 0.0)
    params = tuple(sorted(highest, key=lambda name: (-highest[name], name)))
    return ImportancesInfo(
        params=params,
        shares={
            arm: tuple(_finite(shares.get(name)) for name in params)
            for arm, shares in importances.items()
        },
        intervals={
            arm: tuple(_sound(intervals.get(arm, {}).get(name)) for name in params)
            for arm in importances
        },
    )


def draw_importances(
    importances: Mapping[str, Mapping[str, float]],
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
    info, colors = importances_info(importances, intervals), arm_colors(list(importances))
    height = 1.6 + 0.25 * len(info.params) * (1 + len(importances))
    rest_on = ", ".join(f"{arm} {complete.get(arm, 0)}" for arm in importances)
    title = f"Importance of each parameter ({evaluator})"
    title += f", line: {interval}" if any(map(any, info.intervals.values())) else ""
    figure = new_figure(8, height, title, f"complete trials it rests on: {rest_on}")
    if not info.params:
        return blank(figure, "no importances: too few trials, or no parameter varies")
    axes = figure.subplots()
    thickness = 0.8 / len(info.shares)
    for rank, (arm, shares) in enumerate(info.shares.items()):
        offset = (rank - (len(info.shares) - 1) / 2) * thickness
        places = [place + offset for place in range(len(shares))]
        axes.barh(places, [share or 0.0 for share in shares], thickness, color=colors[arm])
        _draw_intervals(axes, places, info.intervals[arm])
    axes.set_yticks(range(len(info.params)), info.params)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("share of importance for the value (fraction)")
    axes.grid(axis="x", alpha=0.3)
    add_legend(figure, arm_handles(colors))
    return png(figure)


def _draw_intervals(
    axes: Axes, places: Sequence[float], intervals: Sequence[tuple[float, float] | None]
) -> None:
    for place, interval in zip(places, intervals, strict=True):
        if interval is not None:
            axes.plot(interval, [place, place], "|-", color="black", lw=1.2, ms=6)


def _sound(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return interval if interval is not None and all(map(isfinite, interval)) else None


def _finite(share: float | None) -> float | None:
    return share if share is not None and isfinite(share) else None
