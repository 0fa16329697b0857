"""What a run of a whole study is at: worked out from what its driver tells, shown and written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from fashion_bench.app.live import Doing, Live, RunningTrial, write_live
from fashion_bench.app.runs_folder import RunsFolder
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
from fashion_bench.search import driver
from fashion_bench.search.pruning import epochs_ahead, pruner_of

SHOWN_EVERY = 0.25  # seconds
WRITTEN_EVERY = 1.0  # seconds
ENOUGH = 1.0  # seconds of training that tell how long an epoch takes


class Reporter(driver.Reporter, Protocol):
    """Reports how a study goes on, and is shown what it is at."""

    def show(self, live: Live) -> None:
        """What the run is at now, a few times a second at most."""


class Following(driver.Reporter):
    """Follows a run of a whole study: passes on what is told, and shows and writes what it is at.

    Args:
        reporter: is told everything and shown what the run is at.
        runs_folder: where that is written, too.
        whole: the study's plan.
        command: what goes on with it; empty where it is no command.
    """

    def __init__(
        self, reporter: Reporter, runs_folder: RunsFolder, whole: Plan, command: str
    ) -> None:
        self._reporter, self._runs_folder = reporter, runs_folder
        self._whole, self._command = whole, command
        self._epochs_of = {stage: _epochs_of(whole, stage) for stage in whole.stages}
        self._pace = _Pace()
        self._stage = _Stage(whole, ())
        self._earlier = 0.0  # epochs of the stages before
        self._spent = 0.0  # seconds that the stage took before this run
        self._resumed = False
        self._doing: Doing = "starting"
        self._handled = 0
        self._next_shown = self._next_written = 0.0

    def say(self, line: str) -> None:
        """See ``Reporter``."""
        self._reporter.say(line)

    def opened(self, *, resumed: bool) -> None:
        """The next stage is open in the ledger, as it may have been before."""
        self._resumed = resumed

    def entered(self, plan: Plan, done: Sequence[TrialRecord], seconds: float) -> None:
        """It goes on after these trials, whose generations took so long."""
        self._earlier += self._stage.done
        self._spent = seconds
        self._pace.past_seconds += seconds
        self._pace.past_epochs += sum(len(record.history) for record in done)
        self._begin(plan, done)

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """See ``Reporter``."""
        self._begin(plan, done)
        self._reporter.begun(plan, done)

    def _begin(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self._pace.pause()
        self._stage, self._doing = _Stage(plan, done), "starting"
        self._show(now=True)

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """See ``Reporter``."""
        self._stage.rung(generation, until_epoch, trial_ids)
        self._reporter.rung(generation, until_epoch, trial_ids)

    def underway(self, segment: Segment, underway: Underway) -> None:
        """See ``Reporter``."""
        self._doing = "training"
        self._stage.underway(segment, underway)
        if underway.epochs > segment.from_epoch:  # not with the first step, which may be slow
            self._pace.note(self._stage.fresh)
        self._reporter.underway(segment, underway)
        self._show()

    def advanced(self, progress: Progress) -> None:
        """See ``Reporter``."""
        self._stage.advanced(progress, since=self._pace.since)
        self._pace.note(self._stage.fresh)
        self._reporter.advanced(progress)
        self._show()

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """See ``Reporter``."""
        self._stage.finished(records)
        self._show(now=True)
        self._reporter.finished(records)

    def measuring(self, trials: int) -> None:
        """So many trials are measured on the test images."""
        self._handle("measuring", trials)

    def recording(self, trials: int) -> None:
        """So many trials are in MLflow, which is waited for."""
        self._handle("recording", trials)

    def ended(self) -> None:
        """The run came to its end."""
        self._doing = "ended"
        self._show(now=True)

    def _handle(self, doing: Doing, trials: int) -> None:
        changed, self._doing, self._handled = doing != self._doing, doing, trials
        self._show(now=changed)

    def _show(self, *, now: bool = False) -> None:
        clock = time.monotonic()
        if not now and clock < self._next_shown:
            return
        live = self._live()
        self._next_shown = clock + SHOWN_EVERY
        self._reporter.show(live)
        if now or clock >= self._next_written:
            self._next_written = clock + WRITTEN_EVERY
            write_live(self._runs_folder, self._whole.name, live)

    def _live(self) -> Live:
        stage, plan, stages = self._stage, self._stage.plan, self._whole.stages
        number = stages.index(plan.stage) if plan.stage in stages else 0
        ended = self._doing == "ended"
        ahead = 0.0 if ended else stage.ahead
        later = 0.0 if ended else sum(self._epochs_of[one] for one in stages[number + 1 :])
        done = self._earlier + stage.done
        return Live(
            stage=plan.name,
            doing=self._doing,
            trials_done=stage.trials_done,
            trials_planned=plan.planned,
            epochs_done=int(stage.done),
            epochs_planned=int(stage.done + stage.most_ahead),
            epochs=plan.recipe.epochs,
            seconds_left=self._seconds_left(ahead, later),
            best=stage.best,
            running=stage.running,
            written_at=time.time(),
            share=done / total if (total := done + ahead + later) else 1.0,
            at_most=stage.at_most,
            stage_number=number + 1,
            stages=max(1, len(stages)),
            handled=self._handled,
            resumed=self._resumed,
            command=self._command,
        )

    def _seconds_left(self, ahead: float, later: float) -> float | None:
        each, plan = self._pace.seconds_per_epoch, self._stage.plan
        if each is None:
            return None
        here = ahead * each
        if plan.minutes is not None:  # no generation starts after that
            here = min(here, max(0.0, 60 * plan.minutes - self._spent - self._pace.seconds))
        return here + later * each


def _epochs_of(plan: Plan, stage: str) -> float:
    """Return the epochs that are expected of a stage that has not begun."""
    if stage == "search":
        return _expected(plan)[0]
    trials = plan.confirm.top * plan.confirm.seeds if plan.confirm and stage == "confirm" else 0
    return trials * len(plan.arms) * plan.recipe.epochs


def _expected(plan: Plan) -> list[float]:
    """Return the epochs of a stage from each generation on, and 0 behind the last."""
    each = []
    for first in range(0, plan.trials_per_arm, plan.generation):
        numbers = range(first, min(first + plan.generation, plan.trials_per_arm))
        kept = [sum(plan.finishes(arm, number) for number in numbers) for arm in plan.arms]
        each.append(sum(epochs_ahead(plan, len(numbers) - n, n) for n in kept))
    return list(accumulate(reversed(each), initial=0.0))[::-1]


class _Pace:
    """How long an epoch takes this run, all its workers together.

    Before it has trained for long enough, what the generations before it took counts.
    """

    def __init__(self) -> None:
        self.since = (
            time.time()
        )  # Unix time: an epoch that ended before was trained by a run before
        self.past_seconds = 0.0
        self.past_epochs = 0
        self._epochs = self._seconds = 0.0  # of stages that are over
        self._first: tuple[float, float] | None = None  # epochs trained, and when
        self._last = (0.0, 0.0)

    def note(self, epochs: float) -> None:
        """So many epochs of the stage have been trained by this run."""
        self._last = (epochs, time.monotonic())
        self._first = self._first or self._last

    def pause(self) -> None:
        """Let the time until the next note not count."""
        self._epochs, self._seconds = self._trained()
        self._first = None

    def _trained(self) -> tuple[float, float]:
        if self._first is None:
            return self._epochs, self._seconds
        (epochs, began), (now, ended) = self._first, self._last
        return self._epochs + now - epochs, self._seconds + ended - began

    @property
    def seconds(self) -> float:
        """What training the present stage took this run."""
        return self._last[1] - self._first[1] if self._first else 0.0

    @property
    def seconds_per_epoch(self) -> float | None:
        """Wall time, ``None`` where nothing tells."""
        epochs, seconds = self._trained()
        if seconds >= ENOUGH and epochs > 0:
            return seconds / epochs
        return self.past_seconds / self.past_epochs if self.past_epochs else None


@dataclass(slots=True)
class _Lane:
    """A trial of the generation at work.

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


class _Stage:
    """A stage of a study as far as it is: what is finished of it, and the generation at work."""

    def __init__(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self.plan = plan
        self._expected = _expected(plan)
        self._generations = -(-len(done) // (len(plan.arms) * plan.generation))
        self._trials = self._epochs = 0
        self._fresh = 0.0
        self._best: dict[tuple[str, bool], float] = {}  # by arm, and whether of complete trials
        self._lanes: dict[str, _Lane] = {}
        self._alive: Sequence[str] = ()
        self._until = 0
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
        self._alive, self._until = trial_ids, until_epoch
        if not self._lanes:
            self._lanes = {trial_id: self._lane(trial_id) for trial_id in trial_ids}

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
        self._fresh = self.fresh
        self._lanes, self._alive = {}, ()
        self._generations += 1
        self._add(records)

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
        """Finished trials, also of the generation at work."""
        return self._trials + len(self._lanes) - len(self._going_on())

    def _going_on(self) -> list[_Lane]:
        """Return the lanes of which more comes, as far as is known."""
        last = self.plan.recipe.epochs
        alive = (self._lanes[trial_id] for trial_id in self._alive)
        return [lane for lane in alive if lane.training or not (lane.over or lane.epochs == last)]

    @property
    def ahead(self) -> float:
        """Epochs to come, those off that the pruner is expected to save.

        Where Optuna decides, it is expected to save what it has saved so far.
        """
        lanes = self._going_on()
        here = sum(max(0.0, self._until - lane.epochs) for lane in lanes)
        here += sum(self._behind_the_rung(lanes, arm) for arm in self.plan.arms)
        finished = self._expected[0] - self._expected[self._generations]
        saved = self._epochs / finished if finished and self._epochs else 1.0
        return here + saved * self._later

    def _behind_the_rung(self, lanes: Sequence[_Lane], arm: ArmPlan) -> int:
        kept = [lane.kept for lane in lanes if lane.arm == arm.name]
        free = pruner_of(self.plan).going_on(len(kept) - sum(kept))
        return epochs_ahead(self.plan, free, sum(kept), self._until)

    @property
    def _later(self) -> float:
        """Epochs of the generations behind the one at work, or that is to come."""
        return self._expected[min(self._generations + bool(self._lanes), len(self._expected) - 1)]

    @property
    def most_ahead(self) -> float:
        """Epochs to come if nothing is pruned any more."""
        epochs = self.plan.recipe.epochs
        unasked = self.plan.planned - self._trials - len(self._lanes)
        here = sum(max(0.0, epochs - lane.epochs) for lane in self._going_on())
        return here + unasked * epochs

    @property
    def at_most(self) -> bool:
        """Whether nothing tells what the pruner saves, or looks may end it."""
        unknown = self.plan.pruner.name not in ("none", "halving") and not self._trials
        return self.plan.look is not None or unknown

    @property
    def best(self) -> dict[str, float]:
        """The best accuracy of each arm, as ``Live`` has it."""
        best, last = dict(self._best), self.plan.recipe.epochs
        for lane in self._lanes.values():
            if lane.best is not None:
                key = lane.arm, lane.epochs == last and not (lane.over or lane.training)
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
