"""The parameters that vary in a study: as axes, and in slices."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import median
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    blank,
    new_figure,
    png,
)
from fashion_bench.analysis.plots.points import (
    VALUE_LABEL,
    Point,
    Window,
    draw_points,
    note_of,
    outcome_handles,
    valued_trials,
    window_of,
)
from fashion_bench.config import ParamValue
from fashion_bench.records import StudyRecord, TrialRecord

Scale = Literal["linear", "log", "categorical"]

MOST_TICKS = 6  # more distinct values than this are not marked one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamAxis:
    """An axis for one parameter.

    Attributes:
        name: as the study's file names it.
        scale: how values are spread along it.
        values: what occurs, once each: numbers ascending, words in the order they came.
    """

    name: str
    scale: Scale
    values: tuple[ParamValue, ...]

    @property
    def ticks(self) -> tuple[ParamValue, ...]:
        """The values to mark: all when they are few or words, else the two ends."""
        if self.scale == "categorical" or len(self.values) <= MOST_TICKS:
            return self.values
        return self.values[0], self.values[-1]

    def position(self, value: ParamValue) -> float:
        """Return where a value stands: itself, or the place of a word among the words."""
        return float(self.values.index(value) if self.scale == "categorical" else value)


def varying_axes(trials: Sequence[TrialRecord]) -> tuple[ParamAxis, ...]:
    """Return an axis for each parameter that takes more than one value, in the file's order."""
    names = dict.fromkeys(name for trial in trials for name in trial.params)
    axes = (_axis(name, [t.params[name] for t in trials if name in t.params]) for name in names)
    return tuple(axis for axis in axes if len(axis.values) > 1)


def _axis(name: str, values: Sequence[ParamValue]) -> ParamAxis:
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) < len(values):
        return ParamAxis(name=name, scale="categorical", values=tuple(dict.fromkeys(values)))
    distinct = tuple(sorted(set(numbers)))
    return ParamAxis(name=name, scale=_scale(numbers, distinct), values=distinct)


def _scale(numbers: Sequence[float], distinct: Sequence[float]) -> Scale:
    """Choose the scale: categorical for a few listed values whose tick labels would overlap."""
    low, high = distinct[0], distinct[-1]
    listed = len(distinct) <= MOST_TICKS and len(distinct) < len(numbers)  # chosen from a list
    if low > 0 and listed and _run_together([log(number) for number in distinct]):
        return "categorical"
    if low > 0:
        return "log" if high > 100 * low or (high > 2 * low and _crowded(numbers)) else "linear"
    return "categorical" if len(distinct) <= MOST_TICKS and _crowded(distinct) else "linear"


def _run_together(distinct: Sequence[float]) -> bool:
    """Say whether two marks stand closer than a label is wide, a tenth of the axis."""
    width = distinct[-1] - distinct[0]
    return any(after - before < 0.1 * width for before, after in pairwise(distinct))


def _crowded(numbers: Sequence[float]) -> bool:
    """Say whether half of the numbers lie in the lowest quarter of their range."""
    low, high = min(numbers), max(numbers)
    return median(numbers) - low < 0.25 * (high - low)


# Slices: value against each parameter ------------------------------------------------------------

MOST_COLUMNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One panel.

    Attributes:
        axis: the parameter.
        points: the trials that have it, each at the parameter's value.
    """

    axis: ParamAxis
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicesInfo:
    """What ``draw_slices`` draws.

    Attributes:
        slices: one for each parameter that varies, in the file's order.
        window: the values to show.
    """

    slices: tuple[Slice, ...]
    window: Window


def slices_info(study: StudyRecord) -> SlicesInfo:
    """Return what to draw of a study's parameters."""
    valued = valued_trials(study)
    return SlicesInfo(
        slices=tuple(_slice(axis, valued) for axis in varying_axes([t for t, _ in valued])),
        window=window_of([value for _, value in valued]),
    )


def draw_slices(study: StudyRecord) -> bytes:
    """Draw value against each varying parameter, a panel each."""
    info, colors = slices_info(study), arm_colors(study.arms)
    columns = max(1, min(len(info.slices), MOST_COLUMNS))
    rows = max(1, -(-len(info.slices) // columns))
    width, height = max(6, 3.4 * columns), 1.2 + 2.8 * rows
    title = f"{study.name}: value by parameter"
    figure = new_figure(width, height, title, note_of(study, info.window))
    if not info.slices:
        return blank(figure, "no parameter varies between trials that have a value")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, part in zip(panels.flat, info.slices, strict=False):
        draw_points(axes, part.points, colors, info.window)
        _scale_axis(axes, part.axis)
    for axes in panels.flat[len(info.slices) :]:
        axes.set_axis_off()
    info.window.apply(panels[0, 0])
    figure.supylabel(VALUE_LABEL, fontsize=10)
    points = [point for part in info.slices for point in part.points]
    add_legend(figure, arm_handles(colors) + outcome_handles(points))
    return png(figure)


def _slice(axis: ParamAxis, valued: Sequence[tuple[TrialRecord, float]]) -> Slice:
    name = axis.name
    points = (
        Point(x=axis.position(t.params[name]), value=value, arm=t.arm, outcome=t.outcome)
        for t, value in valued
        if name in t.params
    )
    return Slice(axis=axis, points=tuple(points))


def _scale_axis(axes: Axes, axis: ParamAxis) -> None:
    if axis.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if axis.ticks == axis.values:
        labels = [value if isinstance(value, str) else f"{value:g}" for value in axis.values]
        axes.set_xticks([axis.position(value) for value in axis.values], labels)
        axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.1)
    axes.set_xlabel(axis.name)
    axes.grid(alpha=0.3)
