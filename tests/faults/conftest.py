"""What the tests of this folder share: studies that were never interrupted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tiny_study import EXPERIMENT, end, end_all, start
from tests.faults.unharmed import sound


@pytest.fixture(autouse=True)
def _nothing_runs_on() -> Iterator[None]:
    """Whatever a test started ends with it."""
    yield
    end_all()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    end(start(folder))
    sound(folder)
    return folder


@pytest.fixture(scope="session")
def whole_experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole_experiment")
    end(start(folder, file_text=EXPERIMENT))
    sound(folder)
    return folder
