"""Keeps MLflow a true picture of the ledger: sending everything again changes nothing.

A run is made with its tags at once, so that it can be found, and is ended last: one that is still
RUNNING was cut off and is sent again. What MLflow already holds it ignores, because every metric
carries the time at which it was measured.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from filelock import FileLock
from mlflow.entities import Metric, Param, Run, RunStatus, RunTag

from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.experiments import ensure_experiment, runs_of
from fashion_bench.tracking.projection import (
    RunContent,
    score_metrics,
    score_tags,
    study_content,
    trial_content,
)
from fashion_bench.tracking.store import explained, open_store, patiently, private_folder
from fashion_bench.tracking.views import ViewLinks, view_links

__all__ = ["File", "Mirror"]

File = bytes | Path

_BATCH = 1000  # metrics; MLflow's limit


@dataclass(slots=True)
class _KnownRun:
    run_id: str
    ended: bool = False
    opening: int = 0  # of the test images, whose scores it has


class Mirror:
    """One study in MLflow: an experiment with a run for each trial and one for the whole.

    Keeps what it knows of the runs, so that a trial costs the same however many are done; looks
    them up again only when another process has written the study since.

    Args:
        runs: the folder whose store it is, made where there is none.
        study: which study; the trials it has set the ranges of its charts.
        varying: the parameters that differ between its trials, in the order people read them.
        provenance: tags of every run (``git_commit``, versions, device) and ``data_digest``.
    """

    def __init__(
        self,
        runs: Path,
        study: StudyRecord,
        *,
        varying: Sequence[str],
        provenance: Mapping[str, str],
    ) -> None:
        self._runs = runs.resolve()
        self._study, self._varying, self._provenance = study, varying, provenance
        self._client = open_store(self._runs)
        self._name = uuid4().hex
        self._experiment_id = ""
        self._known: dict[str, _KnownRun] = {}

    def sync_trials(
        self,
        trials: Sequence[TrialRecord],
        *,
        files: Callable[[TrialRecord], Mapping[str, File]],
    ) -> int:
        """Bring finished trials into MLflow; return how many lacked something there.

        Args:
            trials: of this study, as the ledger holds them.
            files: a trial's artifacts by name; asked only where they are missing.
        """
        with self._turn():
            lacking = [trial for trial in trials if self._lacks(trial)]
            for trial in lacking:
                patiently(self._runs, self._send_trial, trial, files)
        return len(lacking)

    def sync_study(
        self, study: StudyRecord, *, files: Mapping[str, File], metrics: Mapping[str, float]
    ) -> None:
        """Bring the run of the whole study up to date.

        Args:
            study: as the ledger holds it now, with its trials.
            files: its file, tables and pictures by name; they replace earlier ones.
            metrics: its figures, kept with the number of trials they rest on.
        """
        content = study_content(study, metrics=metrics, provenance=self._provenance)
        with self._turn():
            patiently(self._runs, self._send, content, files)
            patiently(self._runs, ensure_experiment, self._client, self._runs, study, self._varying)

    def links(self, base_url: str) -> ViewLinks:
        """Return where the study is seen on the server at ``base_url``."""
        with self._turn():
            return view_links(base_url, self._experiment_id)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Write alone, knowing all runs of the study."""
        folder = private_folder(self._runs)
        last_writer = folder / f"{self._study.name}.writer"
        with explained(self._runs), FileLock(folder / f"{self._study.name}.lock"):
            if not last_writer.exists() or last_writer.read_text() != self._name:
                patiently(self._runs, self._look_up)
                last_writer.write_text(self._name)
            yield

    def _look_up(self) -> None:
        self._experiment_id = ensure_experiment(
            self._client, self._runs, self._study, self._varying
        )
        self._known = {_key(run): _known(run) for run in runs_of(self._client, self._experiment_id)}

    def _lacks(self, trial: TrialRecord) -> bool:
        run = self._known.get(trial.trial_id)
        return run is None or not run.ended or run.opening < _opening(trial)

    def _send_trial(
        self, trial: TrialRecord, files: Callable[[TrialRecord], Mapping[str, File]]
    ) -> None:
        run = self._known.get(trial.trial_id)
        if run is not None and run.ended:
            tags = [RunTag(*tag) for tag in score_tags(trial.tests).items()]
            self._client.log_batch(run.run_id, metrics=score_metrics(trial.tests), tags=tags)
        else:
            content = trial_content(trial, varying=self._varying, provenance=self._provenance)
            run = self._send(content, files(trial))
        run.opening = _opening(trial)

    def _send(self, content: RunContent, files: Mapping[str, File]) -> _KnownRun:
        run = self._known.get(content.key) or self._create(content)
        self._log(run.run_id, content)
        if content.datasets:
            self._client.log_inputs(run.run_id, datasets=content.datasets)
        if files:
            self._upload(run.run_id, files)
        self._client.set_terminated(run.run_id, content.status, content.end_ms)
        run.ended = True
        return run

    def _create(self, content: RunContent) -> _KnownRun:
        made = self._client.create_run(
            self._experiment_id, content.start_ms, dict(content.tags), content.name
        )
        run = self._known[content.key] = _KnownRun(made.info.run_id)
        return run

    def _log(self, run_id: str, content: RunContent) -> None:
        metrics: Sequence[Metric] = content.metrics
        params = [Param(name, str(value)) for name, value in content.params.items()]
        tags = [RunTag(name, value) for name, value in content.tags.items()]
        self._client.log_batch(run_id, metrics[:_BATCH], params, tags)
        for start in range(_BATCH, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics[start : start + _BATCH])

    def _upload(self, run_id: str, files: Mapping[str, File]) -> None:
        with TemporaryDirectory() as folder:
            for name, file in files.items():
                _stage(file, Path(folder) / name)
            self._client.log_artifacts(run_id, folder)


def _stage(file: File, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, bytes):
        place.write_bytes(file)
    else:
        place.symlink_to(file.resolve())  # MLflow copies what it leads to


def _key(run: Run) -> str:
    """Return the trial's id, or of the study's own run its name."""
    tags = run.data.tags
    return tags.get("trial_id") or tags.get("study") or run.info.run_id


def _known(run: Run) -> _KnownRun:
    return _KnownRun(
        run.info.run_id,
        ended=RunStatus.is_terminated(RunStatus.from_string(run.info.status)),
        opening=int(run.data.tags.get("test_opening", 0)),
    )


def _opening(trial: TrialRecord) -> int:
    return 0 if trial.test is None else trial.test.opening
