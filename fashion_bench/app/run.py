"""Run a study or an experiment from its file; the same command goes on with one that stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from fashion_bench.app.job import Job, train
from fashion_bench.app.measure import measure
from fashion_bench.app.packing import choose_layout, fit_layout, keep_layout
from fashion_bench.app.provenance import provenance
from fashion_bench.app.recorder import Mirrored, Recorder
from fashion_bench.app.retention import drop_checkpoints
from fashion_bench.app.work import DeviceName, choose_device, probe
from fashion_bench.app.workplace import Workplace
from fashion_bench.data import data_folder, fetch
from fashion_bench.errors import MachineError, SpecError
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.faults import reached
from fashion_bench.records import Outcome, StudyRecord, TrialRecord
from fashion_bench.search.driver import Watcher
from fashion_bench.search.ledger import Row
from fashion_bench.search.plan import Plan
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import (
    ExperimentSpec,
    Spec,
    canonical,
    load_experiment,
    load_study,
    refuse_changes,
)

__all__ = ["Finished", "How", "Reporter", "run_experiment", "run_listed", "run_study"]


class Reporter(Watcher, Protocol):
    """Tells a person what happens while a study runs."""

    def say(self, line: str) -> None:
        """Tell one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Where and how to run; once a study has begun, nothing here changes a result.

    Attributes:
        runs: the folder of runs.
        data: the folder of images; ``None`` for the usual one.
        device: what to train on.
        workers: processes on a CPU; ``None`` for one per core.
        cohort_size: trials trained together, for a study that begins; ``None`` to choose.
        mlflow: the URL of an MLflow server; ``None`` for the folder's own store.
    """

    runs: Path
    data: Path | None = None
    device: DeviceName = "auto"
    workers: int | None = None
    cohort_size: int | None = None
    mlflow: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run ended with.

    Attributes:
        study: as the ledger holds it.
        trained: trials finished by this run; 0 when there was nothing left to do.
        mirrored: where MLflow shows it, or why it does not.
    """

    study: StudyRecord
    trained: int
    mirrored: Mirrored


def run_study(file: Path, how: How, reporter: Reporter) -> Finished:
    """Run a study to the end of its budget.

    Raises:
        FashionBenchError: the file, the data, the device or the stored study is not as it should.
    """
    return _run(_read(file, load_study(file)), how, reporter)


def run_experiment(file: Path, how: How, reporter: Reporter, again: str | None = None) -> Finished:
    """Train an experiment's trials; then, and only then, measure them on the test images.

    Args:
        file: the experiment.
        how: where and how.
        reporter: is told what happens.
        again: why to open the test images once more.

    Raises:
        FashionBenchError: as ``run_study``, or the reason is empty.
    """
    reason = None if again is None else " ".join(again.split())
    if reason == "":
        raise SpecError("--again", "no reason", remedy="say why to open the test images once more")
    return _run(_read(file, load_experiment(file)), how, reporter, reason)


def run_listed(spec: ExperimentSpec, text: str, how: How, reporter: Reporter) -> Finished:
    """Train the trials that an experiment lists as a study's: the test images stay closed.

    Args:
        spec: what it asks.
        text: the same, as a file would hold it.
        how: where and how.
        reporter: is told what happens.

    Raises:
        FashionBenchError: as ``run_study``.
    """
    plan = replace(plan_of(spec, spec.name), kind="study", tests=())
    return _run(_Asked(where=spec.name, text=text, spec=spec, plan=plan), how, reporter)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A spec, the text it is written in, where that is, and the plan drawn from it."""

    where: object
    text: str
    spec: Spec
    plan: Plan


def _read(file: Path, spec: Spec) -> _Asked:
    plan = plan_of(spec, file)
    return _Asked(where=file, text=file.read_text("utf-8"), spec=spec, plan=plan)


def _run(asked: _Asked, how: How, reporter: Reporter, again: str | None = None) -> Finished:
    plan, spec = asked.plan, canonical(asked.spec)
    device = choose_device(how.device)
    layout = choose_layout(plan, device, how.cohort_size)
    workplace = Workplace(how.runs, how.mlflow)
    data = _fetched(plan, how, reporter)
    with workplace.driving(plan.name), one_torch_thread():
        ledger = workplace.ledger()
        stored = ledger.spec(plan.name)
        if stored is not None:
            refuse_changes(asked.where, stored, spec)
        begun = ledger.layout(plan.name)
        if begun is None:
            layout = fit_layout(layout, probe(plan, data, device))
            reporter.say(layout.sentence)
        else:
            layout = keep_layout(plan.name, begun, how.device, how.cohort_size)
        ledger.open(
            plan,
            text=asked.text,
            spec=spec,
            layout=layout,
            provenance=provenance(plan.recipe.source, data, device) if begun is None else {},
        )
        job = Job(
            plan=plan,
            layout=layout,
            ledger=ledger,
            workplace=workplace,
            data=data,
            workers=how.workers,
        )
        return _drive(job, reporter, again)


def _fetched(plan: Plan, how: How, reporter: Reporter) -> Path:
    folder = data_folder(how.data)
    return folder if plan.recipe.source == "synthetic" else fetch(folder, reporter.say)


def _drive(job: Job, reporter: Reporter, again: str | None) -> Finished:
    plan, ledger, store = job.plan, job.ledger, job.store
    past, study = ledger.past(plan), ledger.read(plan.name)
    recorded = list(past.records)
    recorder = Recorder(job.workplace, study)

    def tidy(records: Sequence[TrialRecord]) -> None:
        store.forget({record.trial_id for record in records})
        drop_checkpoints(store, recorded, plan.checkpoints)

    def append(rows: Sequence[Row]) -> None:
        ledger.append(rows)
        reached("ledger-written")
        records = [row.record for row in rows]
        recorded.extend(records)
        tidy(records)
        recorder.send(records)

    try:
        tidy(recorded)  # what a kill left behind
        for line in _warnings(plan, study):
            reporter.say(line)
        train(job, past, append, watcher=reporter, say=reporter.say)
        if plan.kind == "experiment":
            measure(ledger, store, plan, job.data, reporter.say, again)
        study = ledger.read(plan.name)
        mirrored = recorder.finish(study)
        _refuse_hopeless(study)
        return Finished(
            study=study, trained=len(study.trials) - len(past.records), mirrored=mirrored
        )
    finally:
        recorder.close()


def _refuse_hopeless(study: StudyRecord) -> None:
    """End with an error when every trial failed: the cause is not in the trials."""
    if study.trials and all(trial.outcome is Outcome.FAILED for trial in study.trials):
        raise MachineError(
            study.name,
            f"stopped early, for all of its {len(study.trials)} trials failed",
            given=study.trials[-1].reason,
            remedy=f"mend that, `fashion-bench study rm {study.name}`, and run it again",
        )


def _warnings(plan: Plan, study: StudyRecord) -> Iterator[str]:
    if plan.pruner.name == "median":
        trials, epochs = (
            plan.pruner.options[name] for name in ("n_startup_trials", "n_warmup_steps")
        )
        yield (
            f"median stops no trial of an arm before {trials} have reached the last epoch, "
            f"and none before epoch {max(epochs, plan.rungs[0])}"
        )
    begun_with, now = study.provenance["torch"], version("torch")
    if begun_with != now:
        yield f"{study.name} was begun with torch {begun_with}: with {now} its list may differ"
