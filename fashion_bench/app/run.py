"""Run a study or an experiment from its file; the same command goes on with one that stopped.

One straight line: open its ledger, decide the layout, drive and measure; MLflow is sent what is
in the ledger, alongside.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from shlex import quote

from fashion_bench.analysis.comparison import settled_after
from fashion_bench.app.again import both_ways_on
from fashion_bench.app.check import run_command
from fashion_bench.app.following import Following, Reporter
from fashion_bench.app.layouts import Layouts, choose_for
from fashion_bench.app.measure import measure
from fashion_bench.app.options import RunOptions, reason_given
from fashion_bench.app.outside import look_again
from fashion_bench.app.provenance import (
    arithmetic,
    other_arithmetic,
    other_packages,
    provenance,
)
from fashion_bench.app.recorder import Mirrored, MlflowRecorder, Recorder, Recorders
from fashion_bench.app.refusals import (
    hopeless,
    refuse_half_removed,
    refuse_more_seeds,
    refuse_other_images,
    refuse_what_cannot_be_done,
)
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.stages import Stage, stages_of, stages_told
from fashion_bench.app.standing import foreign_told
from fashion_bench.app.start import cluster_of, workers_started
from fashion_bench.app.workers import Chosen, OpenExecutor, open_executor, share_images
from fashion_bench.code import allow, refuse_unless_allowed
from fashion_bench.data import sets
from fashion_bench.data.folder import data_folder
from fashion_bench.data.sources import Sources
from fashion_bench.errors import CohortMemoryError, SegmentError
from fashion_bench.execution.executor import Executor
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.faults import reached
from fashion_bench.plan import Plan
from fashion_bench.records import OnDone, OnUnderway, Outcome, Segment, StudyRecord, TrialRecord
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.resolve import StudyFile, load_file
from fashion_bench.search.rows import Row
from fashion_bench.search.stages import Listed
from fashion_bench.search.text_file import read_once
from fashion_bench.training.files import (
    TrialFiles,
    drop_checkpoints,
    remove_whole,
)


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
    file: Path, options: RunOptions, reporter: Reporter, executor: OpenExecutor | None = None
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
    executor: OpenExecutor | None = None,
) -> Finished:
    """Train an experiment's trials; then, and only then, measure them on the test images.

    Args:
        file: the experiment.
        options: where and how.
        reporter: is told what happens.
        again: why to open the test images once more.
        executor: opens what runs segments; by default ``open_executor``.

    Raises:
        FashionBenchError: as ``run_study``, or the reason is empty.
    """
    reason = reason_given(again)
    return run(load_file(file, "experiment"), options, reporter, reason, executor)


def run(
    asked: StudyFile,
    options: RunOptions,
    reporter: Reporter,
    again: str | None = None,
    executor: OpenExecutor | None = None,
    server: ForkServer | None = None,
) -> Finished:
    """Run what is asked for, or go on with it.

    Args:
        asked: a study or an experiment.
        options: where and how.
        reporter: is told what happens.
        again: why to open the test images once more.
        executor: opens what runs segments; by default ``open_executor``.
        server: what workers are forked from, where it was started before; it is left open.

    Raises:
        FashionBenchError: as ``run_study``.
        MachineError: every trial failed.
    """
    if executor is None:
        with workers_started(options, server) as started, cluster_of(options) as cluster:
            opening = partial(open_executor, server=started, cluster=cluster)
            return run(asked, options, reporter, again, opening, started)
    plan = asked.plan
    runs_folder = RunsFolder(Path(options.runs), options.mlflow)
    if asked.kept:
        refuse_unless_allowed(plan.code)
    else:
        allow(plan.code)  # what is run names it
    sources = Sources(data_folder(options.data), asked.beside, asked.given)
    if (begun := runs_folder.begun(asked)) is None:  # and before there is anything of it
        chosen = choose_for(plan, options)
        refuse_what_cannot_be_done(asked, sources)
    else:
        chosen = Chosen(begun.device)
    sources.fetch(plan.recipe.source, reporter.say)
    if server is not None and plan.recipe.source in sets.names():
        server.prepare(partial(share_images, plan.recipe.source, sources.folder))
    with runs_folder.driving(plan.name):
        following = Following(reporter, runs_folder, plan, _command(asked, options))
        layouts = Layouts(
            options=options,
            runs_folder=runs_folder,
            sources=sources,
            say=following.say,
            server=server,
            chosen=chosen,
        )
        ledger = runs_folder.ledger()
        job = _Job(options, runs_folder, ledger, sources, layouts, following, executor, server)
        layout = job.begin(asked)
        if foreign := foreign_told(ledger.counts(), plan.name):
            reporter.say(f"{plan.name}: {foreign}, and is kept")
        if len(plan.stages) > 1:
            reporter.say(f"At most {plan.most_epochs:,} epochs: {stages_told(plan)}")
        trained, recorders = 0, Recorders()
        with ExitStack() as resources:
            for stage in stages_of(asked, job.ledger, reporter):
                own = layout if stage.listed is None else job.begin_stage(stage, layout)
                done, study, recorder = job.train(stage.file.plan, own, again, resources)
                if stage.listed is None:  # a lack of memory may have halved its cohorts
                    layout = job.ledger.begun(asked) or layout
                trained += done
                recorders.finish(study, recorder, following.recording)
                if (trouble := hopeless(study)) is not None:
                    recorders.finished(following.recording)  # it shows what failed
                    raise trouble
            mirrored = recorders.finished(following.recording)
        study = look_again(runs_folder, job.ledger, job.recorded, plan.name)
        following.ended()
    return Finished(study=study, trained=trained, mirrored=mirrored)


def _command(asked: StudyFile, options: RunOptions) -> str:
    """Return the command that goes on with it, but for the folder; nothing where it has no file."""
    if not isinstance(asked.where, Path) or read_once(asked.where):
        return ""
    where = "" if options.mlflow is None else f" --mlflow {quote(options.mlflow)}"
    return run_command(asked) + where


@dataclass(frozen=True, slots=True)
class _Job:
    """What the stages of a study are trained and recorded with."""

    options: RunOptions
    runs_folder: RunsFolder
    ledger: Ledger
    sources: Sources
    layouts: Layouts
    reporter: Following
    executor: OpenExecutor
    server: ForkServer | None
    recorded: set[str] = field(default_factory=set)  # trials that the ledger is to hold

    def begin(self, asked: StudyFile) -> Layout:
        """Open a study in the ledger; return its layout."""
        begun = self.ledger.begun(asked)
        if begun is None:
            layout = self.layouts.begin(asked.plan)
        else:
            refuse_half_removed(self.runs_folder, asked.plan.name)
            stored = self.ledger.read(asked.plan.name)
            refuse_other_images(stored, self.sources)
            refuse_more_seeds(stored, asked)
            layout = self.layouts.go_on(asked.plan, begun, stored)
        self._open(asked, layout, new=begun is None)
        return layout

    def begin_stage(self, asked: Stage, of_study: Layout) -> Layout:
        """Open a stage of a study in the ledger; return its layout, with the study's engine."""
        begun = self.ledger.begun(asked.file)
        plan, layouts = asked.file.plan, self.layouts
        layout = layouts.begin_stage(plan, of_study) if begun is None else layouts.keep(plan, begun)
        self._open(asked.file, layout, new=begun is None, listed=asked.listed)
        return layout

    def _open(
        self, asked: StudyFile, layout: Layout, *, new: bool, listed: Listed | None = None
    ) -> None:
        based_on = {}
        if new:
            rounds = self.arithmetic() if layout.gpu is None else {}
            images = self._digest(asked.plan.recipe.source)
            based_on = provenance(images, layout.gpu, rounds, self.reporter.say)
        self.ledger.open(asked, layout=layout, provenance=based_on, listed=listed)
        self.reporter.opened(resumed=not new)

    def arithmetic(self) -> dict[str, str]:
        """Return how this CPU rounds, from where workers come from."""
        if self.server is not None:
            with suppress(EOFError, OSError):  # it was killed
                return self.server.ask(arithmetic)
        return arithmetic()

    def _digest(self, source: str) -> str:
        """Return the training images' digest, from where workers come from: torch is there."""
        if self.server is not None and source in sets.names():
            with suppress(EOFError, OSError):  # it was killed
                return self.server.ask(partial(share_images, source, self.sources.folder))
        return self.sources.open(source).load("train").digest

    def train(
        self, plan: Plan, layout: Layout, again: str | None, resources: ExitStack
    ) -> tuple[int, StudyRecord, Recorder]:
        """Train what is left of a stage and measure it where it may be.

        Returns:
            How many trials that were, all of the stage, and what brings it into MLflow.
        """
        study = self.ledger.read(plan.name)
        recorder = Recorder() if self.options.no_mlflow else MlflowRecorder(self.runs_folder, study)
        resources.enter_context(closing(recorder))
        store = TrialFiles(self.runs_folder.files(plan.name).folder)
        workers = self.options.workers
        opening = partial(self.executor, plan, self.sources, store, layout.compute, workers)
        before = _drive(_Open(self, plan, store, recorder, opening), layout, study)
        self.reporter.trained()
        if told := _ended_early(self.ledger.read(plan.name)):
            self.reporter.say(told)
        if plan.tests:
            say, measured = self.reporter.say, self.reporter.measuring
            measure(self.ledger, store, plan, self.sources, say, again, measured=measured)
        study = self.ledger.read(plan.name)
        return len(study.trials) - before, study, recorder


@dataclass(frozen=True, slots=True)
class _Open:
    """A stage that is open in its ledger, and what trains and records it."""

    job: _Job
    plan: Plan
    store: TrialFiles
    recorder: Recorder
    executor: Callable[[], Executor]


def _drive(stage: _Open, layout: Layout, study: StudyRecord) -> int:
    """Train and record what is left of a study; return how many trials there were before.

    While nothing is recorded, cohorts that do not fit into memory are halved and begin again
    (decision 11).

    Raises:
        CohortMemoryError: they do not fit any more, and trials are recorded.
        MachineError: trials cannot be trained, which may be theirs or the machine's fault.
    """
    past = stage.job.ledger.past(stage.plan)
    recorded = list(past.records)
    stage.job.recorded.update(record.trial_id for record in recorded)
    stage.job.reporter.entered(stage.plan, recorded, past.seconds)
    known = stage.job.ledger.frozen(study.survey.name) if study.survey is not None else {}

    def tidy(records: Sequence[TrialRecord]) -> None:
        stage.store.forget({record.trial_id for record in records})
        drop_checkpoints(stage.store, recorded, stage.plan.checkpoints)

    def append(rows: Sequence[Row]) -> None:
        stage.job.ledger.append(rows)
        reached("ledger-written")
        records = [row.record for row in rows]
        recorded.extend(records)
        stage.job.recorded.update(record.trial_id for record in records)
        tidy(records)
        stage.recorder.send(records)

    def settled(records: Sequence[TrialRecord]) -> bool:
        return settled_after(replace(study, trials=tuple(records))) is not None

    tidy(recorded)  # what a kill left behind
    for line in _warnings(study, stage.job.layouts.gpu):
        stage.job.reporter.say(line)

    def run(segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway) -> None:
        if segments:  # else nobody needs the device to be there
            if "arithmetic" in study.provenance:
                for told in other_arithmetic(study.provenance, stage.job.arithmetic()):
                    stage.job.reporter.say(f"{study.name} {told}")
            with stage.executor() as executor:
                executor.run(segments, on_done, on_underway)

    while True:
        try:
            drive(
                stage.plan,
                past,
                known=known,
                layout=layout,
                run=run,
                append=append,
                reporter=stage.job.reporter,
                ended=None if stage.plan.look is None else settled,
            )
            return len(past.records)
        except CohortMemoryError:
            if stage.job.ledger.read(stage.plan.name).trials:
                raise
        except SegmentError as error:
            runs = stage.job.options.runs
            raise both_ways_on(error, stage.job.ledger, stage.plan, runs) from error
        layout = _begun_again(stage, layout.halved())


def _begun_again(stage: _Open, layout: Layout) -> Layout:
    """Begin again with a smaller layout.

    What the larger cohorts left goes first: killed in between, the study has its old layout and
    nothing trained, never the new one and states of the old.
    """
    remove_whole(stage.store.folder)
    stage.job.ledger.set_layout(stage.plan.name, layout)
    stage.job.reporter.say(layout.sentence())
    return layout


def _ended_early(study: StudyRecord) -> str:
    """Return what ended a stage before it had all that was planned; empty where nothing did."""
    if (seeds := settled_after(study)) is not None:
        return f"settled by the look after {seeds} of at most {len(study.plan.seeds)} seeds"
    if any(trial.outcome is not Outcome.FAILED for trial in study.trials):
        done, planned = len(study.trials), study.planned
        return f"ended by its budget after {done} of {planned} trials" if done < planned else ""
    return ""


def _warnings(study: StudyRecord, gpu: str | None) -> Iterator[str]:
    if note := pruner_of(study.plan).note(study.plan.rungs):
        yield note
    for told in other_packages(study.provenance):
        yield f"{study.name} {told}"
    if gpu is not None and (begun_on := study.provenance["device"]) != gpu:
        yield f"{study.name} was begun on {begun_on}: on {gpu} its list may differ"
