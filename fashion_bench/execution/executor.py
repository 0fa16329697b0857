"""What every executor offers, and what it is given: segments, and a way to train one."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from fashion_bench.records import Progress, Segment

__all__ = ["Executor", "MakeTrain", "OnDone", "Train"]

# Trains one segment; returns the progress of its trials, in their order.
Train = Callable[[Segment], tuple[Progress, ...]]

# Called once in each worker, to load the data and set up. It travels to the worker pickled: a
# function of an importable module (not of `__main__`), or a functools.partial of one.
MakeTrain = Callable[[], Train]

OnDone = Callable[[Segment, tuple[Progress, ...]], None]


class Executor(Protocol):
    """Runs segments somewhere; what comes of them does not depend on where."""

    def run(self, segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
        """Run the segments and return their progress, in the order given.

        A trial that cannot be trained is a ``Progress`` with a ``failure`` and no history, and
        the rest go on.

        Args:
            segments: what to train; workers that are free take the next one.
            on_done: called in this thread with each segment that ends, in order of ending.

        Raises:
            FashionBenchError: raised by the training; no later segment could do better.
        """
        ...

    def __enter__(self) -> Self:
        """Return the executor itself."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End whatever it started."""
        ...
