"""How far a stage of a study is: what is finished, what is at work, and what is to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from fashion_bench.app.live import RunningTrial
from fashion_bench.plan import Plan
from fashion_bench.records import (
    Epoch,
    Outcome,
    Progress,
    Segment,
    TrialRecord,
    Underway,
    best_epoch,
)
from fashion_bench.search.pruning import epochs_ahead, expected_epochs, pruner_of


def begun_within(expected: Sequence[float], room: float) -> float:
    """Return the epochs of the generations that begin while no more than ``room`` are trained.

    Args:
        expected: the epochs from each of them on, as ``expected_epochs`` has them.
        room: epochs that there is time for; a generation that has begun is trained to its end.
    """
    until = (expected[0] - behind for behind in expected)
    return next((epochs for epochs in until if epochs >= room), expected[0])


@dataclass(slots=True)
class _Lane:
    """A trial of a generation at work.

    Attributes:
        arm: of it.
        number: in the arm.
        kept: whether it passes every rung.
        epochs: that it has behind it, a part of one included.
        base: where its segment began.
        settled: epochs of whole segments that this run trained.
        latest: its last epoch.
        best: its best epoch.
        training: whether it is being trained.
        over: whether it diverged or failed.
    """

    arm: str
    number: int
    kept: bool
    epochs: float = 0.0
    base: float = 0.0
    settled: int = 0
    latest: Epoch | None = None
    best: Epoch | None = None
    training: bool = False
    over: bool = False

    @property
    def fresh(self) -> float:
        """Epochs that this run trained."""
        return self.settled + (max(0.0, self.epochs - self.base) if self.training else 0.0)


@dataclass(slots=True)
class _Batch:
    """What was asked together: a generation of one arm, or of all.

    Attributes:
        lanes: its trials, by id.
        alive: those that no rung has stopped, as was told last.
        until: the rung that they are trained to.
    """

    lanes: dict[str, _Lane]
    alive: Sequence[str]
    until: int

    def going_on(self, last: int) -> list[_Lane]:
        """Return the lanes of which more comes, as far as is known.

        Args:
            last: the epoch that ends a trial.
        """
        alive = (self.lanes[trial_id] for trial_id in self.alive)
        return [lane for lane in alive if lane.training or not (lane.over or lane.epochs == last)]


class StageProgress:
    """A stage of a study as far as it is: what is finished of it, and the generations at work."""

    def __init__(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self.plan = plan
        self._expected = expected_epochs(plan)
        self._of_arm = {arm.name: expected_epochs(plan, [arm]) for arm in plan.arms}
        self._generations = -(-len(done) // (len(plan.arms) * plan.generation))
        self._trials = self._epochs = 0
        self._fresh = 0.0
        self._best: dict[tuple[str, bool], float] = {}  # by arm, and whether of complete trials
        self._lanes: dict[str, _Lane] = {}
        self._batches: list[_Batch] = []
        self._over = False
        self._add(done)

    def _add(self, records: Sequence[TrialRecord]) -> None:
        self._trials += len(records)
        for record in records:
            self._epochs += len(record.history)
            if record.value is not None:
                key = record.arm, record.outcome is Outcome.COMPLETE
                self._best[key] = max(record.value, self._best.get(key, 0.0))

    # What the driver tells -----------------------------------------------------------------------

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """See ``Reporter``."""
        for batch in self._batches:
            if trial_ids[0] in batch.lanes:
                batch.alive, batch.until = trial_ids, until_epoch
                return
        lanes = {trial_id: self._lane(trial_id) for trial_id in trial_ids}
        self._batches.append(_Batch(lanes, trial_ids, until_epoch))
        self._lanes |= lanes

    def _lane(self, trial_id: str) -> _Lane:
        name, _, number = trial_id.removeprefix(f"{self.plan.name}.").rpartition("-")
        arm = next(arm for arm in self.plan.arms if arm.name == name)
        return _Lane(name, int(number), self.plan.finishes(arm, int(number)))

    def underway(self, segment: Segment, underway: Underway) -> None:
        """See ``Reporter``."""
        for trial in segment.trials:
            lane = self._lanes[trial.trial_id]
            if not lane.training:
                lane.training, lane.base = True, underway.epochs
            lane.epochs = underway.epochs
            if (latest := underway.latest.get(trial.trial_id)) is not None:
                lane.latest = latest
                lane.best = best_epoch([each for each in (lane.best, latest) if each])
                if latest.diverged:
                    lane.epochs = latest.epoch

    def advanced(self, progress: Progress, since: float) -> None:
        """See ``Reporter``; epochs that ended before ``since`` were trained by a run before."""
        lane = self._lanes[progress.trial_id]
        lane.training = False
        if progress.failure is not None or not progress.history:
            lane.over, lane.best, lane.epochs = True, None, int(lane.epochs)
            return
        lane.epochs, lane.over = len(progress.history), progress.diverged
        lane.settled = sum(epoch.ended_at >= since for epoch in progress.history)
        lane.latest, lane.best = progress.history[-1], best_epoch(progress.history)

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """See ``Reporter``."""
        whole = {record.trial_id for record in records}
        self._batches = [batch for batch in self._batches if not whole & batch.lanes.keys()]
        self._fresh += sum(
            self._lanes.pop(trial_id).fresh for trial_id in whole & self._lanes.keys()
        )
        self._generations += 1
        self._add(records)

    def trained(self) -> None:
        """Nothing more of it is trained, even if it was planned."""
        self._over = True

    # What that comes to --------------------------------------------------------------------------

    @property
    def fresh(self) -> float:
        """Epochs that this run trained."""
        return self._fresh + sum(lane.fresh for lane in self._lanes.values())

    @property
    def done(self) -> float:
        """Epochs done, parts of those at work included."""
        return self._epochs + sum(lane.epochs for lane in self._lanes.values())

    @property
    def trials_done(self) -> int:
        """Finished trials, also of the generations at work."""
        return self._trials + len(self._lanes) - len(self._going_on())

    def _going_on(self) -> list[_Lane]:
        """Return the lanes of which more comes, as far as is known."""
        return [lane for batch in self._batches for lane in batch.going_on(self._last)]

    @property
    def _last(self) -> int:
        return self.plan.recipe.epochs

    def ahead(self, room: float = inf) -> float:
        """Return the epochs to come, those off that the pruner is expected to save.

        Where Optuna decides, it is expected to save what it has saved so far. What one arm has
        begun the others train, too.

        Args:
            room: epochs after which no generation begins.
        """
        if self._over:
            return 0.0
        here = sum(self._of_batch(batch) for batch in self._batches)
        asked = {arm.name: self._generations for arm in self.plan.arms}
        for batch in self._batches:
            for arm in {lane.arm for lane in batch.lanes.values()}:
                asked[arm] += 1
        begun = min(max(asked.values()), len(self._expected) - 1)
        behind = sum(own[asked[arm]] - own[begun] for arm, own in self._of_arm.items())
        finished = self._expected[0] - self._expected[self._generations]
        saved = self._epochs / finished if finished and self._epochs else 1.0
        room = (room - here) / saved - behind
        return here + saved * (behind + begun_within(self._expected[begun:], room))

    def _of_batch(self, batch: _Batch) -> float:
        """Return the epochs that lanes have ahead, to their rung and behind it."""
        lanes = batch.going_on(self._last)
        epochs = sum(max(0.0, batch.until - lane.epochs) for lane in lanes)
        for arm in self.plan.arms:
            kept = [lane.kept for lane in lanes if lane.arm == arm.name]
            free = pruner_of(self.plan).going_on(len(kept) - sum(kept))
            epochs += epochs_ahead(self.plan, free, sum(kept), batch.until)
        return epochs

    @property
    def most_ahead(self) -> float:
        """Epochs to come if nothing is pruned any more."""
        if self._over:
            return 0.0
        unasked = self.plan.planned - self._trials - len(self._lanes)
        here = sum(max(0.0, self._last - lane.epochs) for lane in self._going_on())
        return here + unasked * self._last

    @property
    def at_most(self) -> bool:
        """Whether nothing tells what the pruner saves, or looks or a plateau may end it."""
        unknown = self.plan.pruner.name not in ("none", "halving") and not self._trials
        return self.plan.look is not None or self.plan.plateau is not None or unknown

    @property
    def best(self) -> dict[str, float]:
        """The best accuracy of each arm, as ``Live`` has it."""
        best = dict(self._best)
        for lane in self._lanes.values():
            if lane.best is not None:
                key = lane.arm, lane.epochs == self._last and not (lane.over or lane.training)
                best[key] = max(lane.best.valid_accuracy, best.get(key, 0.0))
        of = {
            arm.name: best.get((arm.name, True), best.get((arm.name, False)))
            for arm in self.plan.arms
        }
        return {arm: value for arm, value in of.items() if value is not None}

    @property
    def running(self) -> tuple[RunningTrial, ...]:
        """The trials at work."""
        return tuple(
            RunningTrial(
                arm=lane.arm,
                number=lane.number,
                epoch=0 if lane.latest is None else lane.latest.epoch,
                valid_accuracy=None if lane.latest is None else lane.latest.valid_accuracy,
            )
            for lane in self._lanes.values()
            if lane.training
        )
