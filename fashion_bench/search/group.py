"""A group of arms that goes on together: asks generations, trains them rung by rung, prunes, tells.

What an arm asks and prunes hangs on its own trials alone. So a group knows nothing of the others:
where trials are trained one by one each arm is a group; in cohorts of several, all arms are one.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from optuna.trial import FrozenTrial

from fashion_bench.config import ParamValue, Trial
from fashion_bench.faults import reached
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import Epoch, Outcome, Progress, Segment, TrialRecord, best_epoch
from fashion_bench.search.lag import lags_of
from fashion_bench.search.layout import Layout
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.rows import Row


class Rung(Protocol):
    """Is told which trials of a generation are now trained until a rung."""

    def __call__(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """See ``Reporter.rung``."""


@dataclass(slots=True)
class Lane:
    """One trial of the generation at work."""

    arm: ArmPlan
    number: int
    trial: Trial
    params: Mapping[str, ParamValue]
    progress: Progress
    outcome: Outcome | None = None
    told: FrozenTrial | None = None


@dataclass(slots=True)
class _AtWork:
    """A generation that is being trained.

    Attributes:
        training: yields each rung's segments, and is sent their results.
        awaited: the trials of the rung at work.
        results: those of them that are in.
        passed: how many rungs are behind it.
    """

    training: Generator[list[Segment], Mapping[str, Progress], list[Row]]
    awaited: set[str] = field(default_factory=set)
    results: dict[str, Progress] = field(default_factory=dict)
    passed: int = 0

    def await_(self, segments: list[Segment]) -> list[Segment]:
        """Wait for what comes of these segments."""
        self.awaited = {trial.trial_id for segment in segments for trial in segment.trials}
        self.results = {}
        return segments


class Group:
    """Arms whose generations are trained together; with a lag, several of them at a time.

    Args:
        plan: the study.
        arms: of it, by name.
        layout: which trials are trained together.
        asked: generations so far.
        on_rung: is told what is trained.

    Attributes:
        asked: generations so far, those at work included.
        told: rows of its finished generations, by number, until the driver takes them; it alone
            knows what time a generation took.
    """

    def __init__(
        self, plan: Plan, arms: Mapping[str, ArmStudy], layout: Layout, asked: int, on_rung: Rung
    ) -> None:
        self.asked = asked
        self.told: dict[int, list[Row]] = {}
        self._plan, self._arms, self._layout, self._on_rung = plan, arms, layout, on_rung
        self._own_arms = [arm for arm in plan.arms if arm.name in arms]
        self._lags = lags_of(plan)
        self._at_work: dict[int, _AtWork] = {}

    @property
    def may_ask(self) -> bool:
        """Whether all is in that its next generation sees (see ``lag``)."""
        for rung, lag in enumerate(self._lags):  # what is older the generation before waited for
            seen = self._at_work.get(self.asked - 1 - lag)
            if seen is not None and seen.passed <= rung:
                return False
        return True

    def trains(self, segment: Segment) -> bool:
        """Tell whether a segment is one of its."""
        at_work = self._at_work.get(segment.generation)
        return at_work is not None and segment.trials[0].trial_id in at_work.awaited

    def begin(self) -> list[Segment]:
        """Ask its next generation; return the segments of the first rung."""
        begun = self._at_work[self.asked] = _AtWork(self._generation(self.asked))
        self.asked += 1
        return begun.await_(next(begun.training))

    def heed(self, segment: Segment, done: Sequence[Progress]) -> list[Segment]:
        """Take what came of a segment; return those that follow from it."""
        at_work = self._at_work[segment.generation]
        at_work.results |= {progress.trial_id: progress for progress in done}
        if len(at_work.results) < len(at_work.awaited):
            return []
        try:
            following = at_work.training.send(at_work.results)
        except StopIteration as ended:
            del self._at_work[segment.generation]
            self.told[segment.generation] = ended.value
            return []
        at_work.passed += 1
        return at_work.await_(following)

    # A generation ------------------------------------------------------------------------------

    def _generation(
        self, generation: int
    ) -> Generator[list[Segment], Mapping[str, Progress], list[Row]]:
        """Ask, train and tell a generation: yield each rung's segments, and be sent their results.

        Returns:
            Its rows, without the time that it took.
        """
        lanes = self._ask(generation)
        counters = {name: arm.counters for name, arm in self._arms.items()}
        reached("asked")
        passed, trained = 0, list[Segment]()
        for rung in self._plan.rungs:
            alive = [lane for lane in lanes if lane.outcome is None]
            if not alive:
                break
            trials = [lane.trial for lane in alive]
            self._on_rung(generation, rung, [trial.trial_id for trial in trials])
            segments = self._layout.segments(trials, from_epoch=passed, until_epoch=rung)
            trained = [
                replace(each, generation=generation, before=self._before(each, trained))
                for each in segments
            ]
            results = yield trained
            for lane in alive:
                self._report(lane, results[lane.trial.trial_id])
            if rung < self._plan.rungs[-1]:
                self._prune(alive)
            for lane in alive:
                if rung == self._plan.rungs[-1]:
                    lane.outcome = lane.outcome or Outcome.COMPLETE
                if lane.outcome is not None:  # generations to come may see that before this is over
                    lane.told = self._tell(lane, lane.outcome)
            passed = rung
        reached("trained")
        return [_row(self._plan, generation, lane, counters[lane.arm.name]) for lane in lanes]

    def _before(self, segment: Segment, trained: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return of the last rung's segments those that trained any of its trials, on a GPU.

        There states stay on the device, and whoever has them no more trains those segments again.
        """
        if self._layout.device == "cpu":
            return ()
        its = {trial.trial_id for trial in segment.trials}
        return tuple(
            each for each in trained if any(trial.trial_id in its for trial in each.trials)
        )

    def _ask(self, generation: int) -> list[Lane]:
        first = generation * self._plan.generation
        numbers = range(first, min(first + self._plan.generation, self._plan.trials_per_arm))
        lanes = []
        for arm in self._own_arms:
            asked = self._arms[arm.name].ask(generation, numbers)
            for number, params in zip(numbers, asked, strict=True):
                trial = self._plan.trial(arm, number, params)
                progress = Progress(trial_id=trial.trial_id, history=())
                lanes.append(Lane(arm, number, trial, arm.used(params), progress))
        return lanes

    def _report(self, lane: Lane, progress: Progress) -> None:
        if progress.failure is not None:  # what it had reached before stays true
            lane.progress = replace(lane.progress, failure=progress.failure)
            lane.outcome = Outcome.FAILED
            return
        new: Sequence[Epoch] = progress.history[len(lane.progress.history) :]
        self._arms[lane.arm.name].report(lane.number, new)
        lane.progress = progress
        if progress.diverged:
            lane.outcome = Outcome.DIVERGED

    def _prune(self, alive: Sequence[Lane]) -> None:
        """Decide at a rung, arm by arm, once every lane has reported.

        Trials that pass every rung are neither ranked nor counted: they take no other's place.
        """
        pruner = pruner_of(self._plan)
        for arm in self._own_arms:
            lanes = {
                lane.number: lane
                for lane in alive
                if lane.arm is arm
                and lane.outcome is None
                and not self._plan.finishes(arm, lane.number)
            }
            accuracies = {n: lane.progress.history[-1].valid_accuracy for n, lane in lanes.items()}
            for number in pruner.stopped(accuracies, self._arms[arm.name].should_prune):
                lanes[number].outcome = Outcome.PRUNED

    def _tell(self, lane: Lane, outcome: Outcome) -> FrozenTrial:
        best = best_epoch(lane.progress.history)
        value = None if best is None else best.valid_accuracy
        return self._arms[lane.arm.name].tell(lane.number, outcome, value)


def _row(plan: Plan, generation: int, lane: Lane, counters: Mapping[str, Any]) -> Row:
    assert lane.told is not None
    assert lane.outcome is not None
    history = lane.progress.history
    record = TrialRecord(
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
    return Row(record=record, trial=lane.told, counters=counters, seconds=0.0)
