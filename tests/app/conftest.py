"""Parts that the tests of this folder share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from fashion_bench.app import doctor
from fashion_bench.app.health.machine import trying_torch
from fashion_bench.app.live import Live
from fashion_bench.app.options import RunOptions
from fashion_bench.data import duplicates, synthetic
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment, TrialRecord, Underway
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.rows import Row


class Listener:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """Keep that it began."""
        self.lines.append(f"begun after {len(done)}")

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """Keep nothing."""

    def underway(self, segment: Segment, underway: Underway) -> None:
        """Keep nothing."""

    def show(self, live: Live) -> None:
        """Keep nothing."""

    def advanced(self, progress: Progress) -> None:
        """Keep nothing."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Keep that a generation ended."""
        self.lines.append(f"finished {len(records)}")


@pytest.fixture(scope="session", autouse=True)
def near_duplicates_are_looked_for_once() -> Iterator[None]:
    """Among the made-up images that takes four seconds each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "near_duplicates", cache(duplicates.near_duplicates))
        yield


@pytest.fixture(scope="session", autouse=True)
def torch_is_tried_once() -> Iterator[None]:
    """The doctor has a new process import it, which takes longer than all else that it looks at."""
    tried = cache(lambda: trying_torch()())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor, "trying_torch", lambda: tried)
        yield


@pytest.fixture
def listener() -> Listener:
    """A reporter that keeps what it is told."""
    return Listener()


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    """A new folder of runs, this process to train in, and no MLflow, which takes seconds."""
    return RunOptions(runs=tmp_path / "runs", device="cpu", workers=1, no_mlflow=True)


@pytest.fixture
def with_mlflow(options: RunOptions) -> RunOptions:
    """The same, with MLflow."""
    return replace(options, no_mlflow=False)


@pytest.fixture
def refuse_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for test images fails."""
    real = synthetic.draw_images

    def draw(part: str, images: int) -> object:
        assert part == "train", "the test images were opened"
        return real("train", images)

    monkeypatch.setattr(synthetic, "draw_images", draw)


@contextmanager
def killed_after(generations: int) -> Iterator[None]:
    """Let what runs be killed as the generation behind these is recorded; it has to be."""
    append, left = Ledger.append, [generations]

    def killed(self: Ledger, rows: Sequence[Row]) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        append(self, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            yield
