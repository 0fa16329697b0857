"""Learning curves without learning: what a trial scores is a formula of its configuration.

The only ones there are: for tests of the driver and of executors, and for the benchmark's search.
What is heavy is imported where it is used, as worker processes import this too.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from fashion_bench.config import Trial, TrialConfig
from fashion_bench.records import Epoch, Progress, Segment, TrialRecord, Underway, unheard
from fashion_bench.rng import derive
from tests.networks import widths_of

if TYPE_CHECKING:
    from fashion_bench.app.live import Live
    from fashion_bench.plan import Plan
    from fashion_bench.records import OnDone, OnUnderway
    from fashion_bench.search.driver import Reporter
    from fashion_bench.search.ledger import Ledger
    from fashion_bench.search.resolve import StudyFile

DIVERGES_ABOVE = 5e-2  # learning rate
GENERATION = 64  # trials, in the studies of ``study_made_up``


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def epoch_of(config: TrialConfig, epoch: int) -> Epoch:
    """Best near lr 1e-3, better when wider, with noise of the seed; diverges at a high lr."""
    off = abs(math.log10(config.hyper.lr) + 3) + abs(config.hyper.dropout - 0.3)
    noise = derive("made up", config.seed, epoch, bits=20) / 2**20
    accuracy = 0.9 - 0.05 * off - 0.3 / (epoch + 1) + 0.01 * noise + widths_of(config)[0] / 1e5
    diverged = config.hyper.lr > DIVERGES_ABOVE and epoch == 2
    return Epoch(
        epoch=epoch,
        train_loss=math.nan if diverged else 1 - accuracy,
        train_accuracy=accuracy,
        valid_loss=math.nan if diverged else 1 - accuracy,
        valid_accuracy=accuracy,
        seconds=1.0,
        ended_at=1e9 + epoch,
        diverged=diverged,
    )


def curve(trial: Trial, until_epoch: int) -> Progress:
    """A trial's history until an epoch, or until it diverges; it depends on the trial alone."""
    history: list[Epoch] = []
    for epoch in range(1, until_epoch + 1):
        history.append(epoch_of(trial.config, epoch))
        if history[-1].diverged:
            break
    return Progress(trial_id=trial.trial_id, history=tuple(history), checkpoint_sha256="0" * 64)


class MadeUp:
    """Runs segments by formula and counts what it was asked.

    Args:
        kill_after: so many segments, then raises ``Killed``.
        fails: says which trials have no result at their second rung.
        backwards: finish the segment that was given last, as workers may.
        draw: draws which one of those that wait is finished next, in the place of an order.
    """

    def __init__(
        self,
        kill_after: int | None = None,
        fails: Callable[[str], bool] = lambda _: False,
        backwards: bool = False,
        draw: Random | None = None,
    ) -> None:
        self.kill_after, self.fails, self.backwards = kill_after, fails, backwards
        self.draw = draw
        self.segments: list[Segment] = []

    def run(
        self,
        segments: Sequence[Segment],
        on_done: "OnDone",
        on_underway: "OnUnderway" = unheard,
    ) -> None:
        """See ``Executor.run``."""
        waiting = list(segments)
        while waiting:
            if self.kill_after is not None and len(self.segments) >= self.kill_after:
                raise Killed
            segment = waiting.pop(self._next(waiting))
            self.segments.append(segment)
            on_underway(segment, Underway(epochs=segment.from_epoch, latest={}))
            done = tuple(self._train(trial, segment) for trial in segment.trials)
            waiting += on_done(segment, done)

    def _next(self, waiting: Sequence[Segment]) -> int:
        if self.draw is not None:
            return self.draw.randrange(len(waiting))
        if self.backwards:
            return -1
        return min(range(len(waiting)), key=lambda place: waiting[place].generation)

    def _train(self, trial: Trial, segment: Segment) -> Progress:
        if segment.from_epoch and self.fails(trial.trial_id):
            return Progress(trial_id=trial.trial_id, history=(), failure="it was told to fail")
        return curve(trial, segment.until_epoch)


class Silent:
    """A reporter that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[TrialRecord] = []
        self.began_with: int | None = None

    def say(self, line: str) -> None:
        """See ``Reporter``."""

    def begun(self, plan: "Plan", done: Sequence[TrialRecord]) -> None:
        """See ``Reporter``."""
        self.began_with = len(done)

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """See ``Reporter``."""

    def underway(self, segment: Segment, underway: Underway) -> None:
        """See ``Reporter``."""

    def show(self, live: "Live") -> None:
        """See ``app.following.Reporter``."""

    def advanced(self, progress: Progress) -> None:
        """See ``Reporter``."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """See ``Reporter``."""
        self.told += records


def study_made_up(sampler: str, trials: int, **budget: float) -> "StudyFile":
    """A study of three parameters in one arm, of whole generations, with more of a budget."""
    from fashion_bench.search.resolve import StudyFile, plan_of
    from fashion_bench.search.spec import parse

    file = {
        "name": "search",
        "question": "What does the search cost?",
        "seed": 1234,
        "model": "mlp",
        "epochs": 10,
        "nuisance": {
            "hidden": [64, 250, 256],
            "lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "dropout": {"low": 0.0, "high": 0.6},
        },
        "arms": {"all": {}},
        "search": {"sampler": sampler, "generation": GENERATION},
        "budget": {"trials_per_arm": trials - trials % GENERATION, **budget},
    }
    spec = parse(file, "made_up.toml")
    plan = plan_of(spec, "made_up.toml")
    return StudyFile(where="made_up.toml", text="", spec=spec, plan=plan)


def drive_made_up(
    asked: "StudyFile", folder: Path, reporter: "Reporter", made_up: MadeUp | None = None
) -> "Ledger":
    """Drive a study into a new ledger in this folder: all that a study costs but the training."""
    from fashion_bench.search.driver import drive
    from fashion_bench.search.layout import Layout
    from fashion_bench.search.ledger import Ledger

    ledger = Ledger(folder / "ledger.db")
    plan = asked.plan
    layout = Layout(device="cpu", lanes=1, padded_widths=plan.padded_widths)
    ledger.open(asked, layout=layout, provenance={})
    past, run = ledger.past(plan), (made_up or MadeUp()).run
    drive(plan, past, layout=layout, run=run, append=ledger.append, reporter=reporter)
    return ledger
