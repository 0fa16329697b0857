"""Values of trials as points, the window worth looking at, and the history of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    blank,
    new_figure,
    png,
)
from fashion_bench.analysis.summary import imputed_value
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

VALUE_LABEL = "validation accuracy (fraction)"

_MARKERS = {Outcome.COMPLETE: "o", Outcome.PRUNED: "o", Outcome.DIVERGED: "x"}


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def apply(self, axes: Axes) -> None:
        """Let the vertical axis show this window, with some free space on either side."""
        margin = max(0.06 * (self.high - self.low), 0.002)
        axes.set_ylim(self.low - margin, self.high + margin)


def valued_trials(study: StudyRecord) -> list[tuple[TrialRecord, float]]:
    """Return the trials that have a value, each with its value with chance imputed."""
    pairs = ((trial, imputed_value(trial)) for trial in study.trials)
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
    absent = len(study.trials) - len(values)
    notes = [f"n = {len(values)}"]
    if below:
        notes.append(f"{below} below {window.low:.3f} drawn on the lower edge")
    if absent:
        notes.append(f"{absent} without a value not shown")
    return ", ".join(notes)


def draw_points(
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


def outcome_handles(points: Sequence[Point]) -> list[Artist]:
    """Return a legend entry for each outcome that occurs."""
    present = {point.outcome for point in points}
    return [
        Line2D([], [], label=outcome.value, **_style(outcome, "black"))
        for outcome in _MARKERS
        if outcome in present
    ]


def _style(outcome: Outcome, color: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": _MARKERS[outcome],
        "markerfacecolor": color if outcome is Outcome.COMPLETE else "none",
        "markeredgecolor": color,
    }


# History: values in the order asked, and the best so far -----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryInfo:
    """What ``draw_history`` draws.

    Attributes:
        points: each trial by its number in its arm.
        best_so_far: of each arm, the highest value up to each of its points.
        window: the values to show.
    """

    points: tuple[Point, ...]
    best_so_far: Mapping[str, tuple[float, ...]]
    window: Window


def history_info(study: StudyRecord) -> HistoryInfo:
    """Return what to draw of a study's history."""
    points = tuple(
        Point(x=trial.number, value=value, arm=trial.arm, outcome=trial.outcome)
        for trial, value in valued_trials(study)
    )
    return HistoryInfo(
        points=points,
        best_so_far={
            arm: tuple(accumulate((p.value for p in _of_arm(points, arm)), max))
            for arm in study.arms
        },
        window=window_of([point.value for point in points]),
    )


def draw_history(study: StudyRecord) -> bytes:
    """Draw the value of each trial and each arm's best so far."""
    info, colors = history_info(study), arm_colors(study.arms)
    note = note_of(study, info.window)
    figure = new_figure(8, 4.5, f"{study.name}: trials in the order asked", note)
    if not info.points:
        return blank(figure, "no trial has a value")
    axes = figure.subplots()
    draw_points(axes, info.points, colors, info.window)
    for arm, best in info.best_so_far.items():
        numbers = [point.x for point in _of_arm(info.points, arm)]
        axes.step(numbers, best, where="post", color=colors[arm], lw=1.5)
    info.window.apply(axes)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axes.set_xlabel("number of the trial in its arm")
    axes.set_ylabel(f"{VALUE_LABEL}, line: best so far")
    axes.grid(alpha=0.3)
    add_legend(figure, arm_handles(colors) + outcome_handles(info.points))
    return png(figure)


def _of_arm(points: Sequence[Point], arm: str) -> list[Point]:
    return [point for point in points if point.arm == arm]
