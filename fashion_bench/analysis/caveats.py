"""What to keep in mind when arms are compared, a sentence each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isfinite

from fashion_bench.analysis.compare import summarise_arms
from fashion_bench.analysis.comparison import MOST_ARMS
from fashion_bench.analysis.edges import edges
from fashion_bench.analysis.metric import metrics_of
from fashion_bench.analysis.text import param
from fashion_bench.analysis.value import CHANCE_ACCURACY
from fashion_bench.records import Outcome, ParamValue, StudyRecord, TrialRecord

__all__ = ["caveats", "fixed"]

MOST_UNEQUAL = 1.1  # times as many epochs; a few trials that diverged do not make it more
MOST_NAMED = 5  # seeds or trials; the others are counted


def caveats(study: StudyRecord) -> tuple[str, ...]:
    """Return what there is to keep in mind of a study or experiment."""
    checks = _OF_EXPERIMENTS if study.kind == "experiment" else _OF_STUDIES
    return tuple(sentence for check in (*_OF_BOTH, *checks) for sentence in check(study))


def fixed(study: StudyRecord) -> dict[str, ParamValue]:
    """Return what is the same in every trial, on which any answer depends."""
    if not study.trials:
        return {}
    first = study.trials[0]
    settings = asdict(first.config.recipe) | dict(first.params)
    return {name: value for name, value in settings.items() if name not in study.varying}


# Of both kinds -----------------------------------------------------------------------------------


def _unfinished(study: StudyRecord) -> Iterator[str]:
    if (finished := len(study.trials)) < study.planned:
        yield f"{finished} of {study.planned} trials have finished"


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
        hopeless = sum(map(_is_hopeless, study.of_arm(arm.arm)))
        chance = f" ({hopeless} without a sound epoch, counted as accuracy {CHANCE_ACCURACY})"
        if arm.diverged:
            told = chance if hopeless else ""
            yield f"{arm.arm}: diverged trials: {arm.diverged} of {arm.trials}{told}"
        if arm.failed:
            yield f"{arm.arm}: failed trials, in no number: {arm.failed} of {arm.trials}"


def _is_hopeless(trial: TrialRecord) -> bool:
    return trial.outcome is Outcome.DIVERGED and trial.best is None


def _not_finite(study: StudyRecord) -> Iterator[str]:
    for metric in metrics_of(study):
        values = ((trial, metric.of(trial)) for trial in study.trials)
        odd = [trial for trial, value in values if value is not None and not isfinite(value)]
        if odd:
            names = _some([f"{trial.arm}-{trial.number}" for trial in odd])
            yield f"{metric.words} is not finite in {names}: no answer rests on it"


# Of studies --------------------------------------------------------------------------------------


def _incomplete(study: StudyRecord) -> Iterator[str]:
    for arm in summarise_arms(study):
        if arm.trials and not arm.complete:
            yield f"{arm.arm}: no trial was trained for all its epochs"


def _at_edges(study: StudyRecord) -> Iterator[str]:
    for edge in edges(study):
        yield (
            f"{edge.arm}: its best trial has {edge.param} {param(edge.value)}, at the {edge.end} "
            f"end of what was searched ({param(edge.low)} to {param(edge.high)})"
        )


# Of experiments ----------------------------------------------------------------------------------


def _seeds(study: StudyRecord) -> Iterator[str]:
    seeds = {arm: {trial.config.seed for trial in study.of_arm(arm)} for arm in study.arms}
    every = set[int]().union(*seeds.values())
    for arm, own in seeds.items():
        if lacking := sorted(every - own):
            names = _some([f"seed {seed}" for seed in lacking])
            yield f"{arm} has no trial of {names}: pairs are formed by seed, others are left out"


def _varying(study: StudyRecord) -> Iterator[str]:
    if len(study.arms) > 1 and len(study.varying) > 1:
        names = ", ".join(study.varying)
        yield f"the arms differ in {names}: a difference is of all of them together"


def _many_arms(study: StudyRecord) -> Iterator[str]:
    if len(study.arms) > MOST_ARMS:
        yield f"of {len(study.arms)} arms each is compared with the first alone, {study.arms[0]}"


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


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


_OF_BOTH = (_unfinished, _budgets, _outcomes, _not_finite)
_OF_STUDIES = (_incomplete, _at_edges)
_OF_EXPERIMENTS = (_many_arms, _seeds, _varying, _openings, _unmeasured)
