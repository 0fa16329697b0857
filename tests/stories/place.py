"""A folder of runs in a story: what has to be in it, and whether it is."""

import gc
import json
import sqlite3
from collections import Counter
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import copytree, move
from typing import Any, Self

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from fashion_bench.app.health.finding import Finding
from fashion_bench.app.health.folder import store_findings, study_findings
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.records import StudyRecord, TrialRecord

__all__ = ["Place", "forget_connections"]

Trial = tuple[Any, ...]


@dataclass(slots=True)
class Place:
    """A folder of runs, and what a story knows of it.

    Attributes:
        runs: the folder.
        trials: of each study, by trial id, what was seen of it when it was new.
        asked: trials for each arm that the study's file asked for last.
        behind: studies of which MLflow lacks something, or says something else.
        unsure: studies of which MLflow has an unknown part, as something was killed.
        moved: whether MLflow's addresses may be of another folder.
        texts: what a person wrote in MLflow, by what it stands at.
        deleted: ids of the runs that a person deleted there.
        copies: ids of the runs that a person made there.
        strangers: names of Optuna studies, and how many trials of somebody else's are in each.
        openings: of the test images by experiments that are removed since, at least so many.
    """

    runs: Path
    trials: dict[str, dict[str, Trial]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    moved: bool = False
    texts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    strangers: dict[str, int] = field(default_factory=dict)
    openings: int = 0

    # What befalls the folder as a whole ----------------------------------------------------------

    def move_to(self, folder: Path) -> None:
        """Move it as a file manager does."""
        forget_connections()
        move(self.runs, folder)
        self.runs = folder
        self.moved = self.has_mlflow

    def copy_to(self, folder: Path) -> Self:
        """Copy it as a file manager does; the copy has the same in it."""
        forget_connections()
        copytree(self.runs, folder)
        other = deepcopy(self)
        other.runs = folder
        other.moved = other.has_mlflow
        return other

    def forget_mlflow(self) -> None:
        """MLflow's database is gone, and what people had written there."""
        self.behind |= {name for name, trials in self.trials.items() if trials}
        self.texts.clear()
        self.deleted.clear()
        self.copies.clear()
        self.moved = False

    def forget_study(self, name: str) -> None:
        """A study is removed, and what people had done in it."""
        self.openings += bool(self.record(name).openings)
        ids = {run for run, of in self.run_studies().items() if of == name}
        at = self.experiment(name)
        gone = ids | ({at.experiment_id} if at else set())
        self.texts = {key: text for key, text in self.texts.items() if key[1] not in gone}
        self.deleted -= ids
        self.copies -= ids
        self.strangers = {
            key: n for key, n in self.strangers.items() if key.rpartition(".")[0] != name
        }
        for known in (self.behind, self.unsure):
            known.discard(name)
        del self.trials[name], self.asked[name]

    def brought_in_line(self, *names: str) -> None:
        """MLflow was brought in line with these studies."""
        self.behind -= set(names)
        self.unsure -= set(names)
        self.moved = False

    # Looking -------------------------------------------------------------------------------------

    @property
    def has_mlflow(self) -> bool:
        """Whether there is a database of MLflow's."""
        return (self.runs / "mlflow.db").exists()

    def client(self) -> MlflowClient:
        """What a person's script uses."""
        return MlflowClient(f"sqlite:///{self.runs}/mlflow.db")

    def experiment(self, name: str) -> Experiment | None:
        """The experiment of a study, however it is called, found by its runs."""
        if not self.has_mlflow:
            return None
        ours = [run for run, of in self.run_studies().items() if of == name]
        if not ours:
            return None
        client = self.client()
        return client.get_experiment(client.get_run(ours[0]).info.experiment_id)

    def runs_of(self, name: str) -> list[Run]:
        """The runs of a study's trials that are shown, without those that a person made."""
        if (found := self.experiment(name)) is None:
            return []
        runs = self.client().search_runs([found.experiment_id], max_results=1000)
        return [
            run
            for run in runs
            if "trial_id" in run.data.tags and run.info.run_id not in self.copies
        ]

    def run_studies(self) -> dict[str, str]:
        """Of every run in MLflow that was not removed with its study, of which study it is."""
        if not self.has_mlflow:
            return {}
        rows = self.ask_mlflow(
            "SELECT r.run_uuid, t.value FROM runs r JOIN experiments e USING (experiment_id) "
            "JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'study' "
            "WHERE e.lifecycle_stage = 'active'"
        )
        return dict(rows)

    def ask_mlflow(self, query: str, *values: str) -> list[Any]:
        """Ask its database directly, as no tool of ours does."""
        return _ask(self.runs / "mlflow.db", query, *values)

    def record(self, name: str) -> StudyRecord:
        """A study as the ledger holds it now."""
        return RunsFolder(self.runs).existing_ledger().read(name)

    def saw(self, name: str) -> list[str]:
        """Look at a study that went on: what was there has to be as it was; return what is new."""
        known = self.trials.setdefault(name, {})
        found = {trial.trial_id: _seen(trial) for trial in self.record(name).trials}
        assert {key: found.get(key) for key in known} == known
        new = [key for key in found if key not in known]
        known |= found
        return new

    # Whether all is as it has to be --------------------------------------------------------------

    def check(self) -> None:
        """Nothing is lost, doubled or overwritten, and the doctor is right about what is wrong."""
        if not self.trials:
            return
        self._check_ledger()
        if self.has_mlflow:
            self._check_mlflow()
        self._check_doctor()

    def _check_ledger(self) -> None:
        ledger = RunsFolder(self.runs).existing_ledger()
        assert set(ledger.names()) == set(self.trials)
        assert len(ledger.removed_openings()) == self.openings
        for name, known in self.trials.items():
            trials = ledger.read(name).trials
            assert len(trials) == len(known)
            assert {trial.trial_id: _seen(trial) for trial in trials} == known
            for trial in trials:
                if trial.checkpoint_sha256 is not None:
                    path = RunsFolder(self.runs).files(name).checkpoint(trial.trial_id)
                    assert sha256(path.read_bytes()).hexdigest() == trial.checkpoint_sha256
        rows = _ask(
            self.runs / "ledger.db",
            "SELECT s.study_name, count(*) FROM trials t JOIN studies s USING (study_id) "
            "WHERE NOT EXISTS (SELECT 1 FROM trial_user_attributes a "
            "WHERE a.trial_id = t.trial_id AND a.key = 'record') GROUP BY s.study_name",
        )
        assert dict(rows) == {key: n for key, n in self.strangers.items() if n}

    def _check_mlflow(self) -> None:
        shown = {
            (run, trial): stage
            for run, trial, stage in self.ask_mlflow(
                "SELECT r.run_uuid, t.value, r.lifecycle_stage FROM runs r "
                "JOIN experiments e USING (experiment_id) "
                "JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'trial_id' "
                "WHERE e.lifecycle_stage = 'active'"
            )
        }
        ours = {key: stage for key, stage in shown.items() if key[0] not in self.copies}
        active = Counter(trial for (_, trial), stage in ours.items() if stage == "active")
        assert not {trial: n for trial, n in active.items() if n > 1}
        stages = {run: stage for (run, _), stage in shown.items()}
        assert {run: stages.get(run) for run in self.copies} == dict.fromkeys(self.copies, "active")
        gone = {run: stages.get(run) for run in self.deleted}
        assert gone == dict.fromkeys(self.deleted, "deleted")
        deleted = {trial for (run, trial) in shown if run in self.deleted}
        for name, known in self.trials.items():
            if name not in self.behind | self.unsure:
                assert {*known} - {*active} == deleted & {*known}
        for (kind, at, key), text in self.texts.items():
            assert self._text(kind, at, key) == text, (kind, key)

    def _text(self, kind: str, at: str, key: str) -> str:
        client = self.client()
        if kind == "run":
            run = client.get_run(at)
            return str(run.info.run_name if key == "name" else run.data.tags.get(key))
        found = client.get_experiment(at)
        return str(found.name if key == "name" else found.tags.get(key))

    def _check_doctor(self) -> None:
        """Those of which something is behind are told, and no others."""
        told = self.problems()
        stores = [finding for finding in told if not finding.about.startswith("study ")]
        # Whatever writes to MLflow after a move brings its addresses in line, a report as well.
        assert [finding.about for finding in stores] in ([], ["mlflow"][: self.moved]), told
        told = [finding for finding in told if finding not in stores]
        studies = {finding.about.removeprefix("study ") for finding in told}
        assert all(finding.fix == "mirror" for finding in told), told
        assert self.behind - self.unsure <= studies, (self.behind, told)
        if not self.moved:
            assert studies <= self.behind | self.unsure, told

    def problems(self) -> list[Finding]:
        """What the doctor finds wrong with what was recorded."""
        runs_folder = RunsFolder(self.runs)
        found = store_findings(runs_folder)
        ledger = runs_folder.existing_ledger()
        for name in ledger.names():
            found += study_findings(runs_folder, ledger, name)
        return [finding for finding in found if finding.state == "problem"]


def forget_connections() -> None:
    """Close what this process keeps open, as another process would not have it."""
    gc.collect()
    for engine in SqlAlchemyStore._engine_map.values():
        engine.dispose()


def _seen(trial: TrialRecord) -> Trial:
    """A trial bit for bit, but for its name and the times it took."""
    figures = [
        (e.epoch, e.train_loss, e.train_accuracy, e.valid_loss, e.valid_accuracy)
        for e in trial.history
    ]
    return (
        json.dumps(dict(trial.params), sort_keys=True),
        trial.outcome,
        figures,
        trial.checkpoint_sha256,
        trial.ended_at,
        {on: (test.accuracy, test.predictions_sha256) for on, test in trial.tests.items()},
    )


def _ask(database: Path, query: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query, values).fetchall()
