"""Statistics of paired comparisons: two arms on the same seeds, how far apart, and is it settled?

First the parts, each known by itself: the sign-flip test, Holm's correction, P(A > B) with Tango's
interval. Then the comparison that joins them, and its verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from fashion_bench.analysis.anytime import anytime_interval, e_value
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
    SAME = "no difference that matters"
    UNCLEAR = "cannot tell"
    TOO_FEW = "cannot tell: n"
    UNFINISHED = "not yet"


SETTLED = (Verdict.BETTER, Verdict.WORSE, Verdict.SAME)


class Design(StrEnum):
    """How often a comparison is looked at, on which hangs what its numbers are."""

    PLANNED = "planned"
    """Once, when all of a planned number of pairs are in."""
    ANYTIME = "anytime"
    """After any number of pairs, as often as one likes: see ``anytime``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """A against B in one metric, paired by seed; differences are A - B in the metric's unit.

    Of planned pairs that are not all in, only n, mean, sd and P(A > B) are told.

    Attributes:
        design: whether it is told of a planned number of pairs, or may be looked at any time.
        n: pairs.
        mean: mean difference; ``None`` without pairs.
        sd: standard deviation of the differences (n - 1 in the denominator); ``None`` for n < 2.
        interval: of the mean difference: Student's, or the always-valid one; ``None`` for n < 2,
            and of the latter while it is unbounded.
        p: two-sided: of the sign-flip test, 1 without pairs; or 1 / e-value, at most 1.
        superiority: P(A > B), a tie counted as one half; ``None`` without pairs.
        superiority_interval: Tango's score interval of it, likewise; of a planned n alone.
        effect_size: mean / sd (Cohen's d_z), corrected for small n (Hedges 1981); ``None`` for
            n < 3 and where the spread is nothing but rounding.
        adjusted_p: ``p`` corrected for the other comparisons made with it: by Holm's method, or
            times their number.
        adjusted_interval: ``interval`` at the level that goes with that; see ``holm``.
        margin: the least difference that matters, if one is named.
        margin_interval: what is held against it; see ``compare_paired``.
        verdict: what it comes to.
    """

    design: Design = Design.PLANNED
    n: int
    mean: float | None
    sd: float | None
    interval: Interval | None = None
    p: float | None = None
    superiority: float | None
    superiority_interval: Interval | None = None
    effect_size: float | None = None
    adjusted_p: float | None = None
    adjusted_interval: Interval | None = None
    margin: float | None = None
    margin_interval: Interval | None = None
    verdict: Verdict

    @property
    def side(self) -> Literal[-1, 0, 1]:
        """The sign of the difference where it is settled, whether or not it matters; else 0."""
        found, p = self.adjusted_interval, self.adjusted_p
        if found is None or self.interval is None or p is None or not found.leaves_out_zero:
            return 0
        if p >= _alpha(self.interval.level):
            return 0
        return 1 if found.low > 0 else -1


def compare_paired(
    pairs: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]],
    *,
    level: float = 0.95,
    lower_is_better: bool = False,
    margin: float | None = None,
    design: Design = Design.PLANNED,
    finished: bool = True,
    family: int = 0,
) -> tuple[PairedComparison, ...]:
    """Compare A with B for each of the pairs (A, B), which are one family.

    A and B are finite values ``[n]`` of one metric, the i-th of both from the same seed.

    One rule gives the verdict. *No difference that matters* where the interval of the margin lies
    wholly inside it; else better or worse where 0 is left out; else nobody can tell. It is for
    want of n below ``MIN_PAIRS``, and wherever no n pairs would be enough.

    Of planned pairs 0 is left out when Holm's interval leaves it out and Holm's p is below
    ``1 - level``. The two may differ, as one is Student's and the other is not: then, too, nobody
    can tell. The interval of the margin has the level 1 - 2 alpha / m, of m comparisons: inside
    it, two one-sided t tests at alpha / m both reject (Schuirmann 1987; Bonferroni over the m).

    At any time, one interval at 1 - alpha / m answers both, which is to multiply e-values by m.

    Args:
        pairs: the values.
        level: 1 - alpha.
        lower_is_better: which side is the better one.
        margin: the least difference that matters, in the unit of the values, above 0.
        design: whether n is planned, or looked at any time.
        finished: whether all planned pairs are in; before that there is no verdict.
        family: m, where more are compared than have values yet.

    Raises:
        ValueError: A and B are not two lists of one length, or a value is not finite.
    """
    alpha, size = _alpha(level), max(len(pairs), family)
    differences = [_differences(a, b) for a, b in pairs]
    if design is Design.ANYTIME:
        return tuple(_anytime(each, size, alpha, margin, lower_is_better) for each in differences)
    if not finished:
        return tuple(map(_unfinished, differences))
    p_values = [float(sign_flip_p(sample)) for sample in differences]
    steps = holm(p_values, alpha=alpha)
    return tuple(
        _planned(sample, p, step, size, alpha, margin, lower_is_better)
        for sample, p, step in zip(differences, p_values, steps, strict=True)
    )


def _alpha(level: float) -> float:
    return round(1 - level, 12)  # 1 - 0.95 is above 0.05


def _unfinished(differences: FloatArray) -> PairedComparison:
    n = differences.size
    return PairedComparison(
        n=n,
        mean=float(differences.mean()) if n else None,
        sd=float(differences.std(ddof=1)) if n > 1 else None,
        superiority=superiority(differences),
        verdict=Verdict.UNFINISHED,
    )


def _planned(
    differences: FloatArray,
    p: float,
    step: HolmStep,
    size: int,
    alpha: float,
    margin: float | None,
    lower_is_better: bool,
) -> PairedComparison:
    at_margin = mean_interval(differences, level=1 - 2 * alpha / size)
    found = replace(
        _unfinished(differences),
        interval=mean_interval(differences, level=1 - alpha),
        p=p,
        superiority_interval=superiority_interval(differences, level=1 - alpha),
        effect_size=_effect_size(differences),
        adjusted_p=step.p,
        adjusted_interval=mean_interval(differences, level=step.level),
        margin=margin,
        margin_interval=None if margin is None else at_margin,
    )
    lowest_p = 2.0 ** (1 - found.n)
    return _judged(found, lowest_p * step.divisor < alpha, lower_is_better)


def _anytime(
    differences: FloatArray, size: int, alpha: float, margin: float | None, lower_is_better: bool
) -> PairedComparison:
    evidence = e_value(differences)
    adjusted = anytime_interval(differences, level=1 - alpha / size)
    found = replace(
        _unfinished(differences),
        design=Design.ANYTIME,
        interval=anytime_interval(differences, level=1 - alpha),
        p=min(1.0, 1 / evidence),
        effect_size=_effect_size(differences),
        adjusted_p=min(1.0, size / evidence),
        adjusted_interval=adjusted,
        margin=margin,
        margin_interval=None if margin is None else adjusted,
    )
    return _judged(found, adjusted is not None, lower_is_better)


def _judged(found: PairedComparison, can_leave_out_0: bool, lower: bool) -> PairedComparison:
    """Return it with its verdict."""
    side, at_margin = found.side, found.margin_interval
    if found.n < MIN_PAIRS:
        verdict = Verdict.TOO_FEW
    elif at_margin is not None and found.margin is not None and at_margin.within(found.margin):
        verdict = Verdict.SAME
    elif not can_leave_out_0:
        verdict = Verdict.TOO_FEW
    elif not side:
        verdict = Verdict.UNCLEAR
    else:
        verdict = Verdict.BETTER if (side > 0) is not lower else Verdict.WORSE
    return replace(found, verdict=verdict)


def _differences(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"cannot pair values of shapes {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("cannot pair values that are not finite")
    return first - second


def _effect_size(differences: FloatArray) -> float | None:
    """Return Cohen's d_z (Lakens 2013, eq. 7) times Hedges' exact factor J(n - 1)."""
    if differences.size < 3:
        return None
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    return None if sd <= 1e-9 * abs(mean) else mean / sd * _hedges(differences.size - 1)


def _hedges(freedom: int) -> float:
    return exp(lgamma(freedom / 2) - lgamma((freedom - 1) / 2)) / sqrt(freedom / 2)
