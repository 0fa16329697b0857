"""Audit of a pruner: do trials rank at a rung as in the end, and what did it leave of the space?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import atanh, isfinite, sqrt, tanh
from statistics import fmean
from typing import Any

import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.interval import LEVEL, Interval
from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Dimension, Range
from fashion_bench.plan import ArmPlan
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

MOVED = 0.005  # a fraction: half a point


@dataclass(frozen=True, slots=True, kw_only=True)
class RungAudit:
    """How the trials of an arm rank at a rung, against how they end.

    Attributes:
        arm: its name.
        rung: epoch of the rung.
        n: complete trials, which this rests on.
        controls: how many of them passed whatever they scored (``Plan.finishes``).
        designated: of each, whether it is one of those.
        at_rung: validation accuracy at the rung of each, a fraction 0-1.
        at_end: value of each, likewise.
        correlation: Spearman's rank correlation of the two; ``None`` where it is not defined.
        interval: of it; see ``rank_interval``.
    """

    arm: str
    rung: int
    n: int
    controls: int
    designated: tuple[bool, ...]
    at_rung: tuple[float, ...]
    at_end: tuple[float, ...]
    correlation: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What a pruner left of a parameter's values.

    A span of a range is the least and the greatest value; of a list, those of it that occur.

    Attributes:
        arm: where it is tuned.
        param: its name.
        is_range: whether a range was searched, and not a list.
        searched: the span of the space.
        tried: the span of all trials.
        survived: the span of the complete trials that the pruner let pass.
        n: how many those are.
    """

    arm: str
    param: str
    is_range: bool
    searched: tuple[ParamValue, ...]
    tried: tuple[ParamValue, ...]
    survived: tuple[ParamValue, ...]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far two arms are apart at a rung and in the end, by their complete trials.

    Attributes:
        a: an arm.
        b: the first arm, which is subtracted.
        rung: epoch of the rung.
        n: complete trials of ``a`` and of ``b``.
        at_rung: difference of the mean validation accuracies at the rung, a fraction.
        at_end: difference of the mean values.
        interval: Welch's, of what is gained from there to the end, ``a`` less ``b``; ``None`` where
            an arm has less than two trials.
    """

    a: str
    b: str
    rung: int
    n: tuple[int, int]
    at_rung: float
    at_end: float
    interval: Interval | None

    @property
    def moved(self) -> bool:
        """Whether the rung tells another story: by half a point, or by more than can be chance."""
        far = abs(self.at_end - self.at_rung) >= MOVED
        return far or (self.interval is not None and self.interval.leaves_out_zero)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a study's own trials say of its pruner; nothing where there is none.

    Attributes:
        rungs: arm by arm, rung by rung.
        params: arm by arm, every parameter that is tuned.
        shifts: of each arm but the first, rung by rung.
    """

    rungs: tuple[RungAudit, ...] = ()
    params: tuple[Survival, ...] = ()
    shifts: tuple[Shift, ...] = ()


def audit(study: StudyRecord) -> Audit:
    """Audit the pruner of a study.

    Only trials that were trained to the end can tell. Those that the pruner let pass are alike at
    its rungs, so that they rank there more by chance, and a correlation of them alone is lower than
    that of all; the controls are a sample of all.
    """
    plan = study.plan
    if plan.pruner.name == "none" or plan.listed:
        return Audit()
    whole = {arm.name: _complete(study, arm) for arm in plan.arms}
    return Audit(
        rungs=tuple(
            _at_rung(study, arm, rung, whole[arm.name])
            for arm in plan.arms
            for rung in plan.rungs[:-1]
            if whole[arm.name]
        ),
        params=tuple(one for arm in plan.arms for one in _survivals(study, arm, whole[arm.name])),
        shifts=tuple(
            _shift(arm.name, plan.arms[0].name, rung, whole)
            for arm in plan.arms[1:]
            for rung in plan.rungs[:-1]
            if whole[arm.name] and whole[plan.arms[0].name]
        ),
    )


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Return Spearman's; ``None`` of fewer than three, or where one of the two has one value."""
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return None
    return float(scipy.stats.spearmanr(a, b).statistic)


def rank_interval(correlation: float | None, n: int) -> Interval | None:
    """Return the interval of Spearman's correlation of n pairs; ``None`` for n < 4.

    Fisher's z with the variance of Bonett & Wright (2000, Psychometrika 65:23), (1 + r²/2)/(n - 3).
    A perfect correlation, whose z is infinite, is taken half a step of n ranks short of it.
    """
    if correlation is None or n < 4:
        return None
    short = 1 - 6 / (n * (n * n - 1))
    r = max(-short, min(short, correlation))
    half = float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) * sqrt((1 + r * r / 2) / (n - 3))
    low, high = tanh(atanh(r) - half), tanh(atanh(r) + half)
    return Interval(low=min(low, correlation), high=max(high, correlation), level=LEVEL)


def _complete(study: StudyRecord, arm: ArmPlan) -> list[TrialRecord]:
    return [
        trial
        for trial in study.of_arm(arm.name)
        if trial.outcome is Outcome.COMPLETE
        and all(isfinite(epoch.valid_accuracy) for epoch in trial.history)
    ]


def _at_rung(
    study: StudyRecord, arm: ArmPlan, rung: int, whole: Sequence[TrialRecord]
) -> RungAudit:
    there, end = _both(whole, rung)
    correlation = rank_correlation(there, end)
    designated = tuple(study.plan.finishes(arm, trial.number) for trial in whole)
    return RungAudit(
        arm=arm.name,
        rung=rung,
        n=len(whole),
        controls=sum(designated),
        designated=designated,
        at_rung=there,
        at_end=end,
        correlation=correlation,
        interval=rank_interval(correlation, len(whole)),
    )


def _both(whole: Sequence[TrialRecord], rung: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the accuracies of complete trials at a rung, and their values."""
    there = tuple(trial.history[rung - 1].valid_accuracy for trial in whole)
    return there, tuple(trial.value or 0.0 for trial in whole)


def _shift(a: str, b: str, rung: int, whole: dict[str, list[TrialRecord]]) -> Shift:
    (a_there, a_end), (b_there, b_end) = (_both(whole[arm], rung) for arm in (a, b))
    gained = [
        [end - there for there, end in zip(*both, strict=True)]
        for both in ((a_there, a_end), (b_there, b_end))
    ]
    return Shift(
        a=a,
        b=b,
        rung=rung,
        n=(len(a_end), len(b_end)),
        at_rung=fmean(a_there) - fmean(b_there),
        at_end=fmean(a_end) - fmean(b_end),
        interval=_welch(*gained),
    )


def _welch(a: Sequence[float], b: Sequence[float]) -> Interval | None:
    """Return Welch's interval of the difference of two means; ``None`` of a sample below two."""
    if min(len(a), len(b)) < 2 or (len(set(a)) == 1 and len(set(b)) == 1):
        return None
    found = scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(LEVEL)
    return Interval(low=float(found.low), high=float(found.high), level=LEVEL)


def _survivals(
    study: StudyRecord, arm: ArmPlan, whole: Sequence[TrialRecord]
) -> Iterator[Survival]:
    passed = [trial for trial in whole if not study.plan.finishes(arm, trial.number)]
    for name, dimension in arm.space.items():
        tried, survived = (
            _span(dimension, [trial.params[name] for trial in trials if name in trial.params])
            for trials in (study.of_arm(arm.name), passed)
        )
        yield Survival(
            arm=arm.name,
            param=name,
            is_range=isinstance(dimension, Range),
            searched=_all_of(dimension),
            tried=tried,
            survived=survived,
            n=len(passed),
        )


def _all_of(dimension: Dimension) -> tuple[ParamValue, ...]:
    """Return the values of a list, or the ends of a range."""
    return dimension.values if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def _span(dimension: Dimension, values: Sequence[Any]) -> tuple[ParamValue, ...]:
    if isinstance(dimension, Choice):
        return tuple(value for value in dimension.values if value in values)
    return (min(values), max(values)) if values else ()
