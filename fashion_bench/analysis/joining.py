"""Several experiments as one, so that arms of different files can be compared seed by seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from fashion_bench.analysis.looks import is_over
from fashion_bench.config import ParamValue
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord, TrialRecord


def join(experiments: Sequence[StudyRecord]) -> StudyRecord:
    """Return the experiments as one with the arms of all, which exists nowhere else.

    An arm whose name is in several of them is called ``<experiment>.<arm>``. What differs between
    their recipes counts as varying, too. Openings stay with each experiment.

    Raises:
        StudyError: one is a study, or is named twice.
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
        amendments=tuple(amendment for one in experiments for amendment in one.amendments),
        created_at=max(one.created_at for one in experiments),
    )


def _reading(experiments: Sequence[StudyRecord]) -> dict[str, Any]:
    """Return how all of them are read: by a margin that they share, by looks if one of them is."""
    margins = {one.plan.margin for one in experiments}
    return {
        "margin": margins.pop() if len(margins) == 1 else None,
        "look": next((one.plan.look for one in experiments if one.plan.look), None),
        "drawn": all(one.plan.drawn for one in experiments),
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
