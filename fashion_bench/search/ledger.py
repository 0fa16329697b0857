"""The ledger: every finished trial, in an ordinary Optuna sqlite storage.

It is the one truth about trials, and Optuna's own tools can read it. A study is one of theirs per
arm, ``<study>.<arm>``; a trial is added when it is finished, with its generation, so nothing is
ever RUNNING or half on disk.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from pydantic import TypeAdapter

from fashion_bench.config import TestSet
from fashion_bench.database import demand_same, identity
from fashion_bench.errors import FashionBenchError, MachineError, StudyError
from fashion_bench.faults import reached
from fashion_bench.plan import Plan, study_of
from fashion_bench.records import Counted, Opening, StudyRecord, TestScore, TrialRecord
from fashion_bench.search import beside, openings
from fashion_bench.search.bulk import add_trials
from fashion_bench.search.headers import (
    HEADER,
    SCHEMA,
    Header,
    amendments,
    arms_of,
    begun_at,
    code_of,
    created,
    headers_of,
    refuse_what_is_not_ours,
    spec_of,
    stamps,
    study_counts,
    unknown,
    without_trials,
)
from fashion_bench.search.layout import Layout
from fashion_bench.search.named import refuse_other_code
from fashion_bench.search.past import Past
from fashion_bench.search.resolve import StudyFile
from fashion_bench.search.rows import Row, frozen, own, record_of, with_used
from fashion_bench.search.spec import (
    Spec,
    canonical,
    changes_of_reading,
    refuse_changes,
    trials_budget,
)
from fashion_bench.search.stages import Listed
from fashion_bench.search.storage import open_storage, quiet, translate_errors, understood

_SCORES: TypeAdapter[dict[TestSet, TestScore]] = TypeAdapter(dict[TestSet, TestScore])


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
        """Look whether what is written is in the file of its name (``database.demand_same``)."""
        demand_same(self.path, self._file)

    def names(self) -> tuple[str, ...]:
        """Return the names of all studies and experiments, oldest first."""
        headers = sorted(self._headers(), key=begun_at)
        return tuple(dict.fromkeys(str(header["study"]) for header in headers))

    def spec(self, name: str) -> Spec | None:
        """Return the stored file of a study in today's form, ``None`` if there is no such study."""
        header = self._header(name)
        return None if header is None else self._spec(header)

    def created_at(self, name: str) -> float | None:
        """Return when a study was begun, ``None`` if there is no such study; no trial is read."""
        return None if (header := self._header(name)) is None else begun_at(header)

    def listed(self, name: str) -> Listed | None:
        """Return the trials that a stage was begun with, ``None`` if it was not."""
        header = self._header(name)
        return None if header is None else Listed.from_plain(header["listed"])

    def layout(self, name: str) -> Layout | None:
        """Return the layout a study was begun with, ``None`` if there is no such study."""
        header = self._header(name)
        return None if header is None else Layout.from_plain(header["layout"])

    def begun(self, asked: StudyFile) -> Layout | None:
        """Return the layout a study was begun with, ``None`` if it was not.

        Raises:
            StudyError: it was begun with another file.
        """
        header = self._header(asked.plan.name)
        if header is None:
            return None
        stored = self._spec(header)
        refuse_changes(asked.where, stored, asked.spec)
        grown = trials_budget(stored) != trials_budget(asked.spec)
        if grown and self._header(f"{asked.plan.study}.confirm") is not None:
            problem = "is confirmed, and its winners were chosen from the trials there are"
            remedy = "undo the change of [budget], or give it another name"
            raise StudyError(asked.where, problem, remedy=remedy)
        # A metric only reads what is there.
        with understood(self.path, asked.plan.name):
            kept = [one for one in code_of(header) if one.reference != stored.metric]
        refuse_other_code(asked.where, asked.plan.code, kept)
        return Layout.from_plain(header["layout"])

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
        begun = self._header(plan.name) or {}  # of whatever arm a kill let be written
        created_at = begun.get("created_at", time.time())
        provenance = begun.get("provenance", dict(provenance))
        amended = [*begun.get("amendments", ())]
        if begun and listed is None:
            changes = changes_of_reading(self._spec(begun), asked.spec)
            amended += amendments(changes, self.counts(), plan.study) if changes else []
        with translate_errors(self.path):
            for arm in plan.arms:
                study = created(self._storage, f"{plan.name}.{arm.name}")
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
        for arm in self._known_header(name)["arms"]:
            header = self._attrs(name, arm).get(HEADER, {})
            self._set_attr(name, arm, HEADER, {**header, "layout": layout.to_plain()})

    def past(self, plan: Plan) -> Past:
        """Return a study's whole generations; of a half-written one, what has failed."""
        with understood(self.path, plan.name):
            trials = {arm.name: self._trials(plan.name, arm.name) for arm in plan.arms}
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
        header = self._known_header(name)
        with understood(self.path, name):
            study = without_trials(header, self._attrs(name, header["arms"][0]))
            asked = {"survey": study.plan.survey, "confirm": study.plan.confirm}
            stages: dict[str, Any] = {
                stage: self.read(f"{name}.{stage}", with_trials=with_trials)
                for stage in asked
                if asked[stage] is not None and self._header(f"{name}.{stage}") is not None
            }
            return replace(study, trials=self._records(study) if with_trials else (), **stages)

    def read_all(
        self, *, with_trials: bool = True, unread: Unread | None = None
    ) -> list[StudyRecord]:
        """Return every study and experiment, the oldest first; each with its stages.

        Args:
            with_trials: as of ``read``.
            unread: is told of each that cannot be read; without it, that is raised.
        """
        found = list[StudyRecord]()
        for name in (each for each in self.names() if each == study_of(each)):
            try:
                found.append(self.read(name, with_trials=with_trials))
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
            return study_counts(self._storage, self._headers())

    def stamps(self) -> dict[str, str]:
        """Return of each study, the newest first, a word that changes as what is stored does."""
        with understood(self.path):
            return stamps(self._storage)

    def experiments(
        self, with_trials: Callable[[Plan], bool] = lambda _: False
    ) -> list[StudyRecord]:
        """Return every experiment that can be read, the oldest first.

        Their trials, which take long to read, are left out unless they are wanted.
        """
        with understood(self.path):
            arms = arms_of(self._storage)
            headers = {header["study"]: header for header in self._headers()}
            found = list[StudyRecord]()
            for header in headers.values():
                if header["kind"] == "experiment":
                    _, first = arms.get(f"{header['study']}.{header['arms'][0]}", (header, {}))
                    with suppress(MachineError), understood(self.path):  # ``list`` tells of it
                        one = without_trials(header, first)
                        trials = self._records(one) if with_trials(one.plan) else ()
                        found.append(replace(one, trials=trials))
            return sorted(found, key=lambda one: one.created_at)

    def removed_openings(self) -> Mapping[str, tuple[Opening, ...]]:
        """Return when experiments that are removed had opened test images, by their names."""
        with understood(self.path):
            return openings.of_removed(self._storage)

    def frozen(self, name: str) -> dict[str, tuple[FrozenTrial, ...]]:
        """Return Optuna's view of a study's trials, by arm, with the parameters that they use.

        Raises:
            StudyError: there is no study of that name.
        """
        with understood(self.path):
            arms = self._known_header(name)["arms"]
            return {arm: tuple(map(with_used, self._trials(name, arm))) for arm in arms}

    def note_opening(self, name: str, opening: Opening) -> None:
        """Write that the test images were opened, behind every time before."""
        self.keep(name, "openings", openings.with_another(self.kept(name), opening))

    def kept(self, name: str) -> Mapping[str, Any]:
        """Return what is kept beside a study's list of trials, by key."""
        return self._attrs(name, self._known_header(name)["arms"][0])

    def keep(self, name: str, key: str, value: object) -> None:
        """Keep something there, in the place of what had that key."""
        self._set_attr(name, self._known_header(name)["arms"][0], key, value)

    def score(self, name: str, arm: str, scores: Mapping[str, Mapping[TestSet, TestScore]]) -> None:
        """Write an arm's test scores, by trial and test set, in the place of any before."""
        plain = {trial: _SCORES.dump_python(dict(tests)) for trial, tests in scores.items()}
        self._set_attr(name, arm, "scores", plain)

    @quiet()
    def remove(self, name: str) -> None:
        """Delete a study from the ledger, all but when it opened the test images.

        Raises:
            StudyError: there is no study of that name.
        """
        with translate_errors(self.path):
            stages = (name, f"{name}.survey", f"{name}.confirm")
            arms = arms_of(self._storage).items()
            if not (names := [key for key, (each, _) in arms if each["study"] in stages]):
                raise unknown(self.path, name, self.names())
            if (header := self._header(name)) is not None:
                own = openings.of_experiment(self._attrs(name, header["arms"][0]))
                openings.keep(self._storage, name, own)
            for key in names:
                optuna.delete_study(study_name=key, storage=self._storage)

    def _spec(self, header: Header) -> Spec:
        with understood(self.path, header["study"]):
            return spec_of(header)

    def _records(self, study: StudyRecord) -> tuple[TrialRecord, ...]:
        """Return the recorded trials of a study, with their scores."""
        trials = []
        for arm in study.plan.arms:
            if (stored := self._study(study.name, arm.name)) is None:
                continue
            scores = stored.user_attrs.get("scores", {})
            for trial in own(stored.get_trials(deepcopy=False), stored.study_name):
                record = record_of(trial)
                tests = _SCORES.validate_python(scores.get(record.trial_id, {}))
                # A version that did not know a parameter trained with its default.
                params = {**record.params, **arm.used(record.params), **record.params}
                trials.append(replace(record, tests=tests, params=params))
        return tuple(trials)

    def _trials(self, name: str, arm: str) -> list[FrozenTrial]:
        with understood(self.path, name):
            study = self._study(name, arm)
            return [] if study is None else own(study.get_trials(deepcopy=False), study.study_name)

    def _study(self, name: str, arm: str) -> optuna.Study | None:
        with translate_errors(self.path):
            try:
                return optuna.load_study(study_name=f"{name}.{arm}", storage=self._storage)
            except KeyError:
                return None

    def _attrs(self, name: str, arm: str) -> dict[str, Any]:
        with understood(self.path):
            study = self._study(name, arm)
            return {} if study is None else study.user_attrs

    def _set_attr(self, name: str, arm: str, key: str, value: object) -> None:
        if (study := self._study(name, arm)) is None:
            raise unknown(self.path, name, self.names())
        self.demand_its_file()
        with translate_errors(self.path):
            study.set_user_attr(key, value)

    def _headers(self) -> list[Header]:
        with understood(self.path):
            headers = headers_of(self._storage)
            for header in headers:
                refuse_what_is_not_ours(self.path, header)
            return headers

    def _header(self, name: str) -> Header | None:
        """Return what its arms say of a study: all the same, but for the arm's own name."""
        with understood(self.path):
            every = headers_of(self._storage)
            found = next((each for each in every if each.get("study") == name), None)
            if found is not None:
                refuse_what_is_not_ours(self.path, found)
            return found

    def _known_header(self, name: str) -> Header:
        if (header := self._header(name)) is None:
            raise unknown(self.path, name, self.names())
        return header
