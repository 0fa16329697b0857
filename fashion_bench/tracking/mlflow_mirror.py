"""The mirror: keeps MLflow a true picture of the ledger; sending it all again changes nothing.

A run is made with its tags at once, so that it can be found, and is ended last: one that is still
RUNNING was cut off and is sent again. What MLflow already holds it ignores, because every metric
carries the time at which it was measured. Only the making of a run would make another: after any
failure the runs are looked up again, since it may have been made and the answer lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self
from uuid import uuid4

from mlflow.entities import Metric, Param, Run, RunStatus, RunTag
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from fashion_bench.errors import StudyError
from fashion_bench.faults import reached
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.arms import (
    ArmReport,
    Tally,
    arm_content,
    by_generation,
    curve_metrics,
    ordinals,
    report_scores,
    report_tags,
    summary_key,
)
from fashion_bench.tracking.backend import backend_of, private_folder, writing
from fashion_bench.tracking.experiments import ensure_experiment, runs_by_key
from fashion_bench.tracking.projection import (
    BEST_EPOCH,
    STATUS,
    RunContent,
    score_metrics,
    score_tags,
    study_content,
    study_note,
    trial_content,
)
from fashion_bench.tracking.retry import retry
from fashion_bench.tracking.views import view_links
from fashion_bench.training.files import remove_whole

File = bytes | Path
Step = Callable[[], object]
FilesOf = Callable[[TrialRecord], Mapping[str, File]]

_BATCH = 1000  # metrics; MLflow's limit


@dataclass(slots=True)
class _KnownRun:
    run_id: str
    files_at: str  # the URI of its artifacts
    status: str = "RUNNING"
    opening: int = 0  # of the test images, whose scores it has
    trials: int = 0  # of an arm's run: how many finished ones it tells of
    has_curve: bool = False  # likewise: then it tells of no more
    superseded: bool = False
    names_best: bool = True  # its best epoch is a parameter; earlier versions had a metric for it

    @classmethod
    def of(cls, run: Run) -> Self:
        tags = run.data.tags
        is_arm = tags.get("kind") == "arm"
        return cls(
            run.info.run_id,
            run.info.artifact_uri,
            status=run.info.status,
            opening=int(tags.get("test_opening", 0)),
            trials=int(tags["trials"]) if is_arm else 0,
            has_curve=is_arm and "n" in tags,
            superseded=tags.get("superseded") == "yes",
            names_best=BEST_EPOCH in run.data.params or "best/epoch" not in run.data.metrics,
        )

    @property
    def ended(self) -> bool:
        """Whether all was sent that there was, and then its end."""
        return RunStatus.is_terminated(RunStatus.from_string(self.status))


class Mirror:
    """One study in MLflow: an experiment with a run for each trial, each arm and the whole.

    Keeps what it knows of the runs, so that a trial costs the same however many are done; looks
    them up again only after a failure, or when another process has written the study since.

    Args:
        runs: the folder whose store it is, made where there is none; with a server, where writers
            keep out of each other's way.
        study: which study; the trials it has set the ranges of its charts.
        server: the URL of a server, to write there instead.
        still: whether the ledger still holds the study, asked when nobody else may write.
    """

    def __init__(
        self,
        runs: Path,
        study: StudyRecord,
        server: str | None = None,
        *,
        still: Callable[[], bool] = lambda: True,
    ) -> None:
        self._runs = runs.resolve()
        self._study = study
        self._still = still
        self._backend = backend_of(self._runs, server)
        self._client = self._backend.open()
        self._name = uuid4().hex
        self._experiment_id = ""
        self._known: dict[str, _KnownRun] = {}
        self._ordinals: dict[str, int] = {}  # of the arms' latest runs
        self._tally = Tally(study)
        self._in_doubt = True  # whether what it knows is so

    def sync_trials(
        self, trials: Sequence[TrialRecord], *, files: FilesOf, patience: float | None = None
    ) -> int:
        """Bring finished trials into MLflow; return how many lacked something there.

        That is done generation by generation, and behind each the arms' runs tell of it.

        Args:
            trials: of this study, as the ledger holds them: first all, then whole generations more.
            files: a trial's artifacts by name; asked only where they are missing.
            patience: seconds to wait for an MLflow that is away; by default a minute.
        """
        with self._turn():
            lacking, untold = 0, False
            for generation in by_generation(trials):
                bring = (partial(self._bring_trial, trial, files) for trial in generation)
                sent = sum(retry(step, seconds=patience) for step in bring)
                self._tally.add(generation)
                untold = not sent  # where all were there, once for many generations
                if sent:
                    self._tell_of_arms(patience)
                lacking += sent
            if untold:
                self._tell_of_arms(patience)
            return lacking

    def sync_study(
        self,
        study: StudyRecord,
        *,
        files: Mapping[str, File],
        metrics: Mapping[str, float],
        answer: str = "",
        arms: Sequence[ArmReport] = (),
    ) -> None:
        """Bring the runs of the arms and of the whole study up to date.

        Args:
            study: as the ledger holds it now, with its trials, which were brought before.
            files: its file, tables and pictures by name; they replace earlier ones.
            metrics: its figures, kept with the number of trials they rest on.
            answer: what it says, in a sentence or more.
            arms: what is told of each.
        """
        with self._turn():
            for generation in by_generation(study.trials):
                self._tally.add(generation)
            self._tell_of_arms()
            for report in arms:
                retry(partial(self._bring_report, study, report, answer))
            retry(partial(self._bring_study, study, files, metrics, answer))

    def links(self, base_url: str) -> dict[str, str]:
        """Return the pages that show the study, by what they show, on the server at this URL."""
        with self._turn():
            return view_links(self._study, base_url, retry(self._know_experiment))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Write alone, and only what the ledger still holds.

        Raises:
            StudyError: it was removed.
        """
        with self._backend.translate_errors():
            last_writer = private_folder(self._runs) / f"{self._study.name}.writer"
            with writing(self._runs, self._study.name):
                if not self._still():
                    remedy = "nothing of it is to be sent"
                    raise StudyError(self._study.name, "was removed meanwhile", remedy=remedy)
                if not last_writer.exists() or last_writer.read_text() != self._name:
                    self._in_doubt = True
                    last_writer.write_text(self._name)
                yield

    @contextmanager
    def _knowing(self) -> Iterator[None]:
        """Know all runs of the study, until something fails."""
        if self._in_doubt:
            self._look_up()
        self._in_doubt = True
        yield
        self._in_doubt = False

    def _look_up(self) -> None:
        self._experiment_id = self._ensure_experiment(self._study)
        found = runs_by_key(self._client, self._experiment_id)
        self._known = {key: self._only(runs) for key, runs in found.items()}
        self._ordinals = ordinals([*self._known])
        for arm in self._study.arms:
            self._supersede(arm)

    def _only(self, runs: Sequence[Run]) -> _KnownRun:
        """Return the one that has most; delete those that were made when an answer was lost."""
        known = map(_KnownRun.of, runs)
        kept, *others = sorted(known, key=lambda run: (not run.ended, -run.opening, run.run_id))
        for run in others:
            self._client.delete_run(run.run_id)
        return kept

    def _ensure_experiment(self, study: StudyRecord, note: str | None = None) -> str:
        location = self._backend.artifact_location(study.name)
        return ensure_experiment(self._client, study, location, note)

    def _know_experiment(self) -> str:
        with self._knowing():
            return self._experiment_id

    def _bring_study(
        self,
        study: StudyRecord,
        files: Mapping[str, File],
        metrics: Mapping[str, float],
        answer: str,
    ) -> None:
        with self._knowing():
            links = view_links(study, ".", self._experiment_id)  # from any of the server's pages
            self._send(study_content(study, metrics, study_note(study, answer, links)), files)
            self._ensure_experiment(study, study_note(study, answer))

    def _tell_of_arms(self, patience: float | None = None) -> None:
        for arm in self._study.arms:
            if self._tally.trials(arm):
                retry(partial(self._bring_arm, arm), seconds=patience)

    def _bring_arm(self, arm: str) -> None:
        """Send what an arm's run lacks of the generations that were counted."""
        trials = self._tally.trials(arm)
        with self._knowing():
            run = self._run_of_arm(arm, trials)
            if run.trials < trials:
                points = self._tally.points(arm, after=run.trials)
                self._add(run, points, {"trials": str(trials)})  # the tag last: it has them all
                run.trials = trials
            if not run.ended:
                self._end(run, self._tally.at)

    def _bring_report(self, study: StudyRecord, report: ArmReport, answer: str) -> None:
        if not (trials := self._tally.trials(report.arm)):
            return
        with self._knowing():
            run = self._run_of_arm(report.arm, trials)
            opening, points = report_scores(study, report)
            points = points if run.opening < opening else []
            if not run.has_curve:  # a point that another version rounds otherwise would be double
                points += curve_metrics(report, self._tally.at)
            tags = report_tags(study, report, answer)
            tags |= {"test_opening": str(opening)} if opening else {}
            self._add(run, points, tags)
            run.has_curve, run.opening = run.has_curve or report.n is not None, opening
            self._end(run, self._tally.at)

    def _run_of_arm(self, arm: str, trials: int) -> _KnownRun:
        """Return the run that tells of so many trials of an arm: another, once it has a curve."""
        name = f"{self._study.name}.{arm}"
        latest = self._ordinals.get(name, 0)
        run = self._known.get(summary_key(self._study, arm, latest))
        if run is None or (run.has_curve and run.trials < trials):
            run = self._create(arm_content(self._study, arm, latest + 1))
            self._ordinals[name] = latest + 1
            self._supersede(arm)
        return run

    def _supersede(self, arm: str) -> None:
        """Have the earlier runs of an arm leave the view."""
        for ordinal in range(1, self._ordinals.get(f"{self._study.name}.{arm}", 0)):
            run = self._known.get(summary_key(self._study, arm, ordinal))
            if run is not None and not run.superseded:
                self._client.set_tag(run.run_id, "superseded", "yes")
                run.superseded = True

    def _add(self, run: _KnownRun, points: Sequence[Metric], tags: Mapping[str, str]) -> None:
        """Send points, and tags with the last of them."""
        *whole, last = [*range(0, len(points), _BATCH)] or [0]
        for start in whole:
            self._client.log_batch(run.run_id, points[start : start + _BATCH])
        said = [RunTag(*tag) for tag in tags.items()]
        self._client.log_batch(run.run_id, points[last:], tags=said)
        reached("arm-told")

    def _end(self, run: _KnownRun, at: float) -> None:
        self._client.set_terminated(run.run_id, "FINISHED", round(at * 1000))
        run.status = "FINISHED"

    def _bring_trial(self, trial: TrialRecord, files: FilesOf) -> bool:
        """Send what lacks of a trial; return whether anything did."""
        opening = 0 if trial.test is None else trial.test.opening
        with self._knowing():
            run = self._known.get(trial.trial_id)
            if run is None or not run.ended:
                run = self._send(trial_content(trial, self._study), files(trial))
                run.opening = opening
                return True
            steps = [*self._scores(run, trial, opening), *self._older_words(run, trial)]
            for step in steps:
                step()
            run.opening, run.names_best = max(run.opening, opening), True
            run.status = STATUS[trial.outcome]
            return bool(steps)

    def _scores(self, run: _KnownRun, trial: TrialRecord, opening: int) -> Iterator[Step]:
        """Yield what sends the scores of an ended run that lacks them."""
        if run.opening < opening:
            tags = [RunTag(*tag) for tag in score_tags(trial.tests).items()]
            yield partial(self._client.log_batch, run.run_id, score_metrics(trial.tests), (), tags)

    def _older_words(self, run: _KnownRun, trial: TrialRecord) -> Iterator[Step]:
        """Yield what has a run of an earlier version say what it would say now (decision 49)."""
        if not run.names_best and trial.best is not None:
            best = Param(BEST_EPOCH, str(trial.best.epoch))
            yield partial(self._client.log_batch, run.run_id, params=[best])
        if run.status != (status := STATUS[trial.outcome]):
            ended_ms = round(trial.ended_at * 1000)
            yield partial(self._client.set_terminated, run.run_id, status, ended_ms)

    def _send(self, content: RunContent, files: Mapping[str, File]) -> _KnownRun:
        if (run := self._known.get(content.key)) is None:
            run = self._create(content)
            self._log(run.run_id, content, {})  # it was made with its tags
        else:
            self._log(run.run_id, content, content.tags)  # an earlier version said less
        if content.datasets:
            self._client.log_inputs(run.run_id, datasets=content.datasets)
        if files:
            self._upload(run.files_at, files)
        reached("run-logged")
        self._client.set_terminated(run.run_id, content.status, content.end_ms)
        run.status = content.status
        return run

    def _create(self, content: RunContent) -> _KnownRun:
        made = self._client.create_run(
            self._experiment_id, content.start_ms, dict(content.tags), content.name
        )
        run = self._known[content.key] = _KnownRun(made.info.run_id, made.info.artifact_uri)
        reached("run-created")
        return run

    def _log(self, run_id: str, content: RunContent, told: Mapping[str, str]) -> None:
        metrics: Sequence[Metric] = content.metrics
        params = [Param(name, str(value)) for name, value in content.params.items()]
        tags = [RunTag(*tag) for tag in told.items()]
        self._client.log_batch(run_id, metrics[:_BATCH], params, tags)
        for start in range(_BATCH, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics[start : start + _BATCH])

    def _upload(self, files_at: str, files: Mapping[str, File]) -> None:
        """Send files to where a run has its own; the client would read all of the run to know."""
        folder = private_folder(self._runs) / f"{self._study.name}.files"
        remove_whole(folder)  # what a kill left would be sent, too
        for name, file in files.items():
            _stage(file, folder / name)
        there = get_artifact_repository(files_at, tracking_uri=self._client.tracking_uri)
        there.log_artifacts(str(folder))  # type: ignore[no-untyped-call]
        remove_whole(folder)


def _stage(file: File, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, bytes):
        place.write_bytes(file)
    else:
        place.symlink_to(file.resolve())  # MLflow copies what it leads to
