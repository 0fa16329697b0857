"""What goes on where trials could not be trained: a person gives one up, or has it trained again.

Neither happens by itself: what ended a worker may be the trial or the machine (decision 72). And
neither changes a trial that is in the list, which sampler and pruner have learnt from.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from fashion_bench.analysis.text import number
from fashion_bench.app.browse import read_whole
from fashion_bench.app.options import RunOptions, runs_given
from fashion_bench.app.refusals import refuse_other_images
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.start import workers_started
from fashion_bench.app.workers import open_executor
from fashion_bench.code import allow, refuse_unless_allowed
from fashion_bench.config import Trial
from fashion_bench.data.folder import data_folder
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Compute
from fashion_bench.errors import MachineError, SegmentError, StudyError, nearest
from fashion_bench.execution.executor import Executor
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, Progress, Segment, StudyRecord, TrialRecord
from fashion_bench.search import beside
from fashion_bench.search.beside import GIVEN_UP, RETRIED, STOPS, Stop
from fashion_bench.search.ledger import Ledger
from fashion_bench.training.files import TrialFiles


def both_ways_on(error: SegmentError, ledger: Ledger, plan: Plan, runs: Path | str) -> MachineError:
    """Keep what stopped a run, for who gives a trial up; return what to say of it."""
    stops = dict.fromkeys(error.trials, Stop(error.how, error.after))
    ledger.keep(plan.name, STOPS, beside.with_stops(ledger.kept(plan.name), STOPS, stops))
    trial = f"{plan.study} {error.trials[0].removeprefix(f'{plan.study}.')}{runs_given(runs)}"
    remedy = f"{error.remedy}, or `fashion-bench study give-up {trial}` records it as failed"
    return MachineError(error.where, error.problem, remedy=remedy)


def give_up(runs: Path, name: str, trial: str) -> str:
    """Let a trial fail when the study is run again; return the reason that it will have.

    Args:
        runs: the folder of runs.
        name: of the study or experiment.
        trial: its id, with or without the study's name.

    Raises:
        StudyError: there is no such trial, it is recorded, or the study is being run.
    """
    with RunsFolder(runs).driving(read_whole(runs, name).name):
        study, ledger = read_whole(runs, name), RunsFolder(runs).ledger()
        stages = {own: stage for stage in study.stages for own in _planned(stage.plan)}
        trial_id = _named(trial, name, stages, "no trial of this name")
        stage = stages[trial_id]
        if recorded := [one for one in stage.trials if one.trial_id == trial_id]:
            remedy = "`fashion-bench study retry` trains again what failed"
            raise StudyError(trial_id, f"is recorded as {recorded[0].outcome}", remedy=remedy)
        kept = ledger.kept(stage.name)
        stop = beside.stops_of(kept, STOPS).get(trial_id, Stop("", 0))
        reason = ": ".join(filter(None, ("given up by hand", stop.reason)))
        gone = {trial_id: replace(stop, reason=reason)}
        ledger.keep(stage.name, GIVEN_UP, beside.with_stops(kept, GIVEN_UP, gone))
    return reason


def retry(
    name: str,
    trials: Sequence[str],
    options: RunOptions,
    say: Callable[[str], None],
    *,
    trust_code: bool = False,
) -> list[str]:
    """Train failed trials again, each alone and to its last epoch; return what came of each.

    What they reach is kept beside the list, with weights of their own. Test images stay closed.

    Args:
        name: of the study or experiment.
        trials: their ids; by default all that failed and have no result yet.
        options: where and how.
        say: is told what is trained.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        FashionBenchError: one of the trials has not failed, or none has; or as ``run_study``.
    """
    runs, told = Path(options.runs), list[str]()
    runs_folder = RunsFolder(runs)
    with runs_folder.driving(read_whole(runs, name).name), workers_started(options) as server:
        study, ledger = read_whole(runs, name), runs_folder.ledger()
        failed = _failed(study, trials)
        if trust_code:
            allow(study.plan.code)
        refuse_unless_allowed(study.plan.code)
        sources = Sources(data_folder(options.data), Path.cwd())
        sources.fetch(study.plan.recipe.source, say)
        refuse_other_images(study, sources)
        say(f"Training {len(failed)} of its trials again, which stay failed in the list")
        for stage in study.stages:
            if own := [record for record in failed if record.study == stage.name]:
                files = runs_folder.files(stage.name).retried
                opening = partial(open_executor, stage.plan, sources, files, server=server)
                told += _trained_again(own, files, ledger, opening, options.workers)
    return told


def _trained_again(
    failed: Sequence[TrialRecord],
    files: TrialFiles,
    ledger: Ledger,
    opening: Callable[[Compute, int | None], Executor],
    workers: int | None,
) -> list[str]:
    """Train failed trials of a stage, and keep what comes of each as soon as it is there."""
    stage, told = failed[0].study, list[str]()
    records, layout = {record.trial_id: record for record in failed}, ledger.layout(stage)
    assert layout is not None  # the stage has trials
    segments = [
        segment
        for one in failed
        for segment in layout.segments(
            [Trial(trial_id=one.trial_id, config=one.config)],
            from_epoch=0,
            until_epoch=one.config.recipe.epochs,
        )
    ]

    def done(segment: Segment, progress: Sequence[Progress]) -> tuple[()]:
        again = [_again(records[each.trial_id], each) for each in progress]
        ledger.keep(stage, RETRIED, beside.with_retried(ledger.kept(stage), again))
        files.forget({one.trial_id for one in again})
        told.extend(map(_sentence, again))
        return ()

    with opening(layout.compute, workers) as executor:
        executor.run(segments, done)
    return told


def _again(failed: TrialRecord, progress: Progress) -> TrialRecord:
    """Return what came of a trial that had failed."""
    outcome = Outcome.DIVERGED if progress.diverged else Outcome.COMPLETE
    outcome = outcome if progress.failure is None else Outcome.FAILED
    return replace(
        failed,
        outcome=outcome,
        reason=progress.failure or outcome.sentence,
        history=progress.history,
        checkpoint_sha256=progress.checkpoint_sha256,
        ended_at=progress.history[-1].ended_at if progress.history else time.time(),
    )


def _sentence(again: TrialRecord) -> str:
    if again.outcome is Outcome.COMPLETE:
        return f"{again.trial_id}: reached {number(again.value)}"
    return f"{again.trial_id}: {again.outcome} ({again.reason})"


def _failed(study: StudyRecord, trials: Sequence[str]) -> list[TrialRecord]:
    """Return the trials to train again: those named, or all that failed and have no result yet."""
    every = {t.trial_id: t for s in study.stages for t in s.trials if t.outcome is Outcome.FAILED}
    known = {again.trial_id for s in study.stages for again in s.retried if again.value is not None}
    names = [_named(each, study.name, every, "no failed trial of this name") for each in trials]
    if found := [every[name] for name in names or every if trials or name not in known]:
        return found
    remedy = "name those that are to be trained once more" if every else "there is nothing to train"
    raise StudyError(study.name, "has no failed trial without a result", remedy=remedy)


def _planned(plan: Plan) -> Iterator[str]:
    """Return the ids of all trials that a stage asks for."""
    for arm in plan.arms:
        yield from (f"{plan.name}.{arm.name}-{number}" for number in range(plan.trials_per_arm))


def _named(trial: str, study: str, known: Collection[str], none: str) -> str:
    """Return the id of a trial, which may be given without the study's name."""
    trial_id = trial if trial.startswith(f"{study}.") else f"{study}.{trial}"
    if trial_id not in known:
        remedy = nearest(trial_id, known) if known else "see `fashion-bench study show`"
        raise StudyError(study, f"has {none}", given=trial, remedy=remedy)
    return trial_id
