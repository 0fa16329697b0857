"""The dimensions of a space, one a parameter: a choice of listed values, or a range."""

from dataclasses import dataclass
from fractions import Fraction
from math import exp, log

from fashion_bench.config import ParamValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the listed values; order means nothing.

    Attributes:
        values: two or more, all different.
    """

    values: tuple[ParamValue, ...]

    def holds(self, value: ParamValue) -> bool:
        """Tell whether ``value`` is one of them."""
        return value in self.values

    def at(self, place: float) -> ParamValue:
        """Return the value at a place in [0, 1), of which each has an equal share."""
        return self.values[int(place * len(self.values))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number between two ends, both included.

    Attributes:
        low: the lower end.
        high: the upper end, above ``low``.
        log: draw the logarithm evenly; ``low`` is then above 0 and there is no ``step``.
        step: distance between values; divides ``high - low``.
        integer: whether the values, and with them the ends and the step, are whole.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    integer: bool

    def holds(self, value: ParamValue) -> bool:
        """Tell whether ``value`` lies between the ends and on a step."""
        if isinstance(value, str) or not self.low <= value <= self.high:
            return False
        return self.step is None or steps_between(self.low, value, self.step).denominator == 1

    def at(self, place: float) -> ParamValue:
        """Return the value at a place in [0, 1): as the file weighs the range."""
        if points := self.points():
            return points[int(place * len(points))]
        low, high = (self.low - 0.5, self.high + 0.5) if self.integer else (self.low, self.high)
        if self.log:
            value = exp(log(low) + place * (log(high) - log(low)))
        else:
            value = low + place * (high - low)
        value = min(max(value, self.low), self.high)  # what rounding let out
        return round(value) if self.integer else value

    def points(self) -> tuple[ParamValue, ...]:
        """Return its values; none without a step, as it has no number of them."""
        if self.step is None:
            return ()
        kind = int if self.integer else float
        low, step = Fraction(str(self.low)), Fraction(str(self.step))
        steps = int(steps_between(self.low, self.high, self.step))
        return tuple(kind(low + place * step) for place in range(steps + 1))


Dimension = Choice | Range


def steps_between(low: float, high: float, step: float) -> Fraction:
    """Return how many steps lie between two numbers, by the decimals that a reader sees.

    In binary 0.3 is no multiple of 0.1.
    """
    return (Fraction(str(high)) - Fraction(str(low))) / Fraction(str(step))


def largest(value: Dimension | ParamValue | None) -> int:
    """Return the largest whole number that a parameter can have, tuned or fixed; 0 of none."""
    if isinstance(value, Choice):
        return max(int(each) for each in value.values)
    return int(value.high) if isinstance(value, Range) else int(value or 0)
