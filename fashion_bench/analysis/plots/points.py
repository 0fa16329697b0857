"""Values of trials as points, and the window of values worth looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fashion_bench.analysis.value import counted_value
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

__all__ = [
    "VALUE_LABEL",
    "Point",
    "Window",
    "draw_points",
    "note_of",
    "outcome_handles",
    "valued_trials",
    "window_of",
]

VALUE_LABEL = "validation accuracy (fraction)"

_MARKERS = {Outcome.COMPLETE: "o", Outcome.PRUNED: "o", Outcome.DIVERGED: "x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A trial in a picture.

    Attributes:
        x: where it stands, in the units of the horizontal axis.
        value: its value as it is counted, a fraction 0-1.
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

    @property
    def margin(self) -> float:
        """Free space to leave on either side."""
        return max(0.06 * (self.high - self.low), 0.002)

    def height(self, value: float) -> float:
        """Return where a value stands in the picture, 0 at its lower edge and 1 at its upper."""
        shown = max(value, self.low)
        return (shown - self.low + self.margin) / (self.high - self.low + 2 * self.margin)

    def apply(self, axes: Axes) -> None:
        """Let the vertical axis show this window."""
        axes.set_ylim(self.low - self.margin, self.high + self.margin)


def valued_trials(study: StudyRecord) -> list[tuple[TrialRecord, float]]:
    """Return the trials that have a value, each with its value as it is counted."""
    pairs = ((trial, counted_value(trial)) for trial in study.trials)
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
        axes.plot(
            [point.x for point in group],
            [max(point.value, window.low) for point in group],
            linestyle="none",
            marker="v" if below and outcome is not Outcome.DIVERGED else _MARKERS[outcome],
            markerfacecolor=colors[arm] if outcome is Outcome.COMPLETE else "none",
            markeredgecolor=colors[arm],
            markersize=5,
            alpha=0.8,
        )


def outcome_handles(points: Sequence[Point]) -> list[Artist]:
    """Return a legend entry for each outcome that occurs."""
    present = {point.outcome for point in points}
    return [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            color="black",
            markerfacecolor="black" if outcome is Outcome.COMPLETE else "none",
            label=outcome.value,
        )
        for outcome, marker in _MARKERS.items()
        if outcome in present
    ]
