"""What n trials of a search may be expected to reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.interval import FloatArray

__all__ = ["ExpectedBest", "expected_best"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedBest:
    """The best value among n trials, for n = 1 to all of them; in the unit of the values.

    Attributes:
        n: budgets, in trials.
        mean: expected best value of each budget.
        low: quantile of the best value at the lower of ``band``.
        high: likewise at the upper.
        band: two probabilities, between which the best of n draws falls.
    """

    n: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    band: tuple[float, float]


def expected_best(
    values: Sequence[float], *, band: tuple[float, float] = (0.1, 0.9)
) -> ExpectedBest:
    """Return the curve of the expected best of n draws from these values, higher being better.

    Draws are with replacement: P(best <= v) is P(value <= v) to the n (Dodge et al. 2019, "Show
    Your Work", arXiv:1909.03004). The band is the spread of that same distribution, not the error
    of the curve. The curve is that of independent trials, as of random search; where a sampler
    learns, it is that of trials picked from its list. Near n = N it is too low, as no draw can
    beat what was seen (Tang et al. 2020, "Showing Your Work Doesn't Always Work").
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    budgets = tuple(range(1, ordered.size + 1))
    rows = [_best_of(n, ordered, band) for n in budgets]
    return ExpectedBest(
        n=budgets,
        mean=tuple(mean for mean, _, _ in rows),
        low=tuple(low for _, low, _ in rows),
        high=tuple(high for _, _, high in rows),
        band=band,
    )


def _best_of(n: int, ordered: FloatArray, band: tuple[float, float]) -> tuple[float, float, float]:
    """Return mean and two quantiles of the largest of n draws."""
    cumulative = (np.arange(1, ordered.size + 1) / ordered.size) ** n
    mean = float(np.diff(cumulative, prepend=0.0) @ ordered)
    low, high = ordered[np.searchsorted(cumulative, band)].tolist()
    return mean, low, high
