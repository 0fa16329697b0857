"""What the tests of this folder share: studies that were never interrupted."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults.tiny_study import EXPERIMENT, FILE, end, end_all, start
from tests.faults.unharmed import sound
from tests.finished import copy_runs
from tests.shared import made_once


@pytest.fixture(autouse=True)
def _nothing_runs_on() -> Iterator[None]:
    """Whatever a test started ends with it."""
    yield
    end_all()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was never interrupted."""
    return _copy_of(made_once(tmp_path_factory, "whole", partial(_run, FILE)), tmp_path_factory)


@pytest.fixture(scope="session")
def whole_experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment that was never interrupted."""
    made = made_once(tmp_path_factory, "whole_experiment", partial(_run, EXPERIMENT))
    return _copy_of(made, tmp_path_factory)


def _run(file_text: str, folder: Path) -> Path:
    end(start(folder, file_text=file_text))
    sound(folder)
    return folder


def _copy_of(folder: Path, factory: pytest.TempPathFactory) -> Path:
    own = factory.mktemp(folder.name)
    copy_runs(folder / "runs", own / "runs")
    return own
