"""Openings of removed experiments: who saw the test images is kept when all else is deleted."""

from collections.abc import Mapping, Sequence

import optuna
from optuna.storages import RDBStorage
from pydantic import TypeAdapter

from fashion_bench.records import Opening

# An Optuna study without trials: no study of ours has this name, for theirs have a dot.
_NAME = "removed"
_OPENINGS: TypeAdapter[dict[str, tuple[Opening, ...]]] = TypeAdapter(dict[str, tuple[Opening, ...]])


def removed_openings(storage: RDBStorage) -> Mapping[str, tuple[Opening, ...]]:
    """Return the openings of each removed experiment, by a name that says so."""
    if _NAME not in optuna.get_all_study_names(storage):
        return {}
    study = optuna.load_study(study_name=_NAME, storage=storage)
    return _OPENINGS.validate_python(study.user_attrs.get("openings", {}))


def keep_openings(storage: RDBStorage, name: str, openings: Sequence[Opening]) -> None:
    """Keep the openings of an experiment that is about to be removed."""
    kept = dict(removed_openings(storage))
    again = sum(each.partition(",")[0] == name for each in kept)
    # Killed before it was removed, it is removed anew.
    if not openings or tuple(openings) in kept.values():
        return
    kept[f"{name}, removed{f' ({again + 1})' if again else ''}"] = tuple(openings)
    study = optuna.create_study(study_name=_NAME, storage=storage, load_if_exists=True)
    study.set_user_attr("openings", _OPENINGS.dump_python(kept, mode="json"))
