"""The ledger: every finished trial, in an ordinary Optuna sqlite storage.

It is the one truth about trials, and Optuna's own tools can read it. A study is one of theirs per
arm, ``<study>.<arm>``; a trial is added when it is finished, with its generation, so nothing is
ever RUNNING or half on disk.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import optuna
from optuna.trial import FrozenTrial
from pydantic import TypeAdapter

from fashion_bench.config import TestSet
from fashion_bench.database import identity
from fashion_bench.errors import FashionBenchError, MachineError, StudyError
from fashion_bench.faults import reached
from fashion_bench.plan import Kind, Plan, study_of
from fashion_bench.records import Counted, Opening, StudyRecord, TestScore, TrialRecord
from fashion_bench.search import beside, headers, openings
from fashion_bench.search.bulk import add_trials
from fashion_bench.search.headers import HEADER, SCHEMA, Header, Stored
from fashion_bench.search.layout import Layout
from fashion_bench.search.named import refuse_other_code
from fashion_bench.search.past import Past
from fashion_bench.search.resolve import StudyFile
from fashion_bench.search.rows import Row, frozen, own, record_of, refuse_foreign, with_used
from fashion_bench.search.spec import (
    NAME,
    Spec,
    canonical,
    changes_of_reading,
    refuse_changes,
    trials_budget,
)
from fashion_bench.search.stages import Listed
from fashion_bench.search.storage import open_storage, quiet, translate_errors, understood

_SCORES: TypeAdapter[dict[TestSet, TestScore]] = TypeAdapter(dict[TestSet, TestScore])
T = TypeVar("T")

WithTrials = bool | Callable[[Plan], bool]

Unread = Callable[[FashionBenchError], object]
"""Is told of a study that cannot be read, so that the others are."""


class Ledger:
    """The studies in one sqlite file, made on first use; or, to be read, in one that is there.

    Raises:
        StudyError: the file, or a study in it, was written by another version.
        MachineError: the file cannot be read or written.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self.path = path
        self._storage = open_storage(path, reading=reading)
        self._file = identity(path)

    def demand_its_file(self) -> None:
        """Look whether the file of its name is still the one that was opened.

        Raises:
            MachineError: what is written is in no file, or not in that one.
        """
        if identity(self.path) != self._file:
            remedy = "put it back, if need be from a backup; the same command trains what it lacks"
            raise MachineError(self.path, "was removed or replaced meanwhile", remedy=remedy)

    def names(self) -> tuple[str, ...]:
        """Return the names of all studies and experiments, oldest first."""
        return tuple(self._checked())

    def spec(self, name: str) -> Spec | None:
        """Return the stored file of a study in today's form, ``None`` if there is no such study."""
        return self._told(name, headers.spec_of)

    def created_at(self, name: str) -> float | None:
        """Return when a study was begun, ``None`` if there is no such study; no trial is read."""
        return None if (found := self._find(name)) is None else found.created_at

    def listed(self, name: str) -> Listed | None:
        """Return the trials that a stage was begun with, ``None`` if it was not."""
        return self._told(name, headers.listed_of)

    def layout(self, name: str) -> Layout | None:
        """Return the layout a study was begun with, ``None`` if there is no such study."""
        return self._told(name, headers.layout_of)

    def begun(self, asked: StudyFile) -> Layout | None:
        """Return the layout a study was begun with, ``None`` if it was not.

        Raises:
            StudyError: it was begun with another file.
        """
        name = asked.plan.name
        if (known := self._find(name)) is None:
            return None
        with understood(self.path, name):
            stored, layout = headers.spec_of(known.header), headers.layout_of(known.header)
            # A metric only reads what is there.
            kept = [one for one in headers.code_of(known.header) if one.reference != stored.metric]
        refuse_changes(asked.where, stored, asked.spec)
        grown = trials_budget(stored) != trials_budget(asked.spec)
        if grown and self._find(f"{asked.plan.study}.confirm") is not None:
            problem = "is confirmed, and its winners were chosen from the trials there are"
            remedy = "undo the change of [budget], or give it another name"
            raise StudyError(asked.where, problem, remedy=remedy)
        refuse_other_code(asked.where, asked.plan.code, kept)
        return layout

    def open(
        self,
        asked: StudyFile,
        *,
        layout: Layout,
        provenance: Mapping[str, str],
        listed: Listed | None = None,
    ) -> None:
        """Create a study or a stage of it, or store its file of today.

        What that amends once trials are known is kept, too.

        Args:
            asked: its file.
            layout: which trials are trained together.
            provenance: kept from when the study was created.
            listed: the trials of a stage beside the search.
        """
        plan = asked.plan
        stage = {} if listed is None else {"stage": plan.stage, "listed": listed.to_plain()}
        found = self._find(plan.name)
        begun = {} if found is None else found.header  # of whatever arm a kill let be written
        created_at = begun.get("created_at", time.time())
        provenance = begun.get("provenance", dict(provenance))
        amended = [*begun.get("amendments", ())]
        if begun and listed is None:
            with understood(self.path, plan.name):
                changes = changes_of_reading(headers.spec_of(begun), asked.spec)
            amended += headers.amendments(changes, self.counts(), plan.study) if changes else []
        with translate_errors(self.path):
            for arm in plan.arms:
                study = headers.created(self._storage, f"{plan.name}.{arm.name}")
                stored = study.user_attrs.get(HEADER, {})
                header = {
                    "schema": SCHEMA,
                    "study": plan.name,
                    "kind": plan.kind,
                    "arm": arm.name,
                    "arms": [arm.name for arm in plan.arms],
                    "text": asked.text,
                    "spec": canonical(asked.spec),
                    "data": asdict(plan.data),
                    "code": [each.to_plain() for each in plan.code],
                    "layout": layout.to_plain(),
                    "provenance": provenance,
                    "created_at": created_at,
                    **stage,
                    **({"amendments": amended} if amended else {}),
                }
                if header != stored:
                    study.set_user_attr(HEADER, header)
                reached("arm-opened")

    def set_layout(self, name: str, layout: Layout) -> None:
        """Keep another layout for a study that begins again; the first arm's is what counts."""
        for key, attrs in self._known(name).arms.items():
            self._set_attr(key, HEADER, {**attrs[HEADER], "layout": layout.to_plain()})

    def past(self, plan: Plan) -> Past:
        """Return a study's whole generations; of a half-written one, what has failed."""
        with understood(self.path, plan.name):
            trials = {arm.name: self._trials(f"{plan.name}.{arm.name}") for arm in plan.arms}
            records = {arm: [record_of(trial) for trial in trials[arm]] for arm in trials}
            for arm, of_arm in records.items():
                if [record.number for record in of_arm] != list(range(len(of_arm))):
                    raise ValueError(f"not all trials of {arm} before the last are there")
            given_up = beside.stops_of(self.kept(plan.name), beside.GIVEN_UP)
            return Past.of(plan, trials, records, given_up)

    def append(self, rows: Iterable[Row]) -> None:
        """Add a generation's trials together; those that are already there stay as they are."""
        trials: dict[str, list[FrozenTrial]] = {}
        for row in rows:
            trials.setdefault(f"{row.record.study}.{row.record.arm}", []).append(frozen(row))
        self.demand_its_file()
        with translate_errors(self.path):
            add_trials(self._storage, trials)

    def read(self, name: str, *, with_trials: bool = True) -> StudyRecord:
        """Return a study with all its recorded trials; without them where only the rest is wanted.

        Trials are what takes long to read: ``counts`` tells what they come to.

        Raises:
            StudyError: there is no study of that name.
        """
        return self._read(self._studies(), name, with_trials)

    def read_all(
        self,
        kind: Kind | None = None,
        *,
        with_trials: WithTrials = True,
        unread: Unread | None = None,
    ) -> list[StudyRecord]:
        """Return every study and experiment, the oldest first; each with its stages.

        Args:
            kind: of which alone.
            with_trials: as of ``read``, or asked of each.
            unread: is told of each that cannot be read; without it, that is raised.
        """
        known, found = self._checked(), list[StudyRecord]()
        for name, stored in known.items():
            if name == study_of(name) and kind in (None, stored.header.get("kind")):
                try:
                    found.append(self._read(known, name, with_trials))
                except FashionBenchError as error:
                    if unread is None:
                        raise
                    unread(error)
        return found

    def counts(self) -> dict[str, Counted]:
        """Return what the trials of every study and stage come to; none is read.

        The best is left out of those of which no trial is complete.
        """
        with understood(self.path):
            return headers.study_counts(self._storage)

    def stamps(self) -> dict[str, str]:
        """Return of each study, the newest first, a word that changes as what is stored does."""
        with understood(self.path):
            return headers.stamps(self._storage)

    def removed_openings(self) -> Mapping[str, tuple[Opening, ...]]:
        """Return when experiments that are removed had opened test images, by their names."""
        with understood(self.path):
            return openings.of_removed(self._storage)

    def frozen(self, name: str) -> dict[str, tuple[FrozenTrial, ...]]:
        """Return Optuna's view of a study's trials, by arm, with the parameters that they use.

        Raises:
            StudyError: there is no study of that name.
        """
        with understood(self.path, name):
            keys = ((arm, f"{name}.{arm}") for arm in self._known(name).header["arms"])
            return {arm: tuple(map(with_used, self._trials(key))) for arm, key in keys}

    def note_opening(self, name: str, opening: Opening) -> None:
        """Write that the test images were opened, behind every time before."""
        self.keep(name, "openings", openings.with_another(self.kept(name), opening))

    def kept(self, name: str) -> Mapping[str, Any]:
        """Return what is kept beside a study's list of trials, by key."""
        return self._known(name).kept

    def keep(self, name: str, key: str, value: object) -> None:
        """Keep something there, in the place of what had that key."""
        self._set_attr(next(iter(self._known(name).arms)), key, value)

    def score(self, name: str, arm: str, scores: Mapping[str, Mapping[TestSet, TestScore]]) -> None:
        """Write an arm's test scores, by trial and test set, in the place of any before."""
        plain = {trial: _SCORES.dump_python(dict(tests)) for trial, tests in scores.items()}
        self._set_attr(f"{name}.{arm}", "scores", plain)

    def begun_stages(self, name: str) -> list[Stored]:
        """Return what there is of a study, stage by stage, also where its record is damaged.

        Raises:
            StudyError: there is no study of that name.
        """
        found = [one for one in self._studies().values() if study_of(one.name) == name]
        if not found:
            raise headers.unknown(self.path, name, self.names())
        return found

    @quiet()
    def remove(self, name: str) -> None:
        """Delete a study from the ledger, all but when it opened the test images.

        Raises:
            StudyError: there is no study of that name.
        """
        with understood(self.path):
            stages = self.begun_stages(name)
            opened = [each for one in stages for each in openings.of_experiment(one.kept)]
            openings.keep(self._storage, name, opened)
            for key in (arm for one in stages for arm in one.arms):
                optuna.delete_study(study_name=key, storage=self._storage)

    def _read(self, known: Mapping[str, Stored], name: str, with_trials: WithTrials) -> StudyRecord:
        stored = self._known(name, known)
        with understood(self.path, name):
            study = headers.without_trials(stored)
            asked = {"survey": study.plan.survey, "confirm": study.plan.confirm}
            stages: dict[str, Any] = {
                stage: self._read(known, f"{name}.{stage}", with_trials)
                for stage in asked
                if asked[stage] is not None and f"{name}.{stage}" in known
            }
            wanted = with_trials(study.plan) if callable(with_trials) else with_trials
            return replace(study, trials=self._records(study) if wanted else (), **stages)

    def _records(self, study: StudyRecord) -> tuple[TrialRecord, ...]:
        """Return the recorded trials of a study, with their scores."""
        trials = []
        for arm in study.plan.arms:
            if (stored := self._study(f"{study.name}.{arm.name}")) is None:
                continue
            scores = stored.user_attrs.get("scores", {})
            for trial in own(stored.get_trials(deepcopy=False), stored.study_name):
                record = record_of(trial)
                tests = _SCORES.validate_python(scores.get(record.trial_id, {}))
                # A version that did not know a parameter trained with its default.
                params = {**record.params, **arm.used(record.params), **record.params}
                trials.append(replace(record, tests=tests, params=params))
        return tuple(trials)

    def _trials(self, key: str) -> list[FrozenTrial]:
        study = self._study(key)
        return [] if study is None else own(study.get_trials(deepcopy=False), key)

    def _study(self, key: str) -> optuna.Study | None:
        """Return the Optuna study of an arm, by its name."""
        with translate_errors(self.path):
            try:
                return optuna.load_study(study_name=key, storage=self._storage)
            except KeyError:
                return None

    def _set_attr(self, key: str, name: str, value: object) -> None:
        if (study := self._study(key)) is None:
            raise headers.unknown(self.path, key.rpartition(".")[0], self.names())
        self.demand_its_file()
        with translate_errors(self.path):
            study.set_user_attr(name, value)

    def _studies(self) -> dict[str, Stored]:
        with understood(self.path):
            return headers.studies_of(self._storage)

    def _checked(self) -> dict[str, Stored]:
        """Return all that is stored, all of which is ours."""
        known = self._studies()
        for one in known.values():
            headers.refuse_what_is_not_ours(self.path, one.header)
        return known

    def _find(self, name: str, known: Mapping[str, Stored] | None = None) -> Stored | None:
        """Return what is stored of a study, ``None`` if there is no such study."""
        if (found := (known or self._studies()).get(name)) is not None:
            headers.refuse_what_is_not_ours(self.path, found.header)
            with understood(self.path, name):
                refuse_foreign(NAME, *found.header.get("arms", ()))
        return found

    def _known(self, name: str, known: Mapping[str, Stored] | None = None) -> Stored:
        if (found := self._find(name, known)) is None:
            raise headers.unknown(self.path, name, self.names())
        return found

    def _told(self, name: str, read: Callable[[Header], T]) -> T | None:
        """Return what a study's header says, ``None`` if there is no such study."""
        with understood(self.path, name):
            return None if (found := self._find(name)) is None else read(found.header)
