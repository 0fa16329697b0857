"""Where the spread between trainings comes from: split, weights, order of batches or dropout.

An analysis of variance of trainings that cross the seeds of these sources in a Graeco-Latin square,
every effect random (Searle, Casella & McCulloch 1992, *Variance Components*, chapter 4).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from fashion_bench.analysis.interval import LEVEL, FloatArray, Interval
from fashion_bench.analysis.metric import Metric, chance_of, metrics_of
from fashion_bench.config import TrialConfig
from fashion_bench.records import StudyRecord, TrialRecord

SOURCES = {
    "split_seed": "the split",
    "seed": "initial weights",
    "order_seed": "the order of batches",
    "dropout_seed": "dropout",
}
REST = "their combinations"
DRAWS = 20_000  # an interval's ends vary by about a hundredth of its width
MOST_TOLD = 3  # arms in the answer; of more, a table tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one source makes of the spread between trainings.

    Attributes:
        source: which one; the last part is what none of them makes by itself.
        variance: estimated without a bias, so below 0 at times where there is next to none.
        share: of the total variance, likewise; all shares add up to 1.
        interval: of the share.
    """

    source: str
    variance: float
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The spread between the trainings of one arm, by its sources.

    Attributes:
        arm: the arm.
        n: trainings.
        levels: seeds of each source.
        total: variance between trainings that share no seed; the parts' variances add up to it.
        sample: variance of these trainings, a little less as they share seeds.
        parts: of each source, then of the rest.
    """

    arm: str
    n: int
    levels: int
    total: float
    sample: float
    parts: tuple[Part, ...]


def deciding(study: StudyRecord) -> Metric:
    """Return the metric whose spread is told."""
    return metrics_of(study)[0]


def spreads(study: StudyRecord) -> tuple[Spread, ...]:
    """Return the spread of each arm that has a finite value, and not always the same, of each cell.

    The metric is that which decides; a trial that diverged at once counts as chance.
    """
    metric, chance, levels = deciding(study), chance_of(study), study.plan.sources
    if levels is None:
        return ()
    found = (
        spread_of(arm, study.of_arm(arm), levels, lambda trial: metric.of(trial, chance))
        for arm in study.arms
    )
    return tuple(one for one in found if one is not None)


def spread_of(
    arm: str,
    trials: Sequence[TrialRecord],
    levels: int,
    value: Callable[[TrialRecord], float | None],
) -> Spread | None:
    """Return the spread of an arm's trainings in some value, ``None`` unless each cell has one."""
    known = [(trial.config, found) for trial in trials if (found := value(trial)) is not None]
    values = np.array([found for _, found in known])
    if len(known) != levels**2 or not np.isfinite(values).all() or not np.ptp(values):
        return None
    sums = _sums_of_squares(values, [config for config, _ in known])
    freedom = np.array([levels - 1] * len(SOURCES) + [(levels - 1) * (levels - 3)])
    variances = _variances(sums / freedom, levels)
    total, intervals = float(variances.sum()), _intervals(sums, freedom, levels)
    return Spread(
        arm=arm,
        n=len(known),
        levels=levels,
        total=total,
        sample=float(values.var(ddof=1)),
        parts=tuple(
            Part(source=source, variance=variance, share=variance / total, interval=interval)
            for source, variance, interval in zip(
                (*SOURCES.values(), REST), variances.tolist(), intervals, strict=True
            )
        ),
    )


def _sums_of_squares(values: FloatArray, configs: Sequence[TrialConfig]) -> FloatArray:
    """Return the sum of squares of each source and of the rest: orthogonal, they add up."""
    values = values - values.mean()
    sums = []
    for source in SOURCES:
        _, level = np.unique([config.seeds[source] for config in configs], return_inverse=True)
        sums.append((np.bincount(level, values) ** 2 / np.bincount(level)).sum())
    return np.array([*sums, max(0.0, (values**2).sum() - sum(sums))])


def _variances(squares: FloatArray, levels: int) -> FloatArray:
    """Return the variance components, given mean squares ``[sources + rest, ...]``."""
    *sources, rest = squares
    return np.array([*((source - rest) / levels for source in sources), rest])


def _intervals(sums: FloatArray, freedom: FloatArray, levels: int) -> list[Interval]:
    """Return a generalized confidence interval of each share (Weerahandi 1993, JASA 88:899).

    A sum of squares by its expected mean square is a chi-square of its degrees of freedom, so the
    sums by draws of chi-squares stand for the mean squares, and what follows from them for the
    share. Below 0 and above 1 no share can be. ``python -m tests.analysis.sources`` counts how
    often they hold it.
    """
    random = np.random.default_rng(0)  # the same draws for every arm: equal values, equal ends
    drawn = sums[:, None] / random.chisquare(freedom[:, None], (len(sums), DRAWS))
    variances = _variances(drawn, levels)
    shares = variances / variances.sum(axis=0)
    ends = np.quantile(shares, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=1).clip(0, 1)
    return [Interval(low=low, high=high, level=LEVEL) for low, high in ends.T.tolist()]


# In words ----------------------------------------------------------------------------------------


def where_from(study: StudyRecord) -> str:
    """Return where the spread of a whole experiment comes from, in a sentence for each arm."""
    metric, found = deciding(study), spreads(study)
    lacking = [arm for arm in study.arms if arm not in {one.arm for one in found}]
    told = [_told(metric, one, alone=len(study.arms) == 1) for one in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        told = [f"Where the spread in {metric.words} comes from is in the table."]
    if lacking:
        told.append(
            f"Cannot tell of {', '.join(lacking)}: it takes a finite value of every training, and "
            "not always the same."
        )
    if len(study.arms) > 1:
        told.append("No arms are compared: this experiment asks where the spread comes from.")
    return " ".join(told)


def _told(metric: Metric, one: Spread, *, alone: bool) -> str:
    *sources, rest = one.parts
    shares = [f"{part.source} {_share(part)}" for part in (*sources[1:], rest)]
    return (
        f"Of the spread of {metric.with_unit(sqrt(one.total))} of {metric.words} between "
        f"trainings{'' if alone else f' of {one.arm}'} (standard deviation), {sources[0].source} "
        f"makes {_share(sources[0])}, {', '.join(shares[:-1])} and {shares[-1]} "
        f"(95 % intervals, n = {one.n} trainings that cross {one.levels} seeds of each)."
    )


def _share(part: Part) -> str:
    low, high = part.interval.low, part.interval.high
    share = max(part.share, 0.0)  # an estimate below 0 is one of none; the table has it as it is
    return f"{100 * share:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
