"""The header of a stored study: what each arm's Optuna study says of the whole, as an attribute."""

import json
import time
import warnings
from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zlib import crc32

import optuna
from optuna.storages import RDBStorage
from pydantic import TypeAdapter

from fashion_bench.code import Code
from fashion_bench.config import DataFacts
from fashion_bench.errors import StudyError
from fashion_bench.plan import Plan, study_of
from fashion_bench.records import Amendment, Counted, StudyRecord
from fashion_bench.search import beside, openings
from fashion_bench.search.bulk import trial_counts
from fashion_bench.search.layout import Layout
from fashion_bench.search.named import Surroundings
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.rows import STUDY, refuse_foreign
from fashion_bench.search.spec import Spec, parse
from fashion_bench.search.stages import Listed, staged
from fashion_bench.search.storage import quiet

SCHEMA = 1
VALUE = "validation accuracy"
HEADER = "fashion_bench"  # a user attribute of each arm's study; others in the file are not ours

Header = Mapping[str, Any]
_AMENDMENTS: TypeAdapter[tuple[Amendment, ...]] = TypeAdapter(tuple[Amendment, ...])
_FACTS: TypeAdapter[DataFacts] = TypeAdapter(DataFacts)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the ledger has of a study, or of a stage of one, besides its trials.

    Attributes:
        name: of it.
        header: what its first arm says of the whole, as the others do; unchecked.
        arms: all that is kept with the Optuna study of each arm, by the name of that, oldest first.
    """

    name: str
    header: Header
    arms: dict[str, dict[str, Any]]

    @property
    def created_at(self) -> float:
        """When it was begun; of one that does not tell, that it is the oldest."""
        with suppress(KeyError, TypeError, ValueError):  # who reads it is told
            return float(self.header["created_at"])
        return 0.0

    @property
    def kept(self) -> Mapping[str, Any]:
        """What is kept beside the list of trials, by key, with whichever arm it is."""
        return ChainMap(*self.arms.values())


def studies_of(storage: RDBStorage) -> dict[str, Stored]:
    """Return all that is stored of each study, by its name, the oldest first.

    A copy of an arm that was made with Optuna has the header of another, and is left out.
    """
    found = dict[str, Stored]()
    for each in storage.get_all_studies():  # summaries would copy every trial
        study, _, arm = each.study_name.rpartition(".")
        if (header := each.user_attrs.get(HEADER)) is not None:
            header = header if isinstance(header, Mapping) else {}  # who reads it is told
            own = {"study": study, "arm": arm}
            if {**own, **header}.items() >= own.items():
                stored = found.setdefault(study, Stored(study, {**own, **header}, {}))
                stored.arms[each.study_name] = each.user_attrs
    return dict(sorted(found.items(), key=lambda each: each[1].created_at))


@quiet()
def created(storage: RDBStorage, key: str) -> optuna.Study:
    """Return the Optuna study of an arm, made where there is none.

    What its values are is told to Optuna's own pages, unless somebody has told them otherwise.
    """
    study = optuna.create_study(
        study_name=key, storage=storage, direction="maximize", load_if_exists=True
    )
    if study.metric_names is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([VALUE])
    return study


def refuse_what_is_not_ours(path: Path, header: Header) -> None:
    """Refuse a header that another version wrote, or of a study whose name we would not give.

    Raises:
        StudyError: it is one.
    """
    if header.get("schema", SCHEMA) != SCHEMA:
        raise StudyError(
            path,
            "holds a study that was written by another fashion_bench",
            given=header["study"],
            remedy="install a newer fashion_bench",
        )
    refuse_foreign(STUDY, header["study"])


def spec_of(header: Header) -> Spec:
    """Return a stored study's file in today's form."""
    return parse(header["spec"], header["study"], stored=True)


def code_of(header: Header) -> tuple[Code, ...]:
    """Return the code that was kept with a study; nothing of it is run."""
    return tuple(Code.from_plain(each) for each in header.get("code", ()))


def layout_of(header: Header) -> Layout:
    """Return the layout that a study was begun with."""
    return Layout.from_plain(header["layout"])


def listed_of(header: Header) -> Listed:
    """Return the trials that a stage was begun with."""
    return Listed.from_plain(header["listed"])


def without_trials(stored: Stored) -> StudyRecord:
    """Return a study but for what is recorded of trials."""
    header, kept = stored.header, stored.kept
    plan = _plan(header)
    return StudyRecord(
        name=header["study"],
        question=plan.question,
        plan=plan,
        text=str(header["text"]),
        provenance=dict(header["provenance"]),
        arms=tuple(arm.name for arm in plan.arms),
        varying=plan.varying,
        planned=plan.planned,
        openings=openings.of_experiment(kept),
        retried=beside.retried_of(kept),
        amendments=_AMENDMENTS.validate_python(header.get("amendments", ())),
        created_at=float(header["created_at"]),
    )


def _plan(header: Header) -> Plan:
    """Return what a stored study asks for; a study never opens the test images.

    Nothing of its code is run, and its images are not looked at.
    """
    data = header.get("data")  # version 0.1 had two data sets, whose facts are known
    around = Surroundings(
        code={each.reference: each for each in code_of(header)},
        data=None if data is None else _FACTS.validate_python(data),
    )
    plan = plan_of(spec_of(header), header["study"], around)
    if "stage" in header:
        plan = staged(plan, header["stage"], listed_of(header))
    return replace(plan, tests=()) if header["kind"] == "study" else plan


def study_counts(storage: RDBStorage) -> dict[str, Counted]:
    """Return what the trials of every study and stage come to, all arms together; none is read."""
    counts = trial_counts(storage)
    return {
        name: sum((counts[arm] for arm in stored.arms), Counted())
        for name, stored in studies_of(storage).items()
    }


def amendments(
    changes: Iterable[tuple[str, Any, Any]], counts: Mapping[str, Counted], name: str
) -> list[dict[str, Any]]:
    """Return what a file changes in how a study's trials are read, as it is kept; if any are."""
    trials = sum(own.trials for key, own in counts.items() if study_of(key) == name)
    found = [
        Amendment(key=key, before=before, now=now, at=time.time(), trials=trials)
        for key, before, now in changes
    ]
    return _AMENDMENTS.dump_python(tuple(found), mode="json") if trials else []


def unknown(path: Path, name: str, names: Collection[str]) -> StudyError:
    """Return what to say of a study that is not there, with the nearest name that is."""
    near = get_close_matches(name, names, n=1)
    known = f"; did you mean {near[0]!r}?" if near else ""
    remedy = f"see `fashion-bench study list`{known}"
    return StudyError(path, "holds no study of this name", given=name, remedy=remedy)


def stamps(storage: RDBStorage) -> dict[str, str]:
    """Return of each study, the newest first, a word that changes as what is stored of it does.

    No trial is read: that takes seconds where there are thousands. What makes no sense is left to
    who reads the study.
    """
    counts, stored = trial_counts(storage), defaultdict[str, list[object]](list)
    for name, one in studies_of(storage).items():
        stored[study_of(name)] += [[arm, counts[arm].trials, one.arms[arm]] for arm in one.arms]
    return {name: f"{crc32(json.dumps(stored[name]).encode()):08x}" for name in reversed(stored)}
