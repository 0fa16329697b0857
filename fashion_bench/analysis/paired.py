"""The paired test: differences of arms on the same seeds, several at once; are they settled?

First sign flips, of one sample or of a family at once (max-T); then what a comparison comes to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import exp, isfinite, lgamma, prod, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from fashion_bench.analysis.interval import (
    FloatArray,
    Interval,
    anytime_interval,
    e_value,
    mean_interval,
    superiority,
    superiority_interval,
)
from fashion_bench.rng import derive

# Sign flips: might the differences as well have had the other signs? -----------------------------

EXACT_UP_TO = 16  # differences: 2**15 flips, for a flip and its mirror image weigh the same
RESAMPLES = 9_999

# Differences of accuracies are multiples of one image, so equal sums are common; rounding must
# not part them. A real step is above 1e-6 of the sum of sizes, an error of rounding below 1e-11.
_ROUNDING = 1e-9
_CHUNK = 1 << 22  # statistics of a family that are held at once: 32 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxT:
    """What sign flips say of a family of samples at once.

    Attributes:
        p: of each, two-sided and adjusted for all of them: the share of flips under which the
            greatest t of the family is as far from 0 as the sample's own.
        critical: how many standard errors around every mean hold all true means at once.
    """

    p: tuple[float, ...]
    critical: float


def sign_flip_p(differences: FloatArray) -> FloatArray:
    """Return the two-sided p of a mean of 0, for each sample of differences by itself.

    ``differences`` are ``[..., n]``; the result is ``[...]``. Exact under differences that are
    symmetric about 0: up to ``EXACT_UP_TO`` of them every flip is counted, beyond that
    ``RESAMPLES`` random ones and the one observed (Phipson & Smyth 2010). The random flips are
    the same for equal n, so equal data have equal p. It cannot be below ``2 ** (1 - n)``.
    """
    *stack, n = differences.shape
    samples = differences.reshape(prod(stack), n).T
    observed = _observed(samples)
    extreme = sum((t >= observed).sum(axis=0) for t in _flipped(samples))
    return _share(extreme, n).reshape(stack)


def max_t(samples: FloatArray, *, level: float = 0.95) -> MaxT:
    """Return adjusted p and the critical t of a family of samples ``[n, m]``, of n seeds each.

    A seed's differences keep or turn their signs together, so whatever ties the samples to each
    other stays (Westfall & Young 1993, section 2.3; one step). The p are exact under differences
    that are symmetric about 0, however many of the family are 0; no p is below ``2 ** (1 - n)``,
    whatever m is. The critical t is the ``level`` quantile of the greatest t of the flipped
    residuals (the wild bootstrap with Rademacher weights, Liu 1988).
    NaN stands where a sample has no difference of a seed.
    """
    here = ~np.isnan(samples)
    n = here.sum(axis=0)
    residuals = samples - samples.sum(axis=0, where=here) / np.maximum(n, 1)
    # What is left of equal differences is rounding.
    flat = np.abs(residuals).max(axis=0, where=here, initial=0) <= _ROUNDING * np.abs(samples).max(
        axis=0, where=here, initial=0
    )
    return MaxT(
        p=tuple(_adjusted(samples).tolist()),
        critical=_critical(residuals[:, ~flat], n, level) if n.max(initial=0) > 1 else 0.0,
    )


def _critical(residuals: FloatArray, n: npt.NDArray[np.int64], level: float) -> float:
    """Return the critical t: no less than Student's for one sample, no more than Bonferroni's.

    Few residuals of equal size can all be flipped to one side, where t has no end.
    """
    least, most = stats.t.isf((1 - level) / 2 / np.array([1, n.size]), n.max() - 1).tolist()
    if n.size == 1 or not residuals.size:
        return float(least)
    greatest = np.concatenate([t.max(axis=1) for t in _flipped(residuals)])
    found = sqrt(np.quantile(greatest, level, method="higher"))
    return float(min(max(found, least), most))


def _adjusted(samples: FloatArray) -> FloatArray:
    """Return the adjusted p of each sample of a family ``[n, m]``."""
    observed = _observed(samples)
    extreme = np.zeros(samples.shape[1])
    for t in _flipped(samples):
        # How many are as great as each: their number less those that are below it.
        extreme += len(t) - np.searchsorted(np.sort(t.max(axis=1, initial=0)), observed)
    return _share(extreme, len(samples))


def _share(extreme: npt.ArrayLike, n: int) -> FloatArray:
    """Return p, given how many flips of n differences are as extreme as what was observed."""
    counted: FloatArray = np.asarray(extreme, dtype=np.float64)
    exact = n <= EXACT_UP_TO
    return np.asarray(counted / len(_flips(n)) if exact else (1 + counted) / (1 + RESAMPLES))


def _flipped(samples: FloatArray) -> Iterator[FloatArray]:
    """Yield the squared t of each of ``[n, m]`` under every flip, some flips ``[_, m]`` at once."""
    flips = _flips(len(samples))
    for some in np.array_split(flips, 1 + flips.shape[0] * samples.shape[1] // _CHUNK):
        yield _squared_t(samples, some)


def _observed(samples: FloatArray) -> FloatArray:
    return _squared_t(samples, np.ones((1, len(samples))), less=_ROUNDING).ravel()


def _squared_t(samples: FloatArray, flips: FloatArray, less: float = 0) -> FloatArray:
    """Return the squared t of each sample under each flip, ``[flips, m]``.

    Flips leave the sum of squares as it is, so it hangs on the sum alone. A sum is taken as less
    by a share of the sum of sizes.
    """
    here = ~np.isnan(samples)
    n, values = here.sum(axis=0), np.where(here, samples, 0)
    sums = np.maximum(np.abs(flips @ values) - less * np.abs(values).sum(axis=0), 0)
    squares = n * (values**2).sum(axis=0)
    explained = sums**2 / np.where(squares > 0, squares, 1)
    # Without any spread t has no end; rounding must not decide how great it is.
    return np.asarray(explained * np.maximum(n - 1, 1) / np.maximum(1 - explained, 1e-12))


def _flips(n: int) -> FloatArray:
    return _all_flips(n) if n <= EXACT_UP_TO else _random_flips(n)


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
        adjusted_p: ``p`` corrected for the other comparisons made with it: see ``max_t``; at any
            time, times their number.
        adjusted_interval: ``interval`` wide enough that those of all comparisons made with it hold
            their means at once.
        critical: half of that width in standard errors; ``None`` where n was not planned.
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
    critical: float | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """A - B in one metric on the same seeds, to be told with others as a family.

    Attributes:
        by_seed: finite values, in the metric's unit.
        lower_is_better: which side is the better one.
        margin: the least difference that matters, in the same unit, above 0; if one is named.
    """

    by_seed: Mapping[int, float]
    lower_is_better: bool = False
    margin: float | None = None

    @property
    def sample(self) -> FloatArray:
        """The values, ``[n]``."""
        return np.array([*self.by_seed.values()], dtype=np.float64)


def compare_paired(
    family: Sequence[Differences],
    *,
    level: float = 0.95,
    design: Design = Design.PLANNED,
    finished: bool = True,
    size: int = 0,
) -> tuple[PairedComparison, ...]:
    """Tell what differences come to that are one family: all their verdicts hold at once.

    One rule gives the verdict. *No difference that matters* where the interval of the margin lies
    wholly inside it; else better or worse where 0 is left out; else nobody can tell. It is for
    want of n below ``MIN_PAIRS``, and at any time while there is no interval.

    Of planned pairs 0 is left out when the simultaneous interval leaves it out and the adjusted p
    is below ``1 - level``; both are of ``max_t``, but for the interval of one comparison alone,
    which is Student's. The two may differ: then, too, nobody can tell. The interval of the margin
    has the level 1 - 2 alpha / m, of m comparisons: inside it, two one-sided t tests at alpha / m
    both reject (Schuirmann 1987; Bonferroni over the m).

    At any time, one interval at 1 - alpha / m answers both, which is to multiply e-values by m.

    Args:
        family: the differences.
        level: 1 - alpha.
        design: whether n is planned, or looked at any time.
        finished: whether all planned pairs are in; before that there is no verdict.
        size: m, where more are compared than have values yet.

    Raises:
        ValueError: a value is not finite.
    """
    if not all(isfinite(value) for one in family for value in one.by_seed.values()):
        raise ValueError("cannot compare differences that are not finite")
    alpha, size = _alpha(level), max(len(family), size)
    if design is Design.ANYTIME:
        return tuple(_anytime(one, size, alpha) for one in family)
    if not finished:
        return tuple(_unfinished(one.sample) for one in family)
    seeds = sorted({seed for one in family for seed in one.by_seed})
    told = max_t(
        np.array([[one.by_seed.get(seed, np.nan) for one in family] for seed in seeds]).reshape(
            len(seeds), len(family)
        ),
        level=level,
    )
    return tuple(
        _planned(one, p, told.critical, size, alpha) for one, p in zip(family, told.p, strict=True)
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
    one: Differences, p: float, critical: float, size: int, alpha: float
) -> PairedComparison:
    sample, found = one.sample, _unfinished(one.sample)
    interval, adjusted = mean_interval(sample, level=1 - alpha), None
    if interval is not None and found.mean is not None and found.sd is not None:
        student = float(stats.t.isf(alpha / 2, found.n - 1))  # of fewer seeds than others have
        critical = max(critical, student)
        half = critical * found.sd / sqrt(found.n)
        adjusted = replace(interval, low=found.mean - half, high=found.mean + half)
        adjusted = interval if critical == student else adjusted
    at_margin = mean_interval(sample, level=1 - 2 * alpha / size)
    return _judged(
        replace(
            found,
            interval=interval,
            p=float(sign_flip_p(sample)),
            superiority_interval=superiority_interval(sample, level=1 - alpha),
            effect_size=_effect_size(sample),
            adjusted_p=p,
            adjusted_interval=adjusted,
            critical=None if adjusted is None else critical,
            margin=one.margin,
            margin_interval=None if one.margin is None else at_margin,
        ),
        one.lower_is_better,
    )


def _anytime(one: Differences, size: int, alpha: float) -> PairedComparison:
    sample = one.sample
    evidence = e_value(sample)
    adjusted = anytime_interval(sample, level=1 - alpha / size)
    return _judged(
        replace(
            _unfinished(sample),
            design=Design.ANYTIME,
            interval=anytime_interval(sample, level=1 - alpha),
            p=min(1.0, 1 / evidence),
            effect_size=_effect_size(sample),
            adjusted_p=min(1.0, size / evidence),
            adjusted_interval=adjusted,
            margin=one.margin,
            margin_interval=None if one.margin is None else adjusted,
        ),
        one.lower_is_better,
    )


def _judged(found: PairedComparison, lower_is_better: bool) -> PairedComparison:
    """Return it with its verdict."""
    side, at_margin = found.side, found.margin_interval
    if found.n < MIN_PAIRS:
        verdict = Verdict.TOO_FEW
    elif at_margin is not None and found.margin is not None and at_margin.within(found.margin):
        verdict = Verdict.SAME
    elif found.adjusted_interval is None:
        verdict = Verdict.TOO_FEW
    elif not side:
        verdict = Verdict.UNCLEAR
    else:
        verdict = Verdict.BETTER if (side > 0) is not lower_is_better else Verdict.WORSE
    return replace(found, verdict=verdict)


def _effect_size(differences: FloatArray) -> float | None:
    """Return Cohen's d_z (Lakens 2013, eq. 7) times Hedges' exact factor J(n - 1)."""
    if differences.size < 3:
        return None
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    return None if sd <= 1e-9 * abs(mean) else mean / sd * _hedges(differences.size - 1)


def _hedges(freedom: int) -> float:
    return exp(lgamma(freedom / 2) - lgamma((freedom - 1) / 2)) / sqrt(freedom / 2)
