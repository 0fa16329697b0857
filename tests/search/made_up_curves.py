"""Learning curves without learning: what a trial scores is a formula of its configuration."""

import math
from collections.abc import Callable, Sequence

from fashion_bench.config import TrialConfig
from fashion_bench.records import Epoch, Progress, Segment, TrialRecord
from fashion_bench.rng import derive
from fashion_bench.search.plan import Plan

DIVERGES_ABOVE = 5e-2  # learning rate


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def epoch_of(config: TrialConfig, epoch: int) -> Epoch:
    """Best near lr 1e-3, better when wider, with noise of the seed; diverges at a high lr."""
    off = abs(math.log10(config.hyper.lr) + 3) + abs(config.hyper.dropout - 0.3)
    noise = derive("made up", config.seed, epoch, bits=20) / 2**20
    accuracy = 0.9 - 0.05 * off - 0.3 / (epoch + 1) + 0.01 * noise + config.widths[0] / 1e5
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


class MadeUp:
    """Runs segments by formula, in the order given or its reverse, and counts what it was asked.

    Args:
        kill_after: so many segments, then raises ``Killed``.
        fails: says which trials have no result at their second rung.
        backwards: finish the segments in reverse order, as workers may.
    """

    def __init__(
        self,
        kill_after: int | None = None,
        fails: Callable[[str], bool] = lambda _: False,
        backwards: bool = False,
    ) -> None:
        self.kill_after, self.fails, self.backwards = kill_after, fails, backwards
        self.segments: list[Segment] = []

    def run(
        self,
        segments: Sequence[Segment],
        on_done: Callable[[Segment, tuple[Progress, ...]], None],
    ) -> list[tuple[Progress, ...]]:
        """See ``Executor.run``."""
        results = {}
        for segment in reversed(segments) if self.backwards else segments:
            if self.kill_after is not None and len(self.segments) >= self.kill_after:
                raise Killed
            self.segments.append(segment)
            results[segment] = tuple(map(lambda t, s=segment: self._train(t, s), segment.trials))
            on_done(segment, results[segment])
        return [results[segment] for segment in segments]

    def _train(self, trial, segment: Segment) -> Progress:
        if segment.from_epoch and self.fails(trial.trial_id):
            return Progress(trial_id=trial.trial_id, history=(), failure="it was told to fail")
        history: list[Epoch] = []
        for epoch in range(1, segment.until_epoch + 1):
            history.append(epoch_of(trial.config, epoch))
            if history[-1].diverged:
                break
        return Progress(trial_id=trial.trial_id, history=tuple(history), checkpoint_sha256="0" * 64)


class Silent:
    """A watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[TrialRecord] = []
        self.began_with: int | None = None

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """See ``Watcher``."""
        self.began_with = len(done)

    def rung(self, generation: int, until_epoch: int, lanes: int) -> None:
        """See ``Watcher``."""

    def advanced(self, progress: Progress) -> None:
        """See ``Watcher``."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """See ``Watcher``."""
        self.told += records
