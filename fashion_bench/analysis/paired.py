"""The paired test: A against B on the same seeds, several at once: how far apart, is it settled?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, isfinite, lgamma, sqrt
from typing import Literal

import numpy as np

from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import (
    FloatArray,
    Interval,
    anytime_interval,
    e_value,
    mean_interval,
    superiority,
    superiority_interval,
)
from fashion_bench.analysis.sign_flip import max_t, sign_flip_p


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
    """After any number of pairs, as often as one likes: see ``interval``."""


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
        adjusted_p: ``p`` corrected for the other comparisons made with it, see ``sign_flip.max_t``;
            at any time, times their number.
        adjusted_interval: ``interval`` wide enough that those of all comparisons made with it hold
            their means at once.
        alpha: that of Student's interval of this width; ``None`` where n was not planned.
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
    alpha: float | None = None
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
    if not finished or not family:
        return tuple(_unfinished(one.sample) for one in family)
    seeds = sorted({seed for one in family for seed in one.by_seed})
    rows = [[one.by_seed.get(seed, np.nan) for one in family] for seed in seeds]
    together = max_t(np.array(rows).reshape(len(seeds), len(family)), level=level)
    alone = _each_alone([one.sample for one in family])
    return tuple(
        _planned(one, p, adjusted_p, together.alpha, size, alpha)
        for one, p, adjusted_p in zip(family, alone, together.p, strict=True)
    )


def _each_alone(samples: Sequence[FloatArray]) -> list[float]:
    """Return the sign-flip p of each sample by itself; those of one size are counted together."""
    found = [1.0] * len(samples)
    for n in {sample.size for sample in samples}:
        places = [place for place, sample in enumerate(samples) if sample.size == n]
        p_values = sign_flip_p(np.array([samples[place] for place in places]))
        for place, p in zip(places, p_values.tolist(), strict=True):
            found[place] = p
    return found


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
    one: Differences, p: float, adjusted_p: float, alpha_of_one: float, size: int, alpha: float
) -> PairedComparison:
    sample = one.sample
    adjusted = mean_interval(sample, level=1 - alpha_of_one)
    at_margin = mean_interval(sample, level=1 - 2 * alpha / size)
    return _judged(
        replace(
            _unfinished(sample),
            interval=mean_interval(sample, level=1 - alpha),
            p=p,
            superiority_interval=superiority_interval(sample, level=1 - alpha),
            effect_size=_effect_size(sample),
            adjusted_p=adjusted_p,
            adjusted_interval=None if adjusted is None else replace(adjusted, level=1 - alpha),
            alpha=None if adjusted is None else alpha_of_one,
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
