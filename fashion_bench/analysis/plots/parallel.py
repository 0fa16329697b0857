"""Each trial as a line through its parameters to its value."""

from dataclasses import dataclass

from matplotlib.axes import Axes

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    new_figure,
    png,
    say,
)
from fashion_bench.analysis.plots.params import ParamAxis, varying_axes
from fashion_bench.analysis.plots.points import Window, note_of, valued_trials, window_of
from fashion_bench.records import StudyRecord

__all__ = ["Line", "ParallelInfo", "draw_parallel", "parallel_info"]

ABSENT = -0.12  # height below the axis of a parameter that a trial does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One trial.

    Attributes:
        arm: its arm.
        fractions: where it crosses each parameter's axis, 0-1; ``None`` where it has none.
        value: its value as it is counted, a fraction 0-1.
    """

    arm: str
    fractions: tuple[float | None, ...]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelInfo:
    """What ``draw_parallel`` draws.

    Attributes:
        axes: the parameters that vary, in the file's order.
        lines: the trials, the best last so that it lies on top.
        window: the values to show.
    """

    axes: tuple[ParamAxis, ...]
    lines: tuple[Line, ...]
    window: Window


def parallel_info(study: StudyRecord) -> ParallelInfo:
    """Return what to draw of a study's trials."""
    valued = valued_trials(study)
    axes = varying_axes([trial for trial, _ in valued])
    lines = [
        Line(
            arm=trial.arm,
            fractions=tuple(
                axis.fraction(trial.params[axis.name]) if axis.name in trial.params else None
                for axis in axes
            ),
            value=value,
        )
        for trial, value in valued
    ]
    return ParallelInfo(
        axes=axes,
        lines=tuple(sorted(lines, key=lambda line: line.value)),
        window=window_of([line.value for line in lines]),
    )


def draw_parallel(study: StudyRecord) -> bytes:
    """Draw the trials as lines through parallel axes, the value on the last."""
    info, colors = parallel_info(study), arm_colors(study.arms)
    title = f"{study.name}: parameters and value of each trial"
    figure = new_figure(max(7, 1.8 * len(info.axes) + 2), 4.5, title, note_of(study, info.window))
    axes = figure.subplots()
    if not info.axes:
        say(axes, "no parameter varies between trials that have a value")
        return png(figure)
    for rank, line in enumerate(info.lines, start=1):
        heights = [ABSENT if part is None else part for part in line.fractions]
        share = rank / len(info.lines)  # the better, the stronger
        axes.plot(
            [*heights, info.window.height(line.value)],
            color=colors[line.arm],
            alpha=0.15 + 0.7 * share**2,
            lw=0.6 + 1.4 * share,
        )
    _draw_axes(axes, info)
    add_legend(figure, arm_handles(colors))
    return png(figure)


def _draw_axes(axes: Axes, info: ParallelInfo) -> None:
    names = [axis.name for axis in info.axes]
    axes.set_xticks(range(len(names) + 1), [*names, "validation\naccuracy"])
    axes.set_yticks([])
    axes.set_ylim(ABSENT - 0.05, 1.05)
    axes.set_xlim(-0.3, len(names) + 0.5)
    axes.spines[:].set_visible(False)
    for x, axis in enumerate(info.axes):
        marks = [(axis.fraction(tick), _label(tick)) for tick in axis.ticks]
        if any(line.fractions[x] is None for line in info.lines):
            marks.append((ABSENT, "none"))
        _draw_axis(axes, x, marks)
    ends = (info.window.low, info.window.high)
    _draw_axis(axes, len(names), [(info.window.height(end), f"{end:.4f}") for end in ends])


def _draw_axis(axes: Axes, x: int, marks: list[tuple[float, str]]) -> None:
    axes.plot([x, x], [0, 1], color="0.4", lw=1)
    for height, label in marks:
        axes.text(
            x + 0.03,
            height,
            label,
            va="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
        )


def _label(value: object) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
