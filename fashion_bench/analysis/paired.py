"""Statistics of paired comparisons: two arms on the same seeds, how far apart, and is it settled?

First the parts, each known by itself: the sign-flip test, Holm's correction, P(A > B) with Tango's
interval. Then the comparison that joins them, and its verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from fashion_bench.analysis.interval import BoolArray, FloatArray, Interval, mean_interval
from fashion_bench.rng import derive

# The sign-flip test: might the differences as well have had the other signs? ---------------------

EXACT_UP_TO = 16  # differences: 2**15 flips, for a flip and its mirror image weigh the same
RESAMPLES = 9_999

# Differences of accuracies are multiples of one image, so equal sums are common; rounding must
# not part them. A real step is above 1e-6 of the sum of sizes, an error of rounding below 1e-11.
_ROUNDING = 1e-9


def sign_flip_p(differences: FloatArray) -> FloatArray:
    """Return the two-sided p of a mean of 0, for each sample of differences.

    ``differences`` are ``[..., n]``; the result is ``[...]``. Exact under differences that are
    symmetric about 0: up to ``EXACT_UP_TO`` of them every flip is counted, beyond that
    ``RESAMPLES`` random ones and the one observed (Phipson & Smyth 2010). The random flips are
    the same for equal n, so equal data have equal p. It cannot be below ``2 ** (1 - n)``.
    """
    n = differences.shape[-1]
    if n <= EXACT_UP_TO:
        return np.asarray(_extreme(differences, _all_flips(n)).mean(axis=-1))
    extreme = _extreme(differences, _random_flips(n)).sum(axis=-1)
    return np.asarray((1 + extreme) / (1 + RESAMPLES))


def _extreme(differences: FloatArray, flips: FloatArray) -> BoolArray:
    """Tell for each flip, ``[..., flips]``, if its sum is as far from 0 as the one observed."""
    observed = np.abs(differences.sum(axis=-1)) - _ROUNDING * np.abs(differences).sum(axis=-1)
    return np.asarray(np.abs(differences @ flips.T) >= observed[..., None])


@lru_cache(maxsize=2)
def _all_flips(n: int) -> FloatArray:
    """Return all signs ``[2**(n - 1), n]`` with the last one kept."""
    patterns = np.arange(2 ** max(n - 1, 0))
    return _signs((patterns[:, None] >> np.arange(n)) & 1)


@lru_cache(maxsize=2)
def _random_flips(n: int) -> FloatArray:
    generator = np.random.default_rng(derive("sign flips", n))
    return _signs(generator.integers(2, size=(RESAMPLES, n)))


def _signs(bits: npt.NDArray[np.int64]) -> FloatArray:
    return np.where(bits, -1.0, 1.0)


# Holm's correction for several questions at once (1979, Scand. J. Statist. 6:65) -----------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HolmStep:
    """What the correction makes of one comparison of a family.

    Attributes:
        p: the adjusted p: below alpha, the comparison is decided.
        divisor: what alpha is divided by at its step, from the size of the family down to 1.
        level: coverage of the interval that goes with it, ``1 - alpha / divisor``.
    """

    p: float
    divisor: int
    level: float


def holm(p_values: Sequence[float], *, alpha: float = 0.05) -> tuple[HolmStep, ...]:
    """Return the step of each p, in the order given.

    The i-th smallest of m is held against ``alpha / (m - i + 1)``; equal ones share the first
    one's step. The procedure stops at the first that fails, so all undecided ones keep its
    divisor. The chance of any false decision in the family is at most alpha.

    The intervals are for reading one by one, beside their decisions. They do not all cover at
    once with the probability ``1 - alpha``: Bonferroni's would, with the divisor m throughout.
    """
    p = np.asarray(p_values, dtype=np.float64)
    divisors = p.size - (p < p[:, None]).sum(axis=1)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(np.minimum(p * divisors, 1)[order])
    undecided = adjusted >= alpha
    divisors[undecided] = divisors.max(where=undecided, initial=1)
    return tuple(
        HolmStep(p=p, divisor=divisor, level=1 - alpha / divisor)
        for p, divisor in zip(adjusted.tolist(), divisors.tolist(), strict=True)
    )


# P(A > B), a tie counted as one half -------------------------------------------------------------


def superiority(differences: FloatArray) -> float | None:
    """Return P(A > B) + P(A = B) / 2 in the differences A - B ``[n]``; ``None`` for n = 0."""
    return float((1 + np.sign(differences).mean()) / 2) if differences.size else None


def superiority_interval(differences: FloatArray, *, level: float = 0.95) -> Interval | None:
    """Return the score interval of it; ``None`` for n = 0.

    P(A > B) + P(A = B) / 2 is (1 + wins - losses) / 2, and Tango (1998, Statistics in Medicine
    17:891) gives the interval of such a difference between two shares of the same n pairs. Ties
    narrow it as they should; without any it is Wilson's.
    """
    if not differences.size:
        return None
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    z = float(stats.norm.ppf((1 + level) / 2))
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
    return float(optimize.brentq(beyond, -1.0, (wins - losses) / n - 1e-9))


def _variance(wins: int, losses: int, n: int, lead: float) -> float:
    """Return the variance of one pair's sign under this lead, its ties at their most likely."""
    a, b, c = 2 * n, (2 * n - wins + losses) * lead - wins - losses, losses * lead * (lead - 1)
    lost = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    return max(2 * lost + lead * (1 - lead), 0.0)


# A against B -------------------------------------------------------------------------------------

MIN_PAIRS = 6  # of 5 pairs even the clearest has a sign-flip p of 2/32 > 0.05


class Verdict(StrEnum):
    """What may be said of A against B."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "cannot tell"
    TOO_FEW = "cannot tell: n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """A against B in one metric, paired by seed; differences are A - B in the metric's unit.

    Attributes:
        n: pairs.
        mean: mean difference; ``None`` without pairs.
        sd: standard deviation of the differences (n - 1 in the denominator); ``None`` for n < 2.
        interval: Student's, of the mean difference; ``None`` for n < 2.
        p: two-sided, of the sign-flip test; 1 without pairs.
        superiority: P(A > B), a tie counted as one half; ``None`` without pairs.
        superiority_interval: Tango's score interval of it, likewise.
        effect_size: mean / sd (Cohen's d_z), corrected for small n (Hedges 1981); ``None`` for
            n < 3 and where the spread is nothing but rounding.
        adjusted_p: ``p`` after Holm's correction for the other comparisons made with it.
        adjusted_interval: ``interval`` at the level that goes with that; see ``holm``.
        verdict: what it comes to.
    """

    n: int
    mean: float | None
    sd: float | None
    interval: Interval | None
    p: float
    superiority: float | None
    superiority_interval: Interval | None
    effect_size: float | None
    adjusted_p: float
    adjusted_interval: Interval | None
    verdict: Verdict


def compare_paired(
    pairs: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]],
    *,
    level: float = 0.95,
    lower_is_better: bool = False,
) -> tuple[PairedComparison, ...]:
    """Compare A with B for each of the pairs (A, B), which are one family to Holm.

    A and B are finite values ``[n]`` of one metric, the i-th of both from the same seed.

    One rule gives the verdict: better or worse when the adjusted interval leaves out 0 and the
    adjusted p is below ``1 - level``. The two may differ, as one is Student's and the other is
    not: then, too, nobody can tell. It is for want of n below ``MIN_PAIRS`` and wherever n pairs
    of one sign would not be enough at their step.

    Raises:
        ValueError: A and B are not two lists of one length.
    """
    alpha = round(1 - level, 12)  # 1 - 0.95 is above 0.05
    differences = [_differences(a, b) for a, b in pairs]
    p_values = [float(sign_flip_p(sample)) for sample in differences]
    steps = holm(p_values, alpha=alpha)
    return tuple(
        _compared(sample, p, step, alpha, lower_is_better)
        for sample, p, step in zip(differences, p_values, steps, strict=True)
    )


def _compared(
    differences: FloatArray, p: float, step: HolmStep, alpha: float, lower_is_better: bool
) -> PairedComparison:
    n, level = differences.size, 1 - alpha
    adjusted = mean_interval(differences, level=step.level)
    return PairedComparison(
        n=n,
        mean=float(differences.mean()) if n else None,
        sd=float(differences.std(ddof=1)) if n > 1 else None,
        interval=mean_interval(differences, level=level),
        p=p,
        superiority=superiority(differences),
        superiority_interval=superiority_interval(differences, level=level),
        effect_size=_effect_size(differences),
        adjusted_p=step.p,
        adjusted_interval=adjusted,
        verdict=_verdict(n, adjusted, step, alpha, lower_is_better),
    )


def _verdict(
    n: int, interval: Interval | None, step: HolmStep, alpha: float, lower_is_better: bool
) -> Verdict:
    lowest_p = 2.0 ** (1 - n)
    if interval is None or n < MIN_PAIRS or lowest_p * step.divisor >= alpha:
        return Verdict.TOO_FEW
    if step.p >= alpha or not interval.leaves_out_zero:
        return Verdict.UNCLEAR
    return Verdict.BETTER if (interval.low > 0) is not lower_is_better else Verdict.WORSE


def _differences(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"cannot pair values of shapes {first.shape} and {second.shape}")
    return first - second


def _effect_size(differences: FloatArray) -> float | None:
    """Return Cohen's d_z (Lakens 2013, eq. 7) times Hedges' exact factor J(n - 1)."""
    if differences.size < 3:
        return None
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    return None if sd <= 1e-9 * abs(mean) else mean / sd * _hedges(differences.size - 1)


def _hedges(freedom: int) -> float:
    return exp(lgamma(freedom / 2) - lgamma((freedom - 1) / 2)) / sqrt(freedom / 2)
