"""Values of trials as points: in the order they were asked, and by each parameter that varies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log
from statistics import median
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from fashion_bench.analysis.metric import chance_of, imputed_value
from fashion_bench.analysis.plots.canvas import arm_colors, arm_handles, draw_picture
from fashion_bench.config import ParamValue
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

VALUE_LABEL = "validation accuracy (fraction)"

_MARKERS = {Outcome.COMPLETE: "o", Outcome.PRUNED: "o", Outcome.DIVERGED: "x"}


@dataclass(frozen=True, slots=True)
class Point:
    """A trial in a picture.

    Attributes:
        x: where it stands, in the units of the horizontal axis.
        value: its value with chance imputed, a fraction 0-1.
        arm: its arm.
        outcome: how it ended.
    """

    x: float
    value: float
    arm: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The span of values a picture shows; what lies below is drawn on its lower edge.

    Attributes:
        low: in the unit of the vertical axis.
        high: likewise.
    """

    low: float
    high: float

    def with_room(self) -> tuple[float, float]:
        """Return its ends, with some free space on either side."""
        room = max(0.06 * (self.high - self.low), 0.002)
        return self.low - room, self.high + room

    def apply(self, axes: Axes) -> None:
        """Let the vertical axis show this window."""
        axes.set_ylim(self.with_room())


def valued_trials(study: StudyRecord) -> list[tuple[TrialRecord, float]]:
    """Return the trials that have a value, each with its value with chance imputed."""
    pairs = ((trial, imputed_value(trial, chance_of(study))) for trial in study.trials)
    return [(trial, value) for trial, value in pairs if value is not None]


def window_of(values: Sequence[float]) -> Window:
    """Return the window that gives the better half at least a quarter of the height.

    Otherwise one trial at chance would press all others into a line.
    """
    if not values:
        return Window(low=0.0, high=1.0)
    high = max(values)
    reach = max(4 * (high - median(values)), 0.01)
    return Window(low=max(min(values), high - reach), high=high)


def note_of(study: StudyRecord, window: Window) -> str:
    """Return what the picture of a study must add about the trials it does not show in place."""
    values = [value for _, value in valued_trials(study)]
    below = sum(value < window.low for value in values)
    stopped = sum(trial.outcome is Outcome.PRUNED for trial, _ in valued_trials(study))
    absent = len(study.trials) - len(values)
    note = f"n = {len(values)}"
    if stopped:
        note += f", {stopped} of them stopped at a rung (hollow, as they were there)"
    if below:
        note += f", {below} below {window.low:.3f} drawn on the lower edge"
    if absent:
        note += f", {absent} without a value not shown"
    return note


def _draw_points(
    axes: Axes, points: Sequence[Point], colors: Mapping[str, str], window: Window
) -> None:
    """Draw points in the colours of their arms; complete ones are filled, others hollow."""
    styles: dict[tuple[str, Outcome, bool], list[Point]] = {}
    for point in points:
        styles.setdefault((point.arm, point.outcome, point.value < window.low), []).append(point)
    for (arm, outcome, below), group in styles.items():
        style = _style(outcome, colors[arm])
        if below and outcome is not Outcome.DIVERGED:
            style["marker"] = "v"
        heights = [max(point.value, window.low) for point in group]
        axes.plot([point.x for point in group], heights, markersize=5, alpha=0.8, **style)
    axes.grid(alpha=0.3)


def _handles(colors: Mapping[str, str], points: Sequence[Point]) -> list[Artist]:
    """Return a legend entry for each arm, and one for each outcome that occurs."""
    present = {point.outcome for point in points}
    outcomes = [outcome for outcome in _MARKERS if outcome in present]
    styles = [_style(outcome, "black") | {"label": outcome.value} for outcome in outcomes]
    return [*arm_handles(colors), *(Line2D([], [], **style) for style in styles)]


def _style(outcome: Outcome, color: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": _MARKERS[outcome],
        "markerfacecolor": color if outcome is Outcome.COMPLETE else "none",
        "markeredgecolor": color,
    }


# History: values in the order asked, and the best so far -----------------------------------------


def history_points(study: StudyRecord) -> tuple[Point, ...]:
    """Return each trial that has a value, by its number in its arm."""
    return tuple(Point(t.number, value, t.arm, t.outcome) for t, value in valued_trials(study))


def best_so_far(points: Sequence[Point], arm: str) -> dict[float, float]:
    """Return the highest value of an arm up to each of its trials, by their numbers.

    Trials that a rung stopped do not count, unless the arm has no others.
    """
    every = [point for point in points if point.arm == arm]
    own = [point for point in every if point.outcome is not Outcome.PRUNED] or every
    highest = accumulate((point.value for point in own), max)
    return dict(zip((point.x for point in own), highest, strict=True))


def draw_history(study: StudyRecord) -> bytes:
    """Draw the value of each trial and each arm's best so far."""
    points, colors = history_points(study), arm_colors(study.arms)
    window = window_of([point.value for point in points])

    def draw(figure: Figure) -> list[Artist]:
        axes = figure.subplots()
        _draw_points(axes, points, colors, window)
        for arm, color in colors.items():
            best = best_so_far(points, arm)
            axes.step(list(best), list(best.values()), where="post", color=color, lw=1.5)
        window.apply(axes)
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
        axes.set_xlabel("number of the trial in its arm")
        axes.set_ylabel(f"{VALUE_LABEL}, line: best so far")
        return _handles(colors, points)

    title, note = f"{study.name}: trials in the order asked", note_of(study, window)
    empty = "" if points else "no trial has a value"
    return draw_picture(title, (8, 4.5), draw, note=note, empty=empty)


# Slices: value against each parameter that varies ------------------------------------------------

Scale = Literal["linear", "log", "categorical"]

MOST_TICKS = 6  # more distinct values than this are not marked one by one
MOST_COLUMNS = 3


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
    def marked(self) -> bool:
        """Whether each value is marked: where they are words or few."""
        return self.scale == "categorical" or len(self.values) <= MOST_TICKS

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


def slices_of(study: StudyRecord) -> dict[ParamAxis, list[Point]]:
    """Return each parameter that varies, in the file's order, with the trials that have it."""
    valued = valued_trials(study)
    return {
        axis: [
            Point(axis.position(trial.params[axis.name]), value, trial.arm, trial.outcome)
            for trial, value in valued
            if axis.name in trial.params
        ]
        for axis in varying_axes([trial for trial, _ in valued])
    }


def draw_slices(study: StudyRecord) -> bytes:
    """Draw value against each varying parameter, a panel each."""
    slices, colors = slices_of(study), arm_colors(study.arms)
    window = window_of([value for _, value in valued_trials(study)])
    columns = max(1, min(len(slices), MOST_COLUMNS))
    rows = max(1, -(-len(slices) // columns))

    def draw(figure: Figure) -> list[Artist]:
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, (axis, points) in zip(panels.flat, slices.items(), strict=False):
            _draw_points(axes, points, colors, window)
            _scale_axis(axes, axis)
        for axes in panels.flat[len(slices) :]:
            axes.set_axis_off()
        window.apply(panels[0, 0])
        figure.supylabel(VALUE_LABEL, fontsize=10)
        return _handles(colors, [point for points in slices.values() for point in points])

    title, note = f"{study.name}: value by parameter", note_of(study, window)
    size = (max(6, 3.4 * columns), 1.2 + 2.8 * rows)
    empty = "" if slices else "no parameter varies between trials that have a value"
    return draw_picture(title, size, draw, note=note, empty=empty)


def _scale_axis(axes: Axes, axis: ParamAxis) -> None:
    if axis.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if axis.marked:
        labels = [value if isinstance(value, str) else f"{value:g}" for value in axis.values]
        axes.set_xticks([axis.position(value) for value in axis.values], labels)
        axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.1)
    axes.set_xlabel(axis.name)
