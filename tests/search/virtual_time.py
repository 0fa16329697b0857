"""Workers in virtual time: an epoch takes a second, and all that the driver does takes none."""

import time
from collections.abc import Sequence
from heapq import heappop, heappush

from fashion_bench.execution.executor import Waiting
from fashion_bench.records import OnDone, OnUnderway, Segment, Underway, unheard
from tests.search.made_up_curves import curve


class VirtualWorkers:
    """Runs segments by formula, as so many workers would that take the earliest generation first.

    Attributes:
        now: the time, in virtual seconds.
        trained: epochs, over all workers.
        seconds: real time that was not the driver's.
    """

    def __init__(self, workers: int) -> None:
        self.now = self.trained = 0
        self.seconds = 0.0
        self._workers = workers

    @property
    def busy(self) -> float:
        """The share of their time in which workers trained."""
        return self.trained / (self.now * self._workers)

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """See ``Executor.run``."""
        waiting, at_work = Waiting(segments, on_done), list[tuple[int, int, Segment]]()
        started = 0
        while len(waiting) or at_work:
            while len(at_work) < self._workers and (turn := waiting.take()) is not None:
                epochs = turn.segment.until_epoch - turn.segment.from_epoch
                self.trained += epochs
                heappush(at_work, (self.now + epochs, started, turn.segment))
                started += 1
                on_underway(turn.segment, Underway(epochs=turn.segment.from_epoch, latest={}))
            self.now, _, segment = heappop(at_work)
            began = time.perf_counter()
            done = tuple(curve(trial, segment.until_epoch) for trial in segment.trials)
            self.seconds += time.perf_counter() - began
            waiting.finish(segment, done)
