"""What a run of a whole study is at: worked out from what its driver tells, shown and written."""

import time
from collections.abc import Sequence
from math import inf
from typing import Protocol

from fashion_bench.app.live import Doing, Live, write_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.stage_progress import StageProgress, begun_within
from fashion_bench.clock import awake
from fashion_bench.plan import Plan, Stage
from fashion_bench.records import Progress, Segment, TrialRecord, Underway
from fashion_bench.search import driver
from fashion_bench.search.pruning import epochs_of, expected_epochs

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
        self._epochs_from = {stage: _epochs_from(whole, stage) for stage in whole.stages}
        self._pace = _Pace()
        self._stage = StageProgress(whole, ())
        self._earlier = 0.0  # epochs of the stages before
        self._spent = 0.0  # seconds that the stage took in runs before
        self._asked: float | None = None  # when this run began to train it
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

    def trained(self) -> None:
        """The stage has all its trials, which may be fewer than planned."""
        self._stage.trained()
        self._show(now=True)

    def _begin(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self._pace.pause()
        self._stage, self._doing, self._asked = StageProgress(plan, done), "starting", None
        self._show(now=True)

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """See ``Reporter``."""
        self._asked = awake() if self._asked is None else self._asked
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
        clock = awake()
        if not now and clock < self._next_shown:
            return
        live = self._live()
        self._next_shown = clock + SHOWN_EVERY
        self._reporter.show(live)
        if now or clock >= self._next_written:
            self._next_written = clock + WRITTEN_EVERY
            write_live(self._runs_folder, self._whole.name, live)

    def _seconds(self) -> float:
        """Return what the stage took so far, as its budget counts it: from the first asking on."""
        return self._spent + (awake() - self._asked if self._asked is not None else 0.0)

    def _room(self) -> float:
        """Return how many epochs there is time for until no generation begins any more."""
        minutes, each = self._whole.minutes, self._pace.seconds_per_epoch
        if minutes is None or each is None:
            return inf
        searching = self._stage.plan.stage == "search"
        return (60 * minutes - (self._seconds() if searching else 0.0)) / each

    def _live(self) -> Live:
        stage, plan, stages = self._stage, self._stage.plan, self._whole.stages
        number = stages.index(plan.stage) if plan.stage in stages else 0
        ended, room, each = self._doing == "ended", self._room(), self._pace.seconds_per_epoch
        ahead = 0.0 if ended else stage.ahead(room if plan.stage == "search" else inf)
        later = 0.0 if ended else sum(self._later(one, room) for one in stages[number + 1 :])
        done = self._earlier + stage.done
        return Live(
            stage=plan.name,
            doing=self._doing,
            trials_done=stage.trials_done,
            trials_planned=plan.planned,
            epochs_done=int(stage.done),
            epochs_planned=int(stage.done + stage.most_ahead),
            epochs=plan.recipe.epochs,
            seconds_left=None if each is None else (ahead + later) * each,
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

    def _later(self, stage: Stage, room: float) -> float:
        """Return the epochs that are expected of a stage that has not begun."""
        return begun_within(self._epochs_from[stage], room if stage == "search" else inf)


def _epochs_from(plan: Plan, stage: Stage) -> list[float]:
    """Return the epochs that are expected of a stage from each generation on."""
    return expected_epochs(plan) if stage == "search" else [epochs_of(plan, stage), 0.0]


class _Pace:
    """How long an epoch takes this run, all its workers together.

    Before it has trained for long enough, what the generations before it took counts.
    """

    def __init__(self) -> None:
        self._began, self._began_awake = time.time(), awake()
        self.past_seconds = 0.0
        self.past_epochs = 0
        self._epochs = self._seconds = 0.0  # of stages that are over
        self._first: tuple[float, float] | None = None  # epochs trained, and when
        self._last = (0.0, 0.0)

    @property
    def since(self) -> float:
        """Unix time: an epoch that ended before was trained by a run before.

        By the clock as it is set now, where that was set back meanwhile.
        """
        return min(self._began, time.time() - (awake() - self._began_awake))

    def note(self, epochs: float) -> None:
        """So many epochs of the stage have been trained by this run."""
        self._last = (epochs, awake())
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
    def seconds_per_epoch(self) -> float | None:
        """Wall time, ``None`` where nothing tells."""
        epochs, seconds = self._trained()
        if seconds >= ENOUGH and epochs > 0:
            return seconds / epochs
        return self.past_seconds / self.past_epochs if self.past_epochs else None
