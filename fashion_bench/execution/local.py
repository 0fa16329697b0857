"""Run segments in this process, one after the other: for a GPU, a debugger, or one core."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import torch

from fashion_bench.execution.executor import Executor, MakeTrain, OnDone, attempt
from fashion_bench.records import Progress, Segment

_log = logging.getLogger(__name__)


class LocalExecutor(Executor):
    """Trains here, on one CPU thread, so that the sums are those of any other executor."""

    def __init__(self, make_train: MakeTrain) -> None:
        self._train = cache(make_train)

    def run(self, segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
        """Run the segments one by one; see ``Executor.run``."""
        results = []
        with one_torch_thread():
            for segment in segments:
                tried = attempt(self._train(), segment)
                if tried.traceback:
                    _log.warning("Training failed.\n%s", tried.traceback)
                results.append(tried.progress)
                on_done(segment, tried.progress)
        return results

    def close(self) -> None:
        """Let go of what was set up."""
        self._train.cache_clear()


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one CPU thread: then sums are rounded alike on machines of any size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
