"""Parts that the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.finished import Finished, copy_runs
from tests.security.bombs import Bomb


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, to be written to."""
    return copy_runs(finished.runs, tmp_path / "runs")


@pytest.fixture
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """t-SNE of all images takes seconds."""
    monkeypatch.setattr("fashion_bench.analysis.plots.embedding.MOST_IMAGES", 20)


@pytest.fixture
def bomb(tmp_path: Path) -> Iterator[Bomb]:
    """What must never be unpickled, neither by a test nor by a process that it started."""
    bomb = Bomb(tmp_path / "marker")
    yield bomb
    assert not bomb.marker.exists()
