"""A finished trial as a row of the ledger: Optuna's view of it with all that is to be read back."""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from pydantic import TypeAdapter

from fashion_bench.errors import StudyError
from fashion_bench.parameters import bare_arguments
from fashion_bench.records import TrialRecord
from fashion_bench.search.spec import NAME

STUDY = rf"{NAME}(\.(survey|confirm))?"  # the name of a study, or of a stage beside its search
_TRIAL = rf"{STUDY}\.{NAME}-\d+"

_RECORD: TypeAdapter[TrialRecord] = TypeAdapter(TrialRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A finished trial on its way into the ledger.

    Attributes:
        record: what came of it.
        trial: Optuna's view of it.
        counters: the sampler's counters after its generation was asked.
        seconds: wall time of its generation.
    """

    record: TrialRecord
    trial: FrozenTrial
    counters: Mapping[str, Any]
    seconds: float


def frozen(row: Row) -> FrozenTrial:
    """Return Optuna's view of a trial with all that is to be read back."""
    record, trial = row.record, row.trial
    frozen = optuna.trial.create_trial(
        state=trial.state,
        value=trial.value,
        params=trial.params,
        distributions=trial.distributions,
        intermediate_values=trial.intermediate_values,
        system_attrs=trial.system_attrs,
        user_attrs={
            "trial_id": record.trial_id,
            "generation": record.generation,
            "outcome": record.outcome.value,
            "record": plain_record(record),
            "counters": dict(row.counters),
            "seconds": row.seconds,
        },
    )
    frozen.number = record.number
    # Optuna took for both the time of this call: its pages would show trials that took no time.
    begun = [epoch.ended_at - epoch.seconds for epoch in record.history[:1]]
    frozen.datetime_start = datetime.fromtimestamp(min([record.ended_at, *begun]))
    frozen.datetime_complete = datetime.fromtimestamp(record.ended_at)
    return frozen


def with_used(trial: FrozenTrial) -> FrozenTrial:
    """Return a trial without what was drawn for it but not used."""
    used = trial.user_attrs["record"]["params"]
    if trial.params.keys() <= used.keys():
        return trial
    own = copy(trial)
    own.params = {name: value for name, value in trial.params.items() if name in used}
    own.distributions = {name: trial.distributions[name] for name in own.params}
    return own


def own(trials: Iterable[FrozenTrial], arm: str) -> list[FrozenTrial]:
    """Return those that we recorded of an arm, by our numbers: Optuna's count others, too.

    Whatever else is there somebody added with Optuna, perhaps as a copy of one of ours.

    Args:
        trials: all that its Optuna study holds.
        arm: the name of that study.

    Raises:
        KeyError, StudyError: one has a record of ours and no name that we gave.
    """
    found: dict[int, FrozenTrial] = {}
    for trial in trials:
        if "record" in trial.user_attrs:
            refuse_foreign(_TRIAL, str(trial.user_attrs["trial_id"]))
        named = re.fullmatch(rf"{re.escape(arm)}-(\d+)", str(trial.user_attrs.get("trial_id")))
        if named and trial.state.is_finished():
            found.setdefault(int(named[1]), trial)
    return [found[number] for number in sorted(found)]


def record_of(trial: FrozenTrial) -> TrialRecord:
    """Read a trial back, in today's form.

    Raises:
        ValueError: it makes no sense; says which it is.
    """
    try:
        return read_record(trial.user_attrs["record"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"trial {trial.user_attrs['trial_id']}: {error}") from error


def plain_record(record: TrialRecord) -> object:
    """Return a record as plain data."""
    return _RECORD.dump_python(record, mode="json")


def read_record(plain: Mapping[str, Any]) -> TrialRecord:
    """Read a record back, in today's form."""
    config = dict(plain["config"])
    if "widths" in config:  # as version 0.1 called them
        config["arguments"] = bare_arguments(config["recipe"]["model"], config.pop("widths"))
    record = _RECORD.validate_python({**plain, "config": config})
    refuse_foreign(_TRIAL, record.trial_id)
    return record


def refuse_foreign(pattern: str, *names: str) -> None:
    """Stop at a name that is none of ours: files are made, and removed, by what the ledger says."""
    for name in names:
        if not re.fullmatch(pattern, name):
            raise StudyError(
                "the ledger",
                "holds a name that fashion_bench never gave",
                given=name,
                remedy="do not use this folder of runs",
            )
