"""Fixtures every test may ask for."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fashion_bench.errors import FashionBenchError
from fashion_bench.tracking import settle
from tests.finished import Finished
from tests.shared import made_once

# Machines are shared: how long an example takes, or takes to draw, says nothing.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start, and have MLflow as our processes have it.

    And let no test see a GPU: `make test-gpu` is for those.

    Shells have their background jobs ignore Ctrl-C.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    settle()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """A folder with the real Fashion-MNIST, fetched once per user and verified."""
    from fashion_bench.data.folder import (
        data_folder,
        fetch,
    )  # imports torch, which many tests do without

    try:
        return fetch(data_folder(), print)
    except FashionBenchError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A folder with a study and an experiment that real processes ran; not to be written to."""
    made = made_once(tmp_path_factory, "finished", Finished.run)
    return made.copy(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an MLflow store without studies; making one takes seconds."""

    def make(folder: Path) -> Path:
        from fashion_bench.tracking.backend import FolderBackend

        FolderBackend(folder).open()
        return folder / "mlflow.db"

    return made_once(tmp_path_factory, "empty", make)
