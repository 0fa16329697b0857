"""Parts that the tests of this folder share."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from fashion_bench.app.recorder import Mirrored
from fashion_bench.app.run import How
from fashion_bench.data import synthetic
from fashion_bench.records import Progress, StudyRecord, TrialRecord
from fashion_bench.search.plan import Plan


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

    def rung(self, generation: int, until_epoch: int, lanes: int) -> None:
        """Keep nothing."""

    def advanced(self, progress: Progress) -> None:
        """Keep nothing."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Keep that a generation ended."""
        self.lines.append(f"finished {len(records)}")


class NoMlflow:
    """A recorder that sends nothing; MLflow takes seconds to start."""

    def __init__(self, _folder: Path, _study: StudyRecord) -> None:
        pass

    def send(self, _trials: Sequence[TrialRecord]) -> None:
        """Send nothing."""

    def finish(self, _study: StudyRecord) -> Mirrored:
        """Have nothing to tell."""
        return Mirrored()

    def close(self) -> None:
        """End nothing."""


@pytest.fixture(scope="session", autouse=True)
def made_up_images_are_drawn_once() -> Iterator[None]:
    """Drawing them takes a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "draw_images", cache(synthetic.draw_images))
        yield


@pytest.fixture
def listener() -> Listener:
    """A reporter that keeps what it is told."""
    return Listener()


@pytest.fixture
def without_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs record in the ledger only."""
    monkeypatch.setattr("fashion_bench.app.run.Recorder", NoMlflow)


@pytest.fixture
def how(tmp_path: Path) -> How:
    """A new folder of runs, and this process to train in."""
    return How(runs=tmp_path / "runs", device="cpu", workers=1)
