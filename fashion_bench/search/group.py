"""A group of arms that goes on together: asks a generation, trains it rung by rung, prunes, tells.

What an arm asks and prunes hangs on its own trials alone. So a group knows nothing of the others:
where trials are trained one by one each arm is a group; in cohorts of several, all arms are one.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from optuna.trial import FrozenTrial

from fashion_bench.config import ParamValue, Trial
from fashion_bench.faults import reached
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import Epoch, Outcome, Progress, Segment, TrialRecord, best_epoch
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


class Group:
    """Arms whose generations are trained together, one after the other.

    Args:
        plan: the study.
        arms: of it, by name.
        layout: which trials are trained together.
        asked: generations so far.
        on_rung: is told what is trained.

    Attributes:
        asked: generations so far, the one at work included.
        told: rows of its finished generations, until the driver takes them; it alone knows what
            time a generation took.
    """

    def __init__(
        self, plan: Plan, arms: Mapping[str, ArmStudy], layout: Layout, asked: int, on_rung: Rung
    ) -> None:
        self.asked = asked
        self.told: list[list[Row]] = []
        self._plan, self._arms, self._layout, self._on_rung = plan, arms, layout, on_rung
        self._training: Generator[list[Segment], Mapping[str, Progress], list[Row]] | None = None
        self._awaited: set[str] = set()
        self._results: dict[str, Progress] = {}

    @property
    def idle(self) -> bool:
        """Whether its last generation is finished."""
        return self._training is None

    def trains(self, segment: Segment) -> bool:
        """Tell whether a segment is one of its."""
        return segment.trials[0].trial_id in self._awaited

    def begin(self) -> list[Segment]:
        """Ask its next generation; return the segments of the first rung."""
        self._training = self._generation(self.asked)
        self.asked += 1
        return self._await(next(self._training))

    def heed(self, done: Sequence[Progress]) -> list[Segment]:
        """Take what came of a segment; return those that follow from it."""
        self._results |= {progress.trial_id: progress for progress in done}
        if self._training is None or len(self._results) < len(self._awaited):
            return []
        try:
            return self._await(self._training.send(self._results))
        except StopIteration as ended:
            self._training = None
            self.told.append(ended.value)
            return self._await([])

    def _await(self, segments: list[Segment]) -> list[Segment]:
        self._awaited = {trial.trial_id for segment in segments for trial in segment.trials}
        self._results = {}
        return segments

    # A generation ------------------------------------------------------------------------------

    def _generation(
        self, generation: int
    ) -> Generator[list[Segment], Mapping[str, Progress], list[Row]]:
        """Ask, train and tell a generation: yield each rung's segments, and be sent their results.

        Returns:
            Its rows, without the time that it took.
        """
        lanes = self._ask(generation)
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
            passed = rung
        for lane in lanes:
            lane.outcome = lane.outcome or Outcome.COMPLETE
        reached("trained")
        told = [(lane, self._tell(lane)) for lane in lanes]
        return [
            Row(
                record=_record(self._plan, generation, lane),
                trial=frozen,
                counters=self._arms[lane.arm.name].counters,
                seconds=0.0,
            )
            for lane, frozen in told
        ]

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

    @property
    def _own_arms(self) -> list[ArmPlan]:
        return [arm for arm in self._plan.arms if arm.name in self._arms]

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

    def _tell(self, lane: Lane) -> FrozenTrial:
        assert lane.outcome is not None
        best = best_epoch(lane.progress.history)
        value = None if best is None else best.valid_accuracy
        return self._arms[lane.arm.name].tell(lane.number, lane.outcome, value)


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
