"""What only the executor in this process does."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from fashion_bench.execution.local import LocalExecutor
from fashion_bench.records import Progress, Segment

sys.path.insert(0, str(Path(__file__).parent))
import made_up_training as made_up


@pytest.fixture
def three_threads() -> Iterator[None]:
    """Let torch have three threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
def test_the_callers_threads_are_given_back() -> None:
    """The caller's number of threads is set again, also when the run is interrupted."""

    def interrupt(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        assert torch.get_num_threads() == 1
        raise KeyboardInterrupt

    executor = LocalExecutor(made_up.make_train)
    with pytest.raises(KeyboardInterrupt):
        executor.run(made_up.segments(1), interrupt)
    assert torch.get_num_threads() == 3
