"""A confidence interval, and Student's for a mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a quantity lies, by a method that is right ``level`` of the time.

    Attributes:
        low: its lower end, in the unit of the quantity.
        high: its upper end, likewise.
        level: nominal coverage, a fraction 0-1.
    """

    low: float
    high: float
    level: float

    @property
    def leaves_out_zero(self) -> bool:
        """Whether the sign of the quantity is settled."""
        return self.low > 0 or self.high < 0

    def within(self, margin: float) -> bool:
        """Tell whether it lies wholly between -margin and margin."""
        return -margin < self.low and self.high < margin


def mean_interval(sample: FloatArray, *, level: float = 0.95) -> Interval | None:
    """Return Student's interval of the mean of a sample ``[n]``; ``None`` for n < 2."""
    if sample.size < 2:
        return None
    mean, half = float(sample.mean()), float(t_half_width(sample, level=level))
    return Interval(low=mean - half, high=mean + half, level=level)


def t_half_width(samples: FloatArray, *, level: float = 0.95) -> FloatArray:
    """Return half the width of Student's interval of the mean of each sample.

    ``samples`` are ``[..., n]``, n >= 2; the result is ``[...]``.
    """
    n = samples.shape[-1]
    error = samples.std(axis=-1, ddof=1) / np.sqrt(n)
    return np.asarray(error * stats.t.ppf((1 + level) / 2, n - 1))
