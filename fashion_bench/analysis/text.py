"""Numbers, times and names as text."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING

from fashion_bench.code import unpinned
from fashion_bench.dimensions import Choice, Dimension

if TYPE_CHECKING:  # it needs scipy, which takes half a second to import
    from fashion_bench.analysis.interval import Interval

NONE = "–"
MOST_NAMED = 5  # in a sentence: seeds, trials, experiments; the others are counted
FEW_NAMED = 3  # likewise in a line among many


def number(value: float | None) -> str:
    """Return a fraction as text."""
    return NONE if value is None or not isfinite(value) else f"{value:.4f}"


def value_text(value: object) -> str:
    """Return a value of a record as text: a count, a fraction, a word, or that there is none."""
    if isinstance(value, int):
        return f"{value:,}"
    return number(value) if isinstance(value, float | None) else str(value)


def interval_text(interval: "Interval | None", shown: Callable[[float], str]) -> str:
    """Return an interval as text, given what shows a number, or that there is none."""
    return NONE if interval is None else f"[{shown(interval.low)}, {shown(interval.high)}]"


def with_interval(
    value: float | None, interval: "Interval | None", shown: Callable[[float], str]
) -> str:
    """Return a value as text and its interval, where it has one, behind it."""
    if value is None or interval is None:
        return NONE if value is None else shown(value)
    return f"{shown(value)} {interval_text(interval, shown)}"


def param(value: object) -> str:
    """Return a parameter's value as text."""
    return f"{value:.4g}" if isinstance(value, float) else str(unpinned(value))


def params_text(params: Mapping[str, object]) -> str:
    """Return parameters with their values as text."""
    return ", ".join(f"{name} {param(value)}" for name, value in params.items())


def dimension_text(dimension: Dimension) -> str:
    """Return what a parameter is drawn from as text, as the file weighs it."""
    if isinstance(dimension, Choice):
        *others, last = map(param, dimension.values)
        return f"{', '.join(others)} or {last}"
    even = " (evenly in the logarithm)" if dimension.log else ""
    return f"{param(float(dimension.low))} to {param(float(dimension.high))}{even}"


def moment(seconds: float) -> str:
    """Return a Unix time as text."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float | None) -> str:
    """Return how long something took, in the unit a person would say."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def some_of(names: Sequence[object], most: int) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(map(str, names[:most])) + (f" and {more} more" if more > 0 else "")


def ordinal(place: int) -> str:
    """Return a place as text, counted from 1: 1st, 2nd, 11th."""
    ending = "th" if place // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
