"""What every executor offers, and what it is given: segments, and a way to train one."""

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from traceback import format_exc
from typing import NamedTuple, Protocol, Self, TypeVar

from fashion_bench.errors import FashionBenchError, MachineError, SegmentError, chain, said
from fashion_bench.records import OnDone, OnUnderway, Progress, Segment, Tell, Underway, unheard

Made = TypeVar("Made")

# Trains one segment, telling how far it is; returns the progress of its trials, in their order.
Train = Callable[[Segment, Tell], tuple[Progress, ...]]

# Called once in each worker, to load the data and set up. It travels to the worker pickled: a
# function of an importable module (not of `__main__`), or a functools.partial of one.
MakeTrain = Callable[[], Train]


class Executor(Protocol):
    """Runs segments somewhere; what comes of them does not depend on where."""

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """Run the segments and all that follow from them.

        Workers that are free take the next one: of the earliest generation, in the order given. A
        trial that fails by what it does is a ``Progress`` with a ``failure`` and no history, and
        the rest go on.

        Args:
            segments: what to train first.
            on_done: called in this thread with each segment that ends, in order of ending; what it
                returns is to be trained as well.
            on_underway: called in this thread with each segment that begins, and with how far it
                is, a few times a second at most, until it ends.

        Raises:
            FashionBenchError: raised by the training; no later segment could do better.
            SegmentError: a segment could not be trained, which is not known to be its trials' fault
                (decision 72).
        """
        ...

    def close(self) -> None:
        """End whatever it started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Turn(NamedTuple):
    """A segment that waits, and what comes before what: it sorts as it is to be trained."""

    generation: int
    number: int
    segment: Segment


class Waiting:
    """Segments that wait for a worker: the earliest generation first, then in the order given.

    Args:
        segments: that wait first.
        on_done: see ``Executor.run``.
    """

    def __init__(self, segments: Iterable[Segment], on_done: OnDone) -> None:
        self._turns: list[Turn] = []
        self._numbers = count()
        self._on_done = on_done
        self._add(segments)

    def __len__(self) -> int:
        return len(self._turns)

    def _add(self, segments: Iterable[Segment]) -> None:
        """Let them wait behind those of their generation."""
        for segment in segments:
            self.put_back(Turn(segment.generation, next(self._numbers), segment))

    def finish(self, segment: Segment, progress: tuple[Progress, ...]) -> None:
        """Tell what came of a segment, and let those wait that follow from it."""
        self._add(self._on_done(segment, progress))

    def put_back(self, turn: Turn) -> None:
        """Let one wait where it was."""
        heappush(self._turns, turn)

    def take(self, suits: Callable[[Segment], bool] = lambda _: True) -> Turn | None:
        """Return the next one that suits, which waits no more; ``None`` if none does."""
        passed: list[Turn] = []
        found = None
        while self._turns and found is None:
            turn = heappop(self._turns)
            if suits(turn.segment):
                found = turn
            else:
                passed.append(turn)
        for turn in passed:
            self.put_back(turn)
        return found


# One try at a segment: what fails in a trial is data, what fails for all is raised --------------

# What the system lacks or cannot do, whoever's code meets it: memory, room, files, an answer.
_OF_THE_MACHINE = {
    *(errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN),
    *(errno.EIO, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE),
    *(errno.ETIMEDOUT, errno.EREMOTEIO),
}
# The same where Python or torch raises a RuntimeError.
_WORDS = ("start new thread", "out of memory", "can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one try.

    Attributes:
        progress: of each trial of the segment, in order.
        trouble: that the machine had, in a few words; then there is no progress.
        traceback: of the exception that ended the training, as text; ``None`` without one.
    """

    progress: tuple[Progress, ...] = ()
    trouble: str | None = None
    traceback: str | None = None


def begun(segment: Segment) -> Underway:
    """Return how far a segment is that is about to be trained."""
    return Underway(epochs=segment.from_epoch, latest={})


def attempt(train: Train, segment: Segment, tell: Tell) -> Attempt:
    """Train a segment; an exception becomes the reason why its trials have no result.

    But not one of the machine: another try, or another day, may come to a result.

    Raises:
        FashionBenchError: as the training raised it.
    """
    try:
        return Attempt(progress=train(segment, tell))
    except FashionBenchError:
        raise
    except (Exception, SystemExit) as error:  # an exit of the user's code is not ours
        if of_the_machine(error):
            return Attempt(trouble=_sentence(error), traceback=format_exc())
        return Attempt(progress=failed(segment, _sentence(error)), traceback=format_exc())


def set_up(make: Callable[[], Made]) -> Made:
    """Set up what trains or answers.

    Raises:
        MachineError: the machine has no memory, files or disk for it.
    """
    try:
        return make()
    except Exception as error:
        if isinstance(error, FashionBenchError) or not of_the_machine(error):
            raise
        remedy = "mend that, then run the same command again"
        raise MachineError(
            "training", f"cannot be set up ({said(error)})", remedy=remedy
        ) from error


def of_the_machine(error: BaseException) -> bool:
    """Whether the machine let somebody down, in whoever's code, or in what it was raised from."""
    return any(
        isinstance(each, MemoryError)
        or (isinstance(each, OSError) and each.errno in _OF_THE_MACHINE)
        or (isinstance(each, RuntimeError) and any(words in str(each) for words in _WORDS))
        for each in chain(error)
    )


def stopped(
    segment: Segment,
    how: str,
    *,
    where: str = "",
    remedy: str = "see whether memory or disk ran out",
) -> SegmentError:
    """Return what to raise of a segment that could not be trained.

    Args:
        segment: it.
        how: it ended, as a few words.
        where: what is known to be in trouble, in place of its trials.
        remedy: what may help before the next try.
    """
    first, *others = (trial.trial_id for trial in segment.trials)
    error = SegmentError(
        where or (f"{first} and {len(others)} trained with it" if others else first),
        f"{how}, so training stops, and no trial has failed",
        remedy=f"{remedy}, then run the same command again: it goes on",
    )
    error.trials, error.after, error.how = (first, *others), segment.from_epoch, how
    return error


def failed(segment: Segment, reason: str) -> tuple[Progress, ...]:
    """Return the progress of trials that have no result."""
    return tuple(
        Progress(trial_id=trial.trial_id, history=(), failure=reason) for trial in segment.trials
    )


def _sentence(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
