"""Openings as the ledger keeps them: those of removed experiments stay when all else is deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.storages import RDBStorage
from pydantic import TypeAdapter

from fashion_bench.records import Opening

# An Optuna study without trials: no study of ours has this name, for theirs have a dot.
_NAME = "removed"
_OF_ONE: TypeAdapter[tuple[Opening, ...]] = TypeAdapter(tuple[Opening, ...])
_OF_ALL: TypeAdapter[dict[str, tuple[Opening, ...]]] = TypeAdapter(dict[str, tuple[Opening, ...]])


def of_experiment(first_arm: Mapping[str, Any]) -> tuple[Opening, ...]:
    """Return the openings of an experiment, of what is kept with its first arm."""
    return _OF_ONE.validate_python(first_arm.get("openings", ()))


def with_another(first_arm: Mapping[str, Any], opening: Opening) -> object:
    """Return what is to be kept there once there is another."""
    return _OF_ONE.dump_python((*of_experiment(first_arm), opening), mode="json")


def of_removed(storage: RDBStorage) -> Mapping[str, tuple[Opening, ...]]:
    """Return the openings of each removed experiment, by a name that says so."""
    if _NAME not in optuna.get_all_study_names(storage):
        return {}
    study = optuna.load_study(study_name=_NAME, storage=storage)
    return _OF_ALL.validate_python(study.user_attrs.get("openings", {}))


def keep(storage: RDBStorage, name: str, openings: Sequence[Opening]) -> None:
    """Keep the openings of an experiment that is about to be removed."""
    kept = dict(of_removed(storage))
    again = sum(each.partition(",")[0] == name for each in kept)
    # Killed before it was removed, it is removed anew.
    if not openings or tuple(openings) in kept.values():
        return
    kept[f"{name}, removed{f' ({again + 1})' if again else ''}"] = tuple(openings)
    study = optuna.create_study(study_name=_NAME, storage=storage, load_if_exists=True)
    study.set_user_attr("openings", _OF_ALL.dump_python(kept, mode="json"))
