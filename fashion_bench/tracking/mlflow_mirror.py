"""The mirror: keeps MLflow a true picture of the ledger; sending it all again changes nothing.

A run is made with its tags at once, so that it can be found, and is ended last: one that is still
RUNNING was cut off and is sent again. What MLflow already holds it ignores, because every metric
carries the time at which it was measured. Only the making of a run would make another: after any
failure the runs are looked up again, since it may have been made and the answer lost.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from uuid import uuid4

from mlflow.entities import Experiment, Metric, ViewType
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from fashion_bench.errors import NotSentError
from fashion_bench.faults import reached
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.arms import (
    ArmReport,
    Figures,
    Tally,
    arm_content,
    by_generation,
    ordinals,
    report_content,
    summary_key,
)
from fashion_bench.tracking.backend import backend_of, private_folder, writing
from fashion_bench.tracking.experiments import ensure_experiment, runs_of
from fashion_bench.tracking.keys import (
    ATTEMPT,
    CHECKPOINT,
    FILES,
    REPORT,
    note_in_place,
    with_note,
)
from fashion_bench.tracking.known import (
    File,
    FilesOf,
    KnownRun,
    attempt,
    digest,
    files_lacking,
    found_runs,
    lacking,
    latest,
    names_there,
)
from fashion_bench.tracking.projection import (
    RunContent,
    study_content,
    trial_content,
)
from fashion_bench.tracking.retry import retry
from fashion_bench.tracking.sending import batches, drop, log, upload
from fashion_bench.tracking.views import view_links


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
        thorough: compare every point and every file's content, not what a listing shows alone.
    """

    def __init__(
        self,
        runs: Path,
        study: StudyRecord,
        server: str | None = None,
        *,
        still: Callable[[], bool] = lambda: True,
        thorough: bool = False,
    ) -> None:
        self._runs = runs.resolve()
        self._study = study
        self._backend = backend_of(self._runs, server)
        self._client = self._backend.open()
        self._still, self._thorough = still, thorough
        self._name = uuid4().hex
        self._experiment: Experiment | None = None
        self._known: dict[str, KnownRun] = {}
        self._ordinals: dict[str, int] = {}  # of the arms' latest runs
        self._tally = Tally(study)
        self._in_doubt = True  # whether what it knows is so

    @property
    def deleted(self) -> list[str]:
        """The trials, arms and study whose runs a person deleted, by their keys: they stay so."""
        return sorted(key for key, run in self._known.items() if run.deleted)

    @property
    def numbered(self) -> str | None:
        """The name of the study's experiment, where that has a number, as another has the name."""
        name = "" if self._experiment is None else str(self._experiment.name)
        return name if name.startswith(f"{self._study.name} (") else None

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
        told: Figures,
        *,
        files: Mapping[str, File],
    ) -> None:
        """Bring the runs of the arms and of the whole study up to date.

        Args:
            study: as the ledger holds it now, with its trials, which were brought before.
            told: what it comes to.
            files: its file, tables and pictures by name; they replace earlier ones.
        """
        with self._turn():
            for generation in by_generation(study.trials):
                self._tally.add(generation)
            self._tell_of_arms()
            for report in told.arms:
                retry(partial(self._bring_report, study, report, told.answer))
            retry(partial(self._bring_study, study, told, files))

    def links(self, base_url: str) -> dict[str, str]:
        """Return the pages that show the study, by what they show, on the server at this URL."""
        with self._turn():
            return view_links(self._study, base_url, retry(self._know_experiment).experiment_id)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Write alone, and only what the ledger still holds.

        Raises:
            NotSentError: it was removed.
        """
        with self._backend.translate_errors(), writing(self._runs, self._study.name):
            if not self._still():
                remedy = "nothing of it is to be sent"
                raise NotSentError(self._study.name, "was removed meanwhile", remedy=remedy)
            last_writer = private_folder(self._runs) / f"{self._study.name}.writer"
            if not last_writer.exists() or last_writer.read_text() != self._name:
                self._in_doubt = True
                last_writer.write_text(self._name)
            yield

    @contextmanager
    def _knowing(self) -> Iterator[Experiment]:
        """Know the experiment and all runs of the study, until something fails."""
        if self._in_doubt or self._experiment is None:
            self._experiment = self._look_up()
        self._in_doubt = True
        yield self._experiment
        self._in_doubt = False

    def _look_up(self) -> Experiment:
        experiment = ensure_experiment(self._client, self._study, self._backend)
        found = found_runs(runs_of(self._client, experiment.experiment_id, ViewType.ALL))
        for run in chain.from_iterable(each.late for each in found.values()):
            self._client.delete_run(run.run_id)
        self._known = {key: each.own for key, each in found.items()}
        self._ordinals = ordinals([*self._known])
        for arm in self._study.arms:
            self._supersede(arm)
            self._count(self._latest(arm))
        return experiment

    def _count(self, run: KnownRun | None) -> None:
        """Take from a curve, not from a tag that people can edit, how many trials an arm's has."""
        if run is not None and "finished/complete" in run.metrics:
            points = self._client.get_metric_history(run.run_id, "finished/complete")
            told = max(point.step for point in points)
            run.trials = told if run.has_curve else min(run.trials, told)

    def _know_experiment(self) -> Experiment:
        with self._knowing() as experiment:
            return experiment

    def _bring_study(self, study: StudyRecord, told: Figures, files: Mapping[str, File]) -> None:
        with self._knowing() as experiment:
            links = view_links(study, ".", experiment.experiment_id)  # from any of its pages
            content = study_content(study, told.metrics, told.answer, links)
            run = self._known.get(study.name)
            if run is None or not run.deleted:
                sums = {name: digest(file)[:16] for name, file in files.items() if name != REPORT}
                every = {**dict.fromkeys(files), **sums}
                content.tags[FILES] = json.dumps(every, separators=(",", ":"))
                note = partial(
                    note_in_place,
                    content.tags[MLFLOW_RUN_NOTE],
                    question=study.question,
                    answer=told.answer,
                )
                self._send(experiment, content, files, note)
            self._experiment = ensure_experiment(self._client, study, self._backend, told.answer)

    def _tell_of_arms(self, patience: float | None = None) -> None:
        for arm in self._study.arms:
            if self._tally.trials(arm):
                retry(partial(self._bring_arm, arm), seconds=patience)

    def _bring_arm(self, arm: str) -> None:
        """Send what an arm's run lacks of the generations that were counted."""
        trials = self._tally.trials(arm)
        with self._knowing() as experiment:
            run = self._run_of_arm(experiment, arm, trials)
            if run.deleted:
                return
            if run.trials < trials:
                points = self._tally.points(arm, after=run.trials)
                self._add(run, points, {"trials": str(trials)})  # the tag last: it has them all
                run.trials = trials
            if not run.ended:
                self._end(run, self._tally.at)

    def _bring_report(self, study: StudyRecord, report: ArmReport, answer: str) -> None:
        if not (trials := self._tally.trials(report.arm)):
            return
        with self._knowing() as experiment:
            run = self._run_of_arm(experiment, report.arm, trials)
            if run.deleted:
                return
            ordinal = self._ordinals[f"{study.name}.{report.arm}"]
            content = report_content(study, report, answer, self._tally, ordinal)
            lacks = lacking(self._client, run, content, thorough=self._thorough)
            note = content.tags[MLFLOW_RUN_NOTE]
            note_tags = note_in_place(note, run.tags, study.question, answer)
            if lacks or note_tags:
                self._add(run, lacks.points, {**lacks.tags, **note_tags})
                run.metrics |= latest(content.metrics)
            drop(self._client, run, lacks.stray)
            self._end(run, self._tally.at)

    def _latest(self, arm: str) -> KnownRun | None:
        ordinal = self._ordinals.get(f"{self._study.name}.{arm}", 0)
        return self._known.get(summary_key(self._study, arm, ordinal))

    def _run_of_arm(self, experiment: Experiment, arm: str, trials: int) -> KnownRun:
        """Return the run that tells of so many trials of an arm: another, once it has a curve."""
        name, run = f"{self._study.name}.{arm}", self._latest(arm)
        if run is None or (run.has_curve and run.trials < trials):
            self._ordinals[name] = self._ordinals.get(name, 0) + 1
            run = self._create(experiment, arm_content(self._study, arm, self._ordinals[name]))
            self._supersede(arm)
        return run

    def _supersede(self, arm: str) -> None:
        """Have the earlier runs of an arm leave the view."""
        for ordinal in range(1, self._ordinals.get(f"{self._study.name}.{arm}", 0)):
            run = self._known.get(summary_key(self._study, arm, ordinal))
            if run is not None and not run.deleted and run.tags.get("superseded") != "yes":
                self._client.set_tag(run.run_id, "superseded", "yes")
                run.tags["superseded"] = "yes"

    def _add(self, run: KnownRun, points: Sequence[Metric], tags: Mapping[str, str]) -> None:
        """Send points, and tags with the last of them."""
        *whole, last = batches(points)
        for batch in whole:
            self._client.log_batch(run.run_id, batch)
        log(self._client, run, last, {}, {**run.named, **tags})
        reached("arm-told")

    def _end(self, run: KnownRun, at: float) -> None:
        self._client.set_terminated(run.run_id, "FINISHED", round(at * 1000))
        run.status = "FINISHED"

    def _bring_trial(self, trial: TrialRecord, files: FilesOf) -> bool:
        """Send what lacks of a trial; return whether anything did."""
        content = trial_content(trial, self._study)
        with self._knowing() as experiment:
            run = self._known.get(trial.trial_id)
            if run is not None and run.deleted:
                return False
            if run is None or not run.ended:
                self._send(experiment, content, files(trial))
                return True
            lacks = lacking(self._client, run, content, thorough=self._thorough)
            if lacks:
                log(self._client, run, lacks.points, lacks.params, lacks.tags)
            drop(self._client, run, lacks.stray)
            if sent := self._files_lacking(run, trial, files):
                self._upload(run, sent)
            if differs := run.status != content.status:
                self._client.set_terminated(run.run_id, content.status, content.end_ms)
                run.status = content.status
            return bool(lacks or sent or differs)

    def _files_lacking(self, run: KnownRun, trial: TrialRecord, files: FilesOf) -> dict[str, File]:
        """Return the files of a trial that are not there or, looked at thoroughly, are others.

        A checkpoint that is damaged here is not sent over one that is whole there.
        """
        place = self._backend.folder_of(run.files_at)
        if run.whole or (place is None and not self._thorough):  # a server would be asked of each
            return {}
        given, run.whole = files(trial), True
        sums = {name: digest(file) if self._thorough else None for name, file in given.items()}
        if sums.get(CHECKPOINT) not in {None, trial.checkpoint_sha256}:
            del sums[CHECKPOINT]
        names = files_lacking(sums, place, partial(names_there, self._client, run.run_id))
        return {name: given[name] for name in names}

    def _send(
        self,
        experiment: Experiment,
        content: RunContent,
        files: Mapping[str, File],
        note: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda _: {},
    ) -> None:
        """Send all of a run, whatever it has of it.

        Args:
            experiment: to make it in.
            content: all it should hold.
            files: likewise.
            note: returns the tags of its description, asked with the tags that it has.
        """
        run = self._known.get(content.key) or self._create(experiment, content)
        lacks = lacking(self._client, run, content)
        told = {**run.named, **lacks.tags, **note(run.tags)}
        log(self._client, run, lacks.points, lacks.params, told)
        if content.datasets:
            self._client.log_inputs(run.run_id, datasets=content.datasets)
        if files:
            self._upload(run, files)
        reached("run-logged")
        self._client.set_terminated(run.run_id, content.status, content.end_ms)
        run.status, run.whole = content.status, True

    def _create(self, experiment: Experiment, content: RunContent) -> KnownRun:
        tags = {**content.tags, ATTEMPT: attempt(content.key)}
        if (note := content.tags.get(MLFLOW_RUN_NOTE)) is not None:
            tags |= with_note(note)
        made = self._client.create_run(
            experiment.experiment_id, content.start_ms, tags, content.name
        )
        run = self._known[content.key] = KnownRun.of(made)
        run.tags = tags
        reached("run-created")
        return run

    def _upload(self, run: KnownRun, files: Mapping[str, File]) -> None:
        aside = private_folder(self._runs) / f"{self._study.name}.files"
        upload(self._client, run, files, aside)
