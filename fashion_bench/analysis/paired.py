"""Two arms measured on the same seeds: how far apart they are, and whether that is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, sqrt

import numpy as np
import numpy.typing as npt

from fashion_bench.analysis.holm import HolmStep, holm
from fashion_bench.analysis.interval import FloatArray, Interval, mean_interval
from fashion_bench.analysis.sign_flip import sign_flip_p
from fashion_bench.analysis.superiority import superiority, superiority_interval

__all__ = ["MIN_PAIRS", "PairedComparison", "Verdict", "compare_paired"]

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
