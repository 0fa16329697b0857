"""Fixtures every test may ask for."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from fashion_bench.errors import FashionBenchError
from tests.finished import Finished

# Machines are shared: how long an example takes says nothing.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: shells have their background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """A folder with the real Fashion-MNIST, fetched once per user and verified."""
    from fashion_bench.data import data_folder, fetch  # imports torch, which many tests do without

    try:
        return fetch(data_folder(), print)
    except FashionBenchError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A folder with a study and an experiment that real processes ran; not to be written to."""
    return Finished.run(tmp_path_factory.mktemp("finished"))
