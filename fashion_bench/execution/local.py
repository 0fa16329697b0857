"""Run segments in this process, one after the other: for one core, or a debugger."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial

from fashion_bench.execution.executor import (
    Attempt,
    Executor,
    MakeTrain,
    Waiting,
    attempt,
    begun,
    set_up,
    stopped,
)
from fashion_bench.records import OnDone, OnUnderway, Segment, Underway, unheard

_log = logging.getLogger(__name__)


class LocalExecutor(Executor):
    """Trains here, on one CPU thread, so that the sums are those of any other executor."""

    def __init__(self, make_train: MakeTrain) -> None:
        self._train = cache(partial(set_up, make_train))

    def run(
        self, segments: Sequence[Segment], on_done: OnDone, on_underway: OnUnderway = unheard
    ) -> None:
        """Run the segments one by one; see ``Executor.run``."""
        waiting = Waiting(segments, on_done)
        with one_torch_thread():
            while (turn := waiting.take()) is not None:
                segment = turn.segment
                tried = self._try(segment, on_underway)
                if tried.trouble:
                    raise stopped(segment, tried.trouble)
                if tried.traceback:
                    _log.warning("Training failed.\n%s", tried.traceback)
                waiting.finish(segment, tried.progress)

    def _try(self, segment: Segment, on_underway: OnUnderway) -> Attempt:
        """Train a segment; an exception of who is told of it is no failure of its trials."""
        raised: list[Exception] = []

        def tell(underway: Underway) -> None:
            try:
                on_underway(segment, underway)
            except Exception as error:
                raised.append(error)
                raise

        train = self._train()
        on_underway(segment, begun(segment))
        tried = attempt(train, segment, tell)
        if raised:
            raise raised[0]
        return tried

    def close(self) -> None:
        """Let go of what was set up."""
        self._train.cache_clear()


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one CPU thread: then sums are rounded alike on machines of any size."""
    import torch  # late: where processes train, the driver does without

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
