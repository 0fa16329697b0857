"""Parts that the tests of this folder share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.finished import Finished
from tests.security.bombs import Bomb


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, to be written to."""
    return Path(shutil.copytree(finished.runs, tmp_path / "runs"))


@pytest.fixture
def bomb(tmp_path: Path) -> Iterator[Bomb]:
    """What must never be unpickled, neither by a test nor by a process that it started."""
    bomb = Bomb(tmp_path / "marker")
    yield bomb
    assert not bomb.marker.exists()
