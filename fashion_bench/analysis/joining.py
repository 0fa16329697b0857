"""Several experiments as one, so that arms of different files can be compared seed by seed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from fashion_bench.analysis.comparison import is_over
from fashion_bench.analysis.text import MOST_NAMED, param, some_of
from fashion_bench.config import ParamValue, TrialConfig
from fashion_bench.errors import StudyError
from fashion_bench.plan import Plan
from fashion_bench.records import StudyRecord, TrialRecord

FIDELITY = ("source", "epochs", "train_images", "valid_images")  # of a recipe: how much is trained


def join(experiments: Sequence[StudyRecord]) -> StudyRecord:
    """Return the experiments as one with the arms of all, which exists nowhere else.

    An arm whose name is in several of them is called ``<experiment>.<arm>``. What differs between
    their recipes counts as varying, too. Openings and amendments stay with each experiment.

    Raises:
        StudyError: one is a study, asks where the spread comes from, or is named twice.
    """
    for name, times in Counter(one.name for one in experiments).items():
        if times > 1:
            raise StudyError(name, "is named twice", remedy="name each experiment once")
    for one in experiments:
        if one.kind != "experiment":
            raise StudyError(
                one.name,
                "is a study, whose trials are not paired by seed with another's",
                remedy="compare it by itself, or name experiments",
            )
        if one.plan.sources is not None:
            raise StudyError(
                one.name,
                "asks where the spread comes from, and its trials share seeds",
                remedy="compare it by itself, or name experiments that compare arms",
            )
    names = Counter(arm for one in experiments for arm in one.arms)
    renamed = [_renamed(one, names) for one in experiments]
    return StudyRecord(
        name="+".join(one.name for one in experiments),
        question=" / ".join(one.question for one in experiments),
        # It is there for its recipe and tests; ``arms`` has the arms.
        plan=replace(experiments[0].plan, arms=(), **_reading(experiments)),
        arms=tuple(arm for one in renamed for arm in one.arms),
        varying=_varying(experiments),
        planned=sum(len(one.trials) if is_over(one) else one.planned for one in experiments),
        trials=tuple(trial for one in renamed for trial in one.trials),
        created_at=max(one.created_at for one in experiments),
        joined=tuple(experiments),
    )


def _reading(experiments: Sequence[StudyRecord]) -> dict[str, Any]:
    """Return how all of them are read: in the first's metric, by looks if one of them is.

    A margin counts if all name it, and of the same metric.
    """
    first, *others = (one.plan for one in experiments)
    alike = all((one.metric, one.margin) == (first.metric, first.margin) for one in others)
    return {
        "margin": first.margin if alike else None,
        "look": next((one.plan.look for one in experiments if one.plan.look), None),
        "drawn": True,  # each tells of its own seeds
    }


def _renamed(one: StudyRecord, names: Counter[str]) -> StudyRecord:
    new = {arm: arm if names[arm] == 1 else f"{one.name}.{arm}" for arm in one.arms}
    trials = (replace(trial, arm=new[trial.arm]) for trial in one.trials)
    return replace(one, arms=tuple(new.values()), trials=tuple(trials))


def _varying(experiments: Sequence[StudyRecord]) -> tuple[str, ...]:
    """Return what varies in one of them, and what differs between them."""
    within = [name for one in experiments for name in one.varying]
    firsts = [settings_of(one.trials[0]) for one in experiments if one.trials]
    between = (
        name
        for name in dict.fromkeys(name for first in firsts for name in first)
        if len({first.get(name) for first in firsts}) > 1
    )
    return tuple(dict.fromkeys([*between, *within]))


def settings_of(trial: TrialRecord) -> dict[str, ParamValue]:
    """Return what was set for a trial, what its parameters say and all that was fixed."""
    return asdict(trial.config.recipe) | dict(trial.params)


# What a joining must tell ------------------------------------------------------------------------


def configurations(plan: Plan) -> tuple[tuple[TrialConfig, str], ...]:
    """Return what each arm of an experiment trains whatever the seed, with the arm's name."""
    without: dict[str, Any] = {"seed": 0, "split_seed": 0, "order_seed": None, "dropout_seed": None}
    return tuple((replace(plan.trial(arm, 0, {}).config, **without), arm.name) for arm in plan.arms)


def seeds_of(study: StudyRecord, *arms: str) -> set[int]:
    """Return the seeds of the finished trials of these arms; of all where none is named."""
    return {trial.config.seed for trial in study.trials if not arms or trial.arm in arms}


def overlaps(study: StudyRecord) -> Iterator[str]:
    """Tell what experiments that were joined have in common, and how unlike their training is."""
    for key in FIDELITY:
        values = {one.name: getattr(one.plan.recipe, key) for one in study.joined}
        if len(set(values.values())) > 1:
            told = ", ".join(f"{param(value)} in {name}" for name, value in values.items())
            yield f"mixed fidelity: {key} is {told}"
    metrics = {one.name: param(one.plan.metric) for one in study.joined}
    if len(set(metrics.values())) > 1:
        told = ", ".join(f"{metric} in {name}" for name, metric in metrics.items())
        yield f"what decides is {told}: here it is that of the first"
    if study.joined:
        each = [seeds_of(one) for one in study.joined]
        names = some_of([one.name for one in study.joined], MOST_NAMED)
        yield f"seeds in common of {names}: {len(set.intersection(*each))} of {_sizes(each)}"
    alike: dict[TrialConfig, list[tuple[StudyRecord, str]]] = {}
    for one in study.joined:
        for config, arm in configurations(one.plan):
            alike.setdefault(config, []).append((one, arm))
    for found in alike.values():
        if len(found) > 1:
            yield _same_arm(found)


def _same_arm(found: Sequence[tuple[StudyRecord, str]]) -> str:
    each = [seeds_of(one, arm) for one, arm in found]
    again = sum(map(len, each)) - len(set.union(*each))
    names = some_of([f"{arm} of {one.name}" for one, arm in found], MOST_NAMED)
    told = f"the same arm, trained in several files: {names}"
    return f"{told}; {again} of its {sum(map(len, each))} trials repeat another" if again else told


def _sizes(sets: Sequence[set[int]]) -> str:
    return some_of([len(one) for one in sets], MOST_NAMED)
