"""Run a study or an experiment from its file; the same command goes on with one that stopped.

One straight line: open its ledger, decide the layout, drive and measure; MLflow is sent what is
in the ledger, alongside.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

from fashion_bench.app.abilities import refuse_what_cannot_be_trained, together
from fashion_bench.app.measure import measure, refuse_what_cannot_be_measured
from fashion_bench.app.options import RunOptions
from fashion_bench.app.provenance import provenance
from fashion_bench.app.recorder import Mirrored, MlflowRecorder, Recorder
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import OpenExecutor, choose_device, open_executor, probe
from fashion_bench.code import allow, refuse_unless_allowed, unpinned
from fashion_bench.data import sets
from fashion_bench.data.folder import data_folder
from fashion_bench.data.sources import Sources
from fashion_bench.errors import (
    CodeError,
    CohortMemoryError,
    DataError,
    MachineError,
    SpecError,
    StudyError,
)
from fashion_bench.execution.executor import Executor
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.faults import reached
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, StudyRecord, TrialRecord
from fashion_bench.search.driver import Reporter, drive
from fashion_bench.search.layout import Layout, decide_layout
from fashion_bench.search.ledger import Ledger, Row
from fashion_bench.search.named import addressed
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.resolve import StudyFile, load_file
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.files import drop_checkpoints


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


def run_study(
    file: Path, options: RunOptions, reporter: Reporter, executor: OpenExecutor = open_executor
) -> Finished:
    """Run a study to the end of its budget.

    Raises:
        FashionBenchError: the file, the data, the device or the stored study is not as it should.
    """
    return run(load_file(file, "study"), options, reporter, executor=executor)


def run_experiment(
    file: Path,
    options: RunOptions,
    reporter: Reporter,
    again: str | None = None,
    executor: OpenExecutor = open_executor,
) -> Finished:
    """Train an experiment's trials; then, and only then, measure them on the test images.

    Args:
        file: the experiment.
        options: where and how.
        reporter: is told what happens.
        again: why to open the test images once more.
        executor: opens what runs segments.

    Raises:
        FashionBenchError: as ``run_study``, or the reason is empty.
    """
    reason = reason_given(again)
    return run(load_file(file, "experiment"), options, reporter, reason, executor)


def reason_given(again: str | None) -> str | None:
    """Return why the test images are to be opened once more, if they are.

    Raises:
        SpecError: the reason is empty.
    """
    reason = None if again is None else " ".join(again.split())
    if reason == "":
        raise SpecError("--again", "no reason", remedy="say why to open the test images once more")
    return reason


def run(
    asked: StudyFile,
    options: RunOptions,
    reporter: Reporter,
    again: str | None = None,
    executor: OpenExecutor = open_executor,
) -> Finished:
    """Run what is asked for, or go on with it.

    Args:
        asked: a study or an experiment.
        options: where and how.
        reporter: is told what happens.
        again: why to open the test images once more.
        executor: opens what runs segments.

    Raises:
        FashionBenchError: as ``run_study``.
        MachineError: every trial failed.
    """
    plan, device = asked.plan, choose_device(options.device)
    runs_folder = RunsFolder(Path(options.runs), options.mlflow)
    store = CheckpointStore(runs_folder.files(plan.name).folder)
    if asked.kept:
        refuse_unless_allowed(plan.code)
    else:
        allow(plan.code)  # what is run names it
    sources = Sources(data_folder(options.data), asked.beside, asked.given)
    if runs_folder.begun(asked) is None:  # and before there is anything of it
        _refuse_what_cannot_be_done(asked, sources)
    sources.fetch(plan.recipe.source, reporter.say)
    with runs_folder.driving(plan.name), one_torch_thread():
        ledger = runs_folder.ledger()
        begun = ledger.begun(asked)
        layout = decide_layout(
            plan,
            begun,
            wanted=options.device,
            here=device,
            cohort_size=options.cohort_size,
            fits=probe(plan, sources, device),
            together=together(plan, reporter.say),
        )
        if begun is None:
            reporter.say(layout.sentence)
        else:
            _refuse_other_images(ledger.read(plan.name), sources)
        based_on = provenance(plan.recipe.source, sources, device) if begun is None else {}
        ledger.open(asked, layout=layout, provenance=based_on)
        study = ledger.read(plan.name)
        recorder = Recorder() if options.no_mlflow else MlflowRecorder(runs_folder, study)
        with closing(recorder):
            opening = partial(executor, plan, sources, store, layout.device, options.workers)
            before = _drive(_Job(plan, ledger, store, recorder, reporter, opening), layout, study)
            if plan.tests:
                measure(ledger, store, plan, sources, reporter.say, again)
            study = ledger.read(plan.name)
            mirrored = recorder.finish(study)
    _refuse_hopeless(study)
    return Finished(study=study, trained=len(study.trials) - before, mirrored=mirrored)


@dataclass(frozen=True, slots=True)
class _Job:
    """A study that is open in its ledger, and what trains and records it."""

    plan: Plan
    ledger: Ledger
    store: CheckpointStore
    recorder: Recorder
    reporter: Reporter
    executor: Callable[[], Executor]


def _drive(job: _Job, layout: Layout, study: StudyRecord) -> int:
    """Train and record what is left of a study; return how many trials there were before.

    While nothing is recorded, cohorts that do not fit into memory are halved and begin again
    (decision 11).

    Raises:
        CohortMemoryError: they do not fit any more, and trials are recorded.
    """
    past = job.ledger.past(job.plan)
    recorded = list(past.records)

    def tidy(records: Sequence[TrialRecord]) -> None:
        job.store.forget({record.trial_id for record in records})
        drop_checkpoints(job.store, recorded, job.plan.checkpoints)

    def append(rows: Sequence[Row]) -> None:
        job.ledger.append(rows)
        reached("ledger-written")
        records = [row.record for row in rows]
        recorded.extend(records)
        tidy(records)
        job.recorder.send(records)

    tidy(recorded)  # what a kill left behind
    for line in _warnings(study):
        job.reporter.say(line)
    while True:
        try:
            with job.executor() as executor:
                drive(
                    job.plan,
                    past,
                    layout=layout,
                    run=executor.run,
                    append=append,
                    reporter=job.reporter,
                )
            return len(past.records)
        except CohortMemoryError:
            if job.ledger.read(job.plan.name).trials:
                raise
        layout = _begun_again(job, layout.halved())


def _begun_again(job: _Job, layout: Layout) -> Layout:
    """Begin again with a smaller layout.

    What the larger cohorts left goes first: killed in between, the study has its old layout and
    nothing trained, never the new one and states of the old.
    """
    if job.store.folder.exists():
        rmtree(job.store.folder)
    job.ledger.set_layout(job.plan.name, layout)
    job.reporter.say(layout.sentence)
    return layout


def _refuse_what_cannot_be_done(asked: StudyFile, sources: Sources) -> None:
    """Try what is the user's own, before anything is kept."""
    plan = asked.plan
    try:
        refuse_what_cannot_be_trained(plan)
        if plan.recipe.source not in sets.names():
            _refuse_changing_data(plan, sources)
    except (SpecError, CodeError, DataError) as error:
        raise addressed(error, asked.where, asked.spec) from error.__cause__


def _refuse_changing_data(plan: Plan, sources: Sources) -> None:
    found = sources.open(plan.recipe.source)
    if found.facts != plan.data:
        told, remedy = unpinned(plan.data.name), "let it draw nothing, or with a seed of its own"
        raise DataError(told, "gives other images each time", remedy=remedy)
    if plan.tests:
        refuse_what_cannot_be_measured(found)


def _refuse_other_images(study: StudyRecord, sources: Sources) -> None:
    """Refuse to go on with images of the user's that are not those it was begun with.

    Those of ours are verified wherever they are read.
    """
    source = study.plan.recipe.source
    if source in sets.names():
        return
    if sources.open(source).load("train").digest != study.provenance["data_digest"]:
        remedy = "put those back, or give the study another name"
        raise StudyError(source, "holds other images than the study was begun with", remedy=remedy)


def _refuse_hopeless(study: StudyRecord) -> None:
    """End with an error when every trial failed: the cause is not in the trials."""
    if study.trials and all(trial.outcome is Outcome.FAILED for trial in study.trials):
        raise MachineError(
            study.name,
            f"stopped early, for all of its {len(study.trials)} trials failed",
            given=study.trials[-1].reason,
            remedy=f"mend that, `fashion-bench study rm {study.name}`, and run it again",
        )


def _warnings(study: StudyRecord) -> Iterator[str]:
    if note := pruner_of(study.plan).note(study.plan.rungs):
        yield note
    begun_with, now = study.provenance["torch"], version("torch")
    if begun_with != now:
        yield f"{study.name} was begun with torch {begun_with}: with {now} its list may differ"
