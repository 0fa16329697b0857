"""Caveats of a comparison, a sentence each: unequal budgets, failures, best values at an edge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

import numpy as np
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.audit import audit
from fashion_bench.analysis.comparison import Comparison, is_over, settled_after
from fashion_bench.analysis.foreseen import listed_seeds, many_arms, unlike, varying
from fashion_bench.analysis.interval import FloatArray
from fashion_bench.analysis.joining import overlaps, settings_of
from fashion_bench.analysis.metric import Metric, chance_of, is_hopeless, metrics_of, valid_metric
from fashion_bench.analysis.summary import best_trial, summarise_arms
from fashion_bench.analysis.text import MOST_NAMED, param, some_of
from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Dimension, Range
from fashion_bench.records import Outcome, StudyRecord

MOST_UNEQUAL = 1.1  # times as many epochs; a few trials that diverged do not make it more
SKEWED = 0.01  # p of its test: one warning of a hundred is for nothing


def caveats(study: StudyRecord) -> tuple[str, ...]:
    """Return what there is to keep in mind of a study or experiment."""
    checks = _OF_EXPERIMENTS if study.kind == "experiment" else _OF_STUDIES
    return tuple(sentence for check in (*_OF_BOTH, *checks) for sentence in check(study))


def fixed(study: StudyRecord) -> dict[str, ParamValue]:
    """Return what is the same in every trial, on which any answer depends."""
    if not study.trials:
        return {}
    settings = settings_of(study.trials[0])
    usual = study.plan.usual(settings)
    return {n: v for n, v in settings.items() if n not in study.varying and n not in usual}


# Of both kinds -----------------------------------------------------------------------------------


def _unfinished(study: StudyRecord) -> Iterator[str]:
    if not is_over(study):
        yield f"{len(study.trials)} of {study.planned} trials have finished"


def _amendments(study: StudyRecord) -> Iterator[str]:
    for one in study.amendments:
        before, now = ("none" if x is None else repr(x) for x in (one.before, one.now))
        yield (
            f"{one.key} was changed from {before} to {now} when the results of {one.trials} trials "
            "were known"
        )


def _budgets(study: StudyRecord) -> Iterator[str]:
    arms = summarise_arms(study)
    trials = list(_unequal("trials", {arm.arm: arm.trials for arm in arms}, 1))
    yield from trials or _unequal("epochs", {arm.arm: arm.epochs for arm in arms}, MOST_UNEQUAL)


def _unequal(what: str, spent: Mapping[str, int], most: float) -> Iterator[str]:
    least, largest = (find(spent, key=lambda arm: spent[arm]) for find in (min, max))
    if spent[largest] > most * spent[least]:
        yield (
            f"unequal budgets: {what} from {spent[least]:,} in {least} "
            f"to {spent[largest]:,} in {largest}"
        )


def _outcomes(study: StudyRecord) -> Iterator[str]:
    for arm in summarise_arms(study):
        hopeless = sum(map(is_hopeless, study.of_arm(arm.arm)))
        counted = f"counted as accuracy {chance_of(study):.3g}, in no other metric"
        chance = f" ({hopeless} without a sound epoch, {counted})"
        if arm.diverged:
            told = chance if hopeless else ""
            yield f"{arm.arm}: diverged trials: {arm.diverged} of {arm.trials}{told}"
        if arm.failed:
            yield f"{arm.arm}: failed trials, in no number: {arm.failed} of {arm.trials}"


def _retried(study: StudyRecord) -> Iterator[str]:
    again = [each for one in study.joined or (study,) for each in one.retried]
    values = [f"{each.value:.4f}" for each in again if each.value is not None]
    told = f"reached {some_of(values, MOST_NAMED)}" if values else "came to no result again"
    if len(again) == 1:
        yield f"1 trial that failed was trained again and {told}; it is not in the list"
    elif again:
        trials = f"{len(again)} trials that failed"
        yield f"{trials} were trained again and {told}; they are not in the list"


def _not_finite(study: StudyRecord) -> Iterator[str]:
    for metric in metrics_of(study):
        values = ((trial, metric.of(trial, chance_of(study))) for trial in study.trials)
        odd = [trial for trial, value in values if value is not None and not isfinite(value)]
        if odd:
            names = some_of([f"{trial.arm}-{trial.number}" for trial in odd], MOST_NAMED)
            yield f"{metric.words} is not finite in {names}: no answer rests on it"


# Of studies --------------------------------------------------------------------------------------


def _incomplete(study: StudyRecord) -> Iterator[str]:
    for arm in summarise_arms(study):
        if arm.trials and not arm.complete:
            yield f"{arm.arm}: no trial was trained for all its epochs"


def _at_edges(study: StudyRecord) -> Iterator[str]:
    for edge in edges(study) if study.plan.stage == "search" else ():
        yield (
            f"{edge.arm}: its best trial has {edge.param} {param(edge.value)}, at the {edge.end} "
            f"end of what was searched ({param(edge.low)} to {param(edge.high)})"
        )


def _moved(study: StudyRecord) -> Iterator[str]:
    shown = Metric.VALID_ACCURACY.signed
    for one in filter(lambda one: one.moved, audit(study).shifts):
        within, (a, b) = one.interval, one.n
        told = "" if within is None else f" ({shown(within.low)} to {shown(within.high)})"
        yield (
            f"the pruner goes by another difference than that of the end: {one.a} - {one.b} is "
            f"{shown(one.at_rung)} points at epoch {one.rung} and {shown(one.at_end)} in "
            f"the end, moved by {shown(one.at_end - one.at_rung)}{told}, n = {a} and {b}"
        )


def _stopped_listed(study: StudyRecord) -> Iterator[str]:
    if not study.plan.enqueued:
        return
    listed = {arm.name: len(arm.listed) for arm in study.plan.arms}
    for trial in study.trials:
        if trial.outcome is Outcome.PRUNED and trial.number < listed[trial.arm]:
            yield (
                f"{trial.arm}-{trial.number}, which the file lists, was stopped at epoch "
                f"{len(trial.history)}: `finish = true` trains it to the end"
            )


# Of experiments ----------------------------------------------------------------------------------


def _seeds(study: StudyRecord) -> Iterator[str]:
    seeds = {arm: {trial.config.seed for trial in study.of_arm(arm)} for arm in study.arms}
    every = set[int]().union(*seeds.values())
    for arm, own in seeds.items():
        if lacking := sorted(every - own):
            names = some_of([f"seed {seed}" for seed in lacking], MOST_NAMED)
            yield f"{arm} has no trial of {names}: pairs are formed by seed, others are left out"


def _ended(study: StudyRecord) -> Iterator[str]:
    if len(study.trials) < study.planned and (seeds := settled_after(study)) is not None:
        most = study.planned // len(study.arms)
        looked_at = valid_metric(study).words
        yield f"a look at {looked_at} ended it, after {seeds} of at most {most} seeds"


def _crashes(study: StudyRecord) -> Iterator[str]:
    """Tell how often training may diverge, as few seeds show no rare crash."""
    alike: dict[tuple[int, int], list[str]] = {}
    for arm in summarise_arms(study):
        if ended := arm.trials - arm.failed:
            alike.setdefault((arm.diverged, ended), []).append(arm.arm)
    for (diverged, ended), arms in alike.items():
        test = scipy.stats.binomtest(diverged, ended, alternative="less")
        most = test.proportion_ci(method="exact").high
        which = "each arm" if len(arms) == len(study.arms) > 1 else some_of(arms, MOST_NAMED)
        yield f"{which}: {diverged} of {ended} diverged: up to {100 * most:.0f} % possible"


def skewed(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Tell of differences in the primary metric that are more skewed than normal ones would be.

    D'Agostino's test (1970, Biometrika 57:679), which needs 8 of them.
    """
    for one in comparisons:
        differences = np.array(one.differences)
        if not one.primary or not _varies(differences):
            continue
        if scipy.stats.skewtest(differences).pvalue < SKEWED:
            skewness = scipy.stats.skew(differences, bias=False)
            yield (
                f"the differences {one.name} are skewed (skewness {skewness:+.1f}, n = "
                f"{differences.size}): at 1.4 a 95 % interval holds the truth in about 92 %"
            )


def _varies(differences: FloatArray) -> bool:
    """Tell whether there are enough to ask for their skewness, and more than rounding in them."""
    if differences.size < 8 or not np.isfinite(differences).all():
        return False
    return bool(np.ptp(differences) > 1e-9 * np.abs(differences).max())


def _openings(study: StudyRecord) -> Iterator[str]:
    if (times := len(study.openings)) > 1:
        reasons = "; ".join(opening.reason for opening in study.openings[1:])
        yield f"the test images were opened {times} times, again because of: {reasons}"


def _unmeasured(study: StudyRecord) -> Iterator[str]:
    latest = len(study.openings)
    lacking = [
        trial
        for trial in study.trials
        if trial.value is not None and (trial.test is None or trial.test.opening < latest)
    ]
    if latest and lacking:
        yield (
            f"measuring was stopped: trials without a score of the latest opening: {len(lacking)}; "
            "the same command goes on"
        )


def _of_each(study: StudyRecord) -> Iterator[str]:
    """Tell what is to keep in mind of each of the experiments that were joined."""
    for one in study.joined:
        for check in (_amendments, _listed_seeds, _ended, _openings, _unmeasured):
            yield from (f"{one.name}: {told}" for told in check(one))


def _without_temperature(study: StudyRecord) -> Iterator[str]:
    scored = [trial.test for trial in study.trials if trial.test and trial.test.figures]
    if lacking := sum(score.temperature is None for score in scored):
        yield (
            f"calibration is told without {lacking} of {len(scored)} networks: their temperature "
            "is not known (a class without validation images, weights that are gone, or measured "
            "by an earlier version: the same command adds it)"
        )


# What the plan foresees ---------------------------------------------------------------------------


def _unlike(study: StudyRecord) -> Iterator[str]:
    return unlike(study.plan)


def _listed_seeds(study: StudyRecord) -> Iterator[str]:
    return listed_seeds(study.plan)


def _varying(study: StudyRecord) -> Iterator[str]:
    return varying(study.arms, study.varying)


def _many_arms(study: StudyRecord) -> Iterator[str]:
    return many_arms(study.arms) if study.plan.sources is None else iter(())


_OF_BOTH = (_unfinished, _amendments, _budgets, _outcomes, _retried, _not_finite)
_OF_STUDIES = (_unlike, _incomplete, _moved, _stopped_listed, _at_edges)
_OF_EXPERIMENTS = (
    _of_each,
    overlaps,
    _many_arms,
    _listed_seeds,
    _ended,
    _seeds,
    _crashes,
    _varying,
    _openings,
    _unmeasured,
    _without_temperature,
)


# Best values at the edge of a range --------------------------------------------------------------

NEAR = 0.02  # of the range; of its logarithm where it spans orders of magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A tuned parameter whose value in an arm's best trial is at an end of its range.

    Attributes:
        arm: the arm.
        param: the parameter.
        value: its value in the best trial.
        end: which end that is.
        low: the range's lower end.
        high: its upper end.
    """

    arm: str
    param: str
    value: float
    end: Literal["lower", "upper"]
    low: float
    high: float


def edges(study: StudyRecord) -> tuple[Edge, ...]:
    """Return every such parameter, arm by arm.

    A list of numbers counts if it has more than two, and of it only the least and the greatest are
    at an end: what lies near them was searched beyond. 0 is no end: no parameter goes below it.
    """
    return tuple(edge for arm in study.arms for edge in _edges_of(study, arm))


def _edges_of(study: StudyRecord, arm: str) -> Iterator[Edge]:
    best = best_trial(study.of_arm(arm))
    space = next((one.space for one in study.plan.arms if one.name == arm), {})
    for name, dimension in space.items():
        span, value = _span(dimension), None if best is None else best.params.get(name)
        near = NEAR if isinstance(dimension, Range) else 0.0
        if span is not None and isinstance(value, float | int) and (end := _end(span, value, near)):
            yield Edge(arm=arm, param=name, value=value, end=end, low=span.low, high=span.high)


def _span(dimension: Dimension) -> Range | None:
    """Return a range as it is, and a list of numbers as one."""
    if isinstance(dimension, Range):
        return dimension
    numbers = [float(value) for value in dimension.values if not isinstance(value, str)]
    if not 2 < len(numbers) == len(dimension.values):
        return None
    low, high = min(numbers), max(numbers)
    return Range(low=low, high=high, log=low > 0, integer=False)


def _end(span: Range, value: float, near: float) -> Literal["lower", "upper"] | None:
    low, here, high = (log(x) if span.log else x for x in (span.low, value, span.high))
    place = (here - low) / (high - low)
    if place <= near and span.low > 0:
        return "lower"
    return "upper" if place >= 1 - near else None
