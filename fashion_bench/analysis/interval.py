"""Intervals of paired differences: of their mean, Student's or always-valid, and of P(A > B).

An always-valid interval may be looked at after every pair: the chance that it ever leaves out the
true mean, over all n together, is at most 1 - level. So whoever stops at the first one that
answers, for whatever reason, errs no more often than that.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt
import scipy  # whose parts are imported where they are used

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

LEVEL = 0.95  # of an interval that is not corrected for others


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


def mean_interval(sample: FloatArray, *, level: float = LEVEL) -> Interval | None:
    """Return Student's interval of the mean of a sample ``[n]``; ``None`` for n < 2."""
    if sample.size < 2:
        return None
    # SciPy's own has no ends where there is no spread.
    half = float(scipy.stats.sem(sample) * scipy.stats.t.ppf((1 + level) / 2, sample.size - 1))
    mean = float(sample.mean())
    return Interval(low=mean - half, high=mean + half, level=level)


# At any time: a t e-process, and the interval that it leaves -------------------------------------

# Variance of the standardised effect, mean / sd, under the alternative. Pairs to leave out 0, the
# median at effects of 1 and 2: 16 and 11 for 1/8, 12 and 8 for 1/2, 12 and 6 for 2. Below 1/2 the
# interval is unbounded at 6 pairs; above it small effects wait longer.
PRIOR_VARIANCE = 0.5


def e_value(differences: FloatArray, *, prior: float = PRIOR_VARIANCE) -> float:
    """Return the evidence of a sample ``[n]`` against a mean of 0; without evidence it is 1.

    The likelihood ratio of the t statistic, of a normal sample of any spread, between an effect
    drawn from N(0, prior) and none: the Bayes factor with the right-Haar prior on the spread
    (Goenen, Johnson, Lu & Westfall 2005, The American Statistician 59:252), which is an e-process
    (Perez-Ortiz, Lardy, de Heide & Gruenwald 2024, Annals of Statistics 52:1410; Wang & Ramdas
    2024, arXiv:2310.03722). Ever reaching 1 / alpha without an effect has a chance of alpha or
    less. With r = 1 + n prior and f = n - 1 it is
    ``r**(-1/2) * ((1 + t**2 / f) / (1 + t**2 / (f * r)))**(n / 2)``.
    """
    n = differences.size
    total, explained = float(differences @ differences), float(differences.sum() ** 2 / max(n, 1))
    if n < 2 or total == 0:
        return 1 / sqrt(1 + n * prior)
    ratio = 1 + n * prior
    left = total - explained * (1 - 1 / ratio)
    return exp(min(n / 2 * log(total / left) - log(ratio) / 2, 700.0))


def anytime_interval(
    sample: FloatArray, *, level: float = LEVEL, prior: float = PRIOR_VARIANCE
) -> Interval | None:
    """Return the means of a sample ``[n]`` that its e-value does not reject.

    ``None`` where that is all of them, which depends on n alone: below 6 pairs at 95 %.
    """
    width = critical_t(sample.size, level=level, prior=prior)
    if width is None:
        return None
    mean, half = float(sample.mean()), width * float(sample.std(ddof=1)) / sqrt(sample.size)
    return Interval(low=mean - half, high=mean + half, level=level)


def critical_t(n: int, *, level: float, prior: float = PRIOR_VARIANCE) -> float | None:
    """Return the t statistic whose e-value is 1 / (1 - level); ``None`` if none reaches it."""
    ratio = 1 + n * prior
    if n < 2 or (needed := (sqrt(ratio) / (1 - level)) ** (2 / n)) >= ratio:
        return None
    return sqrt((n - 1) * (needed - 1) / (1 - needed / ratio))


# P(A > B), a tie counted as one half -------------------------------------------------------------


def superiority(differences: FloatArray) -> float | None:
    """Return P(A > B) + P(A = B) / 2 in the differences A - B ``[n]``; ``None`` for n = 0."""
    return float((1 + np.sign(differences).mean()) / 2) if differences.size else None


def superiority_interval(differences: FloatArray, *, level: float = LEVEL) -> Interval | None:
    """Return the score interval of it; ``None`` for n = 0.

    P(A > B) + P(A = B) / 2 is (1 + wins - losses) / 2, and Tango (1998, Statistics in Medicine
    17:891) gives the interval of such a difference between two shares of the same n pairs. Ties
    narrow it as they should; without any it is Wilson's.
    """
    if not differences.size:
        return None
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    z = float(scipy.stats.norm.ppf((1 + level) / 2))
    low = _lowest_lead(wins, losses, differences.size, z)
    high = -_lowest_lead(losses, wins, differences.size, z)
    return Interval(low=(1 + low) / 2, high=(1 + high) / 2, level=level)


def _lowest_lead(wins: int, losses: int, n: int, z: float) -> float:
    """Return the lowest share of wins less share of losses that the score test does not reject."""
    if losses == n:
        return -1.0

    def beyond(lead: float) -> float:
        return wins - losses - n * lead - z * sqrt(n * _variance(wins, losses, n, lead))

    # Where every pair went one way, the observed lead itself is a second root.
    return float(scipy.optimize.brentq(beyond, -1.0, (wins - losses) / n - 1e-9))


def _variance(wins: int, losses: int, n: int, lead: float) -> float:
    """Return the variance of one pair's sign under this lead, its ties at their most likely."""
    a, b, c = 2 * n, (2 * n - wins + losses) * lead - wins - losses, losses * lead * (lead - 1)
    lost = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    return max(2 * lost + lead * (1 - lead), 0.0)
