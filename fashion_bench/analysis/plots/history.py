"""How a study went: the value of each trial in the order asked, and the best so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    new_figure,
    png,
    say,
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
from fashion_bench.records import StudyRecord

__all__ = ["HistoryInfo", "draw_history", "history_info"]


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
    axes = figure.subplots()
    if not info.points:
        say(axes, "no trial has a value")
        return png(figure)
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
