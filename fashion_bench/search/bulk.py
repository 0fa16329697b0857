"""Bulk insert: finished trials into Optuna's own tables, a generation in one transaction.

``Study.add_trial`` writes the same rows, with dozens of statements and a commit for each trial.
Where the installed Optuna declares other tables than those known here, it adds the trials.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import optuna
from optuna.distributions import distribution_to_json
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from fashion_bench.faults import reached
from fashion_bench.records import Counted, Outcome
from fashion_bench.search.rows import own

Trials: TypeAlias = Mapping[str, Sequence[FrozenTrial]]  # by the name of their Optuna study

# Where Optuna 5.0 keeps trials, by the attributes of its models: these were renamed, and no column
# was, when Optuna began to write times in UTC.
KNOWN = """
    studies: study_id Integer, study_name String
    trial_heartbeats: trial_heartbeat_id Integer, trial_id Integer, heartbeat DateTime
    trial_intermediate_values: trial_intermediate_value_id Integer, trial_id Integer,
        step Integer, intermediate_value Float, intermediate_value_type Enum
    trial_params: param_id Integer, trial_id Integer, param_name String, param_value Float,
        distribution_json Text
    trial_system_attributes: trial_system_attribute_id Integer, trial_id Integer, key String,
        value_json Text
    trial_user_attributes: trial_user_attribute_id Integer, trial_id Integer, key String,
        value_json Text
    trial_values: trial_value_id Integer, trial_id Integer, objective Integer, value Float,
        value_type Enum
    trials: trial_id Integer, number Integer, study_id Integer, state Enum,
        _datetime_start_utc DateTime, _datetime_complete_utc DateTime
"""


def trial_counts(storage: RDBStorage) -> defaultdict[str, Counted]:
    """Return what the trials of each Optuna study come to; Optuna would read them all.

    Those count that we recorded (see ``rows.own``). Only the value of complete trials is what their
    records say: of a study that has none, the best is left out.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    trial, ours, value = models.TrialModel, models.TrialUserAttributeModel, models.TrialValueModel
    name = models.StudyModel.study_name
    named = func.substr(ours.value_json, 1, func.length(name) + 2) == '"' + name + "-"
    by_state = (
        select(
            name,
            trial.state,
            func.count(trial.trial_id.distinct()),
            func.count(ours.value_json.distinct()),
            func.max(case((ours.trial_id.is_not(None), value.value))),
        )
        .join(trial, trial.study_id == models.StudyModel.study_id)
        .outerjoin(ours, (ours.trial_id == trial.trial_id) & (ours.key == "trial_id") & named)
        .outerjoin(value, value.trial_id == trial.trial_id)
        .group_by(name, trial.state)
    )
    found = defaultdict[str, Counted](Counted)
    with Session(storage.engine) as session:
        for study, state, there, recorded, best in session.execute(by_state):
            trials = recorded if state.is_finished() else 0
            failed = trials if state is TrialState.FAIL else 0
            own = Counted(trials=trials, failed=failed, foreign=there - trials)
            if state is TrialState.COMPLETE and trials:
                own = replace(own, best=best, outcome=Outcome.COMPLETE)
            found[study] += own
    return found


def add_trials(storage: RDBStorage, trials: Trials) -> None:
    """Add finished trials to their studies, but for those that are already there.

    All of them or none where Optuna's tables are the known ones, else one after the other.

    Args:
        storage: holds the studies.
        trials: each with its number, in their order.

    Raises:
        KeyError: there is no such study.
        StorageInternalError, SQLAlchemyError: the database cannot be written.
    """
    add = _add_in_bulk if declared().split() == KNOWN.split() else _add_one_by_one
    add(storage, trials)


def declared() -> str:
    """Return the tables for trials that the installed Optuna declares, as in ``KNOWN``."""
    tables = (
        f"{mapper.local_table.name}: "
        + ", ".join(f"{name} {type(col.type).__name__}" for name, col in mapper.columns.items())
        for mapper in models.BaseModel.registry.mappers
    )
    return "\n".join(sorted(table for table in tables if table.startswith(("studies", "trial"))))


def _add_one_by_one(storage: RDBStorage, trials: Trials) -> None:
    for name, of_study in trials.items():
        study = optuna.load_study(study_name=name, storage=storage)
        there = len(own(study.get_trials(deepcopy=False), name))
        study.add_trials([trial for trial in of_study if trial.number >= there])


def _add_in_bulk(storage: RDBStorage, trials: Trials) -> None:
    with Session(storage.engine) as session, session.begin():
        _lock(session, trials)
        rows: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
        for name, of_study in trials.items():
            for trial_id, trial in _add_heads(session, name, of_study):
                for model, values in _values_of(trial):
                    rows[model.__table__].append((trial_id, *values))
        for table, of_table in rows.items():
            _, *columns = table.columns.keys()  # all but the row's own id
            dicts = [dict(zip(columns, row, strict=True)) for row in of_table]
            session.execute(table.insert(), dicts)
        reached("rows-added")


def _lock(session: Session, names: Collection[str]) -> None:
    """Let nobody else add trials to these studies until the transaction ends.

    Optuna selects a study's row ``FOR UPDATE``, which sqlite does not know. An update that changes
    nothing locks the row as well, and with sqlite the file.
    """
    name = models.StudyModel.study_name
    session.execute(update(models.StudyModel).where(name.in_(names)).values(study_name=name))


def _add_heads(
    session: Session, name: str, trials: Sequence[FrozenTrial]
) -> Iterator[tuple[Any, FrozenTrial]]:
    """Add to ``trials`` those that a study lacks; return them with their ids."""
    study = models.StudyModel.find_or_raise_by_name(name, session)
    first = models.TrialModel.count(session, study)  # what others added has numbers, too
    there = _names_from(session, study, min((trial.number for trial in trials), default=0))
    lacking = [trial for trial in trials if f'"{name}-{trial.number}"' not in there]
    rows = [
        models.TrialModel(
            study_id=study.study_id,
            number=number,
            state=trial.state,
            datetime_start=trial.datetime_start,
            datetime_complete=trial.datetime_complete,
        )
        for number, trial in enumerate(lacking, first)
    ]
    session.add_all(rows)
    session.flush()
    return zip((row.trial_id for row in rows), lacking, strict=True)


def _names_from(session: Session, study: models.StudyModel, number: int) -> set[str]:
    """Return the names, as JSON, of an arm's trials whose number of ours is not below this.

    Optuna's is not below it either, as it counts other people's trials, too: so few are read.
    """
    trial, ours = models.TrialModel, models.TrialUserAttributeModel
    names = (
        select(ours.value_json)
        .join(trial, trial.trial_id == ours.trial_id)
        .where(trial.study_id == study.study_id, trial.number >= number)
        .where(ours.key == "trial_id", trial.state.not_in([TrialState.RUNNING, TrialState.WAITING]))
    )
    return set(session.scalars(names))


def _values_of(trial: FrozenTrial) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield what the other tables hold of a trial, by model, as in ``KNOWN`` after its id."""
    of_values, of_steps = models.TrialValueModel, models.TrialIntermediateValueModel
    for objective, value in enumerate(trial.values or ()):
        yield of_values, (objective, *of_values.value_to_stored_repr(value))
    for name, param in trial.params.items():
        space = trial.distributions[name]
        row = name, space.to_internal_repr(param), distribution_to_json(space)
        yield models.TrialParamModel, row
    for key, attribute in trial.user_attrs.items():
        yield models.TrialUserAttributeModel, (key, json.dumps(attribute))
    for key, attribute in trial.system_attrs.items():
        yield models.TrialSystemAttributeModel, (key, json.dumps(attribute))
    for step, value in trial.intermediate_values.items():
        yield of_steps, (step, *of_steps.intermediate_value_to_stored_repr(value))
