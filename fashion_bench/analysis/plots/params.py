"""The parameters that vary in a study, as axes of a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import median
from typing import Literal

from fashion_bench.records import ParamValue, TrialRecord

__all__ = ["ParamAxis", "Scale", "varying_axes"]

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

    def fraction(self, value: ParamValue) -> float:
        """Return where a value stands between the axis' ends, 0-1."""
        low, here, high = map(self._stretched, (self.values[0], value, self.values[-1]))
        return (here - low) / (high - low)

    def _stretched(self, value: ParamValue) -> float:
        position = self.position(value)
        return log(position) if self.scale == "log" else position


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
    """Choose the scale: few numbers whose marks would run together stand side by side as words."""
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
