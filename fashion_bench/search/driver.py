"""The driver: asks a generation, trains it rung by rung, prunes, tells, records; then the next.

It knows nothing of training or recording: segments go to a function that runs them, finished
generations to a ledger. Trials are asked and told in a fixed order, so the list of trials is a
function of the study's file, for any number of workers and however often it was killed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from optuna.trial import FrozenTrial

from fashion_bench.config import ParamValue, Trial
from fashion_bench.faults import reached
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import (
    Epoch,
    Outcome,
    Progress,
    Segment,
    TrialRecord,
    Underway,
    best_epoch,
)
from fashion_bench.search.budget import is_used_up
from fashion_bench.search.layout import Layout
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.past import Past, Run
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.rows import Row


class Reporter(Protocol):
    """Reports how a study goes on: as a progress bar, as plain lines, or not at all."""

    def say(self, line: str) -> None:
        """Tell one thing."""

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """The study starts, or goes on after these trials."""

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """These trials of a generation are being trained until a rung."""

    def underway(self, segment: Segment, underway: Underway) -> None:
        """Some of them begin, or are so far: a few times a second at most of each segment."""

    def advanced(self, progress: Progress) -> None:
        """One of them got there."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """A generation is finished."""


@dataclass(slots=True)
class Lane:
    """One trial of the generation at work."""

    arm: ArmPlan
    number: int
    trial: Trial
    params: Mapping[str, ParamValue]
    progress: Progress
    outcome: Outcome | None = None


def drive(
    plan: Plan,
    past: Past,
    *,
    known: Mapping[str, Sequence[FrozenTrial]] = MappingProxyType({}),
    layout: Layout,
    run: Run,
    append: Callable[[list[Row]], None],
    reporter: Reporter,
    ended: Callable[[Sequence[TrialRecord]], bool] = lambda _: False,
) -> None:
    """Run a study from where it is to its end.

    Args:
        plan: the study.
        past: its whole generations so far.
        known: trials of a survey before it, by arm, that samplers and pruners are told of first.
        layout: which trials are trained together.
        run: trains segments.
        append: records a finished generation; called in another thread while the next one
            trains, one generation after the other.
        reporter: is told of progress.
        ended: tells, of all trials so far, whether they are enough; asked before each generation.
    """
    if ended(past.records):
        return
    arms = {
        arm.name: ArmStudy(
            plan,
            arm,
            (*known.get(arm.name, ()), *past.trials.get(arm.name, ())),
            past.counters.get(arm.name),
        )
        for arm in plan.arms
    }
    run = past.recalled(run)
    records, seconds = list(past.records), past.seconds
    reporter.begun(plan, records)
    with ThreadPoolExecutor(1, thread_name_prefix="ledger") as ledger:
        recording: Future[None] | None = None
        for generation in range(past.generations, -(-plan.trials_per_arm // plan.generation)):
            if is_used_up(plan, records, seconds) or ended(records):
                break
            started = time.monotonic()
            lanes = _ask(plan, arms, generation)
            reached("asked")
            _train(plan, arms, lanes, layout, run, reporter, generation)
            reached("trained")
            told = [(lane, _tell(arms, lane)) for lane in lanes]
            elapsed = time.monotonic() - started
            seconds += elapsed
            rows = [
                Row(
                    record=_record(plan, generation, lane),
                    trial=frozen,
                    counters=arms[lane.arm.name].counters,
                    seconds=elapsed,
                )
                for lane, frozen in told
            ]
            records += [row.record for row in rows]
            reporter.finished([row.record for row in rows])
            if recording is not None:
                recording.result()
            recording = ledger.submit(append, rows)
        if recording is not None:
            recording.result()


def _ask(plan: Plan, arms: Mapping[str, ArmStudy], generation: int) -> list[Lane]:
    first = generation * plan.generation
    numbers = range(first, min(first + plan.generation, plan.trials_per_arm))
    lanes = []
    for arm in plan.arms:
        asked = arms[arm.name].ask(generation, numbers)
        for number, params in zip(numbers, asked, strict=True):
            trial = plan.trial(arm, number, params)
            progress = Progress(trial_id=trial.trial_id, history=())
            lanes.append(Lane(arm, number, trial, arm.used(params), progress))
    return lanes


def _train(
    plan: Plan,
    arms: Mapping[str, ArmStudy],
    lanes: Sequence[Lane],
    layout: Layout,
    run: Run,
    reporter: Reporter,
    generation: int,
) -> None:
    """Train a generation rung by rung; leave every lane with its outcome."""
    reached, results = 0, dict[str, Progress]()

    def on_done(_: Segment, done: tuple[Progress, ...]) -> tuple[()]:
        for progress in done:
            results[progress.trial_id] = progress
            reporter.advanced(progress)
        return ()

    for rung in plan.rungs:
        alive = [lane for lane in lanes if lane.outcome is None]
        if not alive:
            return
        trials = [lane.trial for lane in alive]
        reporter.rung(generation, rung, [trial.trial_id for trial in trials])
        segments = layout.segments(trials, from_epoch=reached, until_epoch=rung)
        run(segments, on_done, reporter.underway)
        for lane in alive:
            _report(arms[lane.arm.name], lane, results[lane.trial.trial_id])
        if rung < plan.rungs[-1]:
            _prune(plan, arms, alive)
        reached = rung
    for lane in lanes:
        lane.outcome = lane.outcome or Outcome.COMPLETE


def _report(arm: ArmStudy, lane: Lane, progress: Progress) -> None:
    if progress.failure is not None:  # what it had reached before stays true
        lane.progress = replace(lane.progress, failure=progress.failure)
        lane.outcome = Outcome.FAILED
        return
    new: Sequence[Epoch] = progress.history[len(lane.progress.history) :]
    arm.report(lane.number, new)
    lane.progress = progress
    if progress.diverged:
        lane.outcome = Outcome.DIVERGED


def _prune(plan: Plan, arms: Mapping[str, ArmStudy], alive: Sequence[Lane]) -> None:
    """Decide at a rung, arm by arm, once every lane has reported.

    Trials that pass every rung are neither ranked nor counted: they take no other's place.
    """
    pruner = pruner_of(plan)
    for arm in plan.arms:
        lanes = {
            lane.number: lane
            for lane in alive
            if lane.arm is arm and lane.outcome is None and not plan.finishes(arm, lane.number)
        }
        accuracies = {n: lane.progress.history[-1].valid_accuracy for n, lane in lanes.items()}
        for number in pruner.stopped(accuracies, arms[arm.name].should_prune):
            lanes[number].outcome = Outcome.PRUNED


def _tell(arms: Mapping[str, ArmStudy], lane: Lane) -> FrozenTrial:
    assert lane.outcome is not None
    best = best_epoch(lane.progress.history)
    value = None if best is None else best.valid_accuracy
    return arms[lane.arm.name].tell(lane.number, lane.outcome, value)


def _record(plan: Plan, generation: int, lane: Lane) -> TrialRecord:
    assert lane.outcome is not None
    history = lane.progress.history
    return TrialRecord(
        study=plan.name,
        arm=lane.arm.name,
        number=lane.number,
        generation=generation,
        trial_id=lane.trial.trial_id,
        config=lane.trial.config,
        params=lane.params,
        outcome=lane.outcome,
        reason=lane.progress.failure or lane.outcome.sentence,
        history=history,
        checkpoint_sha256=lane.progress.checkpoint_sha256,
        ended_at=history[-1].ended_at if history else time.time(),
    )
