"""The value of each trial against each parameter that varies."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from fashion_bench.analysis.plots.canvas import (
    add_legend,
    arm_colors,
    arm_handles,
    new_figure,
    png,
    say,
)
from fashion_bench.analysis.plots.params import ParamAxis, varying_axes
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

__all__ = ["Slice", "SlicesInfo", "draw_slices", "slices_info"]

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
        slices=tuple(
            Slice(
                axis=axis,
                points=tuple(
                    Point(
                        x=axis.position(trial.params[axis.name]),
                        value=value,
                        arm=trial.arm,
                        outcome=trial.outcome,
                    )
                    for trial, value in valued
                    if axis.name in trial.params
                ),
            )
            for axis in varying_axes([trial for trial, _ in valued])
        ),
        window=window_of([value for _, value in valued]),
    )


def draw_slices(study: StudyRecord) -> bytes:
    """Draw value against each varying parameter, a panel each."""
    info, colors = slices_info(study), arm_colors(study.arms)
    columns = max(1, min(len(info.slices), MOST_COLUMNS))
    rows = max(1, -(-len(info.slices) // columns))
    note = note_of(study, info.window)
    title = f"{study.name}: value by parameter"
    figure = new_figure(max(6, 3.4 * columns), 1.2 + 2.8 * rows, title, note)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    if not info.slices:
        say(panels[0, 0], "no parameter varies between trials that have a value")
        return png(figure)
    for axes, part in zip(panels.flat, info.slices, strict=False):
        draw_points(axes, part.points, colors, info.window)
        _scale(axes, part.axis)
    for axes in panels.flat[len(info.slices) :]:
        axes.set_axis_off()
    info.window.apply(panels[0, 0])
    figure.supylabel(VALUE_LABEL, fontsize=10)
    points = [point for part in info.slices for point in part.points]
    add_legend(figure, arm_handles(colors) + outcome_handles(points))
    return png(figure)


def _scale(axes: Axes, axis: ParamAxis) -> None:
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
