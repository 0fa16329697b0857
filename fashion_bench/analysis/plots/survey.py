"""A survey's picture: what an arm does at each point, along each parameter, with a band."""

from collections.abc import Sequence
from math import ceil, isfinite

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.plots.canvas import PALETTE, arm_handles, draw_picture
from fashion_bench.analysis.survey import Effect, Point, Trend, line_with_band
from fashion_bench.analysis.text import param

IN_A_ROW = 3
ENQUEUED = "black"


def draw_effects(name: str, effects: Sequence[Effect], margin: float | None) -> bytes:
    """Draw the differences at the points of a survey against each parameter, an arm a colour.

    Args:
        name: of the survey.
        effects: of each arm but the first.
        margin: the least difference that matters, in the metric's unit, if one is named.
    """
    metric = next((one.comparison.metric for one in effects), Metric.VALID_ACCURACY)
    unit = metric.unit.replace("points", "percentage points")
    parameters = list(dict.fromkeys(t.parameter for one in effects for t in one.trends))
    rows = ceil(len(parameters) / IN_A_ROW) or 1
    colors = dict(
        zip((one.comparison.a for one in effects), PALETTE[1:] * len(effects), strict=False)
    )

    def draw(figure: Figure) -> list[Artist]:
        grid = figure.subplots(rows, min(IN_A_ROW, len(parameters)), squeeze=False, sharey=True)
        for axes in grid.flat[len(parameters) :]:
            axes.set_axis_off()
        for axes, parameter in zip(grid.flat, parameters, strict=False):
            axes.axhline(0, color="black", lw=1)
            if margin is not None:
                axes.axhspan(-margin, margin, color="black", alpha=0.06, lw=0)
            for one in effects:
                _draw_along(axes, one, parameter, colors[one.comparison.a])
            axes.set_xlabel(parameter)
            axes.grid(alpha=0.3)
        for axes in grid[:, 0]:
            axes.set_ylabel(f"difference ({unit})")
        return arm_handles({one.comparison.name: colors[one.comparison.a] for one in effects})

    shaded = (
        f"; shaded: within the margin of {margin:g} {metric.unit}" if margin is not None else ""
    )
    note = f"a point of the survey each, black rings: enqueued; line: mean with 95 % band{shaded}"
    return draw_picture(
        f"{name}: difference in {metric.words}, point by point",
        (4 * max(2, min(IN_A_ROW, len(parameters))), 1 + 3.2 * rows),
        draw,
        note=note,
        empty="" if parameters else "no point has a value in both arms",
    )


def _draw_along(axes: Axes, one: Effect, parameter: str, color: str) -> None:
    """Draw what one arm does along one parameter."""
    trend = next((each for each in one.trends if each.parameter == parameter), None)
    if trend is None:
        return
    scale = one.comparison.metric.scale
    axes.plot(*_places(one.drawn, trend, scale), "o", color=color, alpha=0.7, mew=0)
    axes.plot(*_places(one.enqueued, trend, scale), "o", mfc="none", mec=ENQUEUED, ms=8)
    if trend.listed:
        _draw_means(axes, trend, color, scale)
    else:
        _draw_line(axes, one, trend, color)
    if trend.log:
        axes.set_xscale("log")


def _places(points: Sequence[Point], trend: Trend, scale: float) -> tuple[list[float], list[float]]:
    """Return where points stand along a parameter, and their differences in the metric's unit."""
    xs, ys = [], []
    for point in points:
        at, difference = point.params.get(trend.parameter), point.difference
        if at is None or difference is None or not isfinite(difference):
            continue
        if not trend.listed or at in trend.at:
            xs.append(float(trend.at.index(at)) if trend.listed else float(at))
            ys.append(scale * difference)
    return xs, ys


def _draw_means(axes: Axes, trend: Trend, color: str, scale: float) -> None:
    for place, (mean, interval) in enumerate(zip(trend.means, trend.intervals, strict=True)):
        axes.plot([place - 0.2, place + 0.2], [scale * mean] * 2, color=color, lw=2)
        if interval is not None:
            axes.fill_between(
                [place - 0.2, place + 0.2],
                scale * interval.low,
                scale * interval.high,
                color=color,
                alpha=0.15,
                lw=0,
            )
    axes.set_xticks(range(len(trend.at)), [param(value) for value in trend.at])
    axes.set_xlim(-0.5, len(trend.at) - 0.5)


def _draw_line(axes: Axes, one: Effect, trend: Trend, color: str) -> None:
    xs, ys = _places(one.drawn, trend, one.comparison.metric.scale)
    low, high = (float(end) for end in trend.at)
    at = np.geomspace(low, high, 50) if trend.log else np.linspace(low, high, 50)
    means, halves = line_with_band(np.array(xs), np.array(ys), at, log=trend.log)
    axes.plot(at, means, color=color, lw=2)
    if halves is not None:
        axes.fill_between(at, means - halves, means + halves, color=color, alpha=0.15, lw=0)
