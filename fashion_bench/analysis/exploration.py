"""What a search may be expected to reach, the expected best of n trials: no verdict."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from fashion_bench.analysis.interval import FloatArray
from fashion_bench.analysis.metric import Metric, chance_of, unstopped
from fashion_bench.records import StudyRecord, TrialRecord

# The expected best of n draws --------------------------------------------------------------------


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
    mean, low, high = zip(*rows, strict=True) if rows else ((), (), ())
    return ExpectedBest(n=budgets, mean=mean, low=low, high=high, band=band)


def _best_of(n: int, ordered: FloatArray, band: tuple[float, float]) -> tuple[float, float, float]:
    """Return mean and two quantiles of the largest of n draws."""
    cumulative = (np.arange(1, ordered.size + 1) / ordered.size) ** n
    mean = float(np.diff(cumulative, prepend=0.0) @ ordered)
    low, high = ordered[np.searchsorted(cumulative, band)].tolist()
    return mean, low, high


# Of each arm of a study --------------------------------------------------------------------------

# Why the trials of a sampler are not drawn independently from one distribution; random's are.
_DEPENDENT = {
    "tpe": "the sampler tpe learns from earlier trials",
    "gp": "the sampler gp learns from earlier trials",
    "qmc": "the sampler qmc spreads trials evenly",
    "grid": "a grid lists its trials",
}


def expectations(study: StudyRecord) -> dict[str, ExpectedBest]:
    """Return what to expect of each arm, in the study's order, of values with chance imputed.

    Trials that a rung stopped are left out: their values are of other epochs. An arm where no other
    trial has a value has a curve of no number.
    """
    return {arm: expected_best(_values(study.of_arm(arm), chance_of(study))) for arm in study.arms}


def dependence(study: StudyRecord) -> tuple[str, ...]:
    """Return why its trials are not independent draws from one distribution, if they are not."""
    return tuple(_reasons(study))


def _values(trials: Iterable[TrialRecord], chance: float) -> list[float]:
    values = Metric.VALID_ACCURACY.values(unstopped(trials), chance)
    # What is left after dropping one that is not finite would flatter the arm.
    return values if all(map(isfinite, values)) else []


def _reasons(study: StudyRecord) -> Iterator[str]:
    plan = study.plan
    if plan.listed:
        yield "its trials are listed"
        return
    if plan.sampler.name in _DEPENDENT:
        yield _DEPENDENT[plan.sampler.name]
    if plan.pruner.name != "none":
        yield f"the pruner {plan.pruner.name} stops trials early"
    if plan.enqueued:
        yield f"configurations were enqueued ({plan.enqueued})"
