"""Run segments in this process, one after the other: for a GPU, a debugger, or one core."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import Self

import torch

from fashion_bench.execution.executor import MakeTrain, OnDone, Train, attempt
from fashion_bench.records import Progress, Segment

_log = logging.getLogger(__name__)


class LocalExecutor:
    """Trains here, on one CPU thread, so that the sums are those of any other executor."""

    def __init__(self, make_train: MakeTrain) -> None:
        self._make_train = make_train

    def run(self, segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
        """Run the segments one by one; see ``Executor.run``."""
        results = []
        with one_torch_thread():
            for segment in segments:
                results.append(self._progress(segment))
                on_done(segment, results[-1])
        return results

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    @cached_property
    def _train(self) -> Train:
        return self._make_train()

    def _progress(self, segment: Segment) -> tuple[Progress, ...]:
        tried = attempt(self._train, segment)
        if tried.traceback:
            _log.warning("Training failed.\n%s", tried.traceback)
        return tried.progress


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one CPU thread: then sums are rounded alike on machines of any size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
