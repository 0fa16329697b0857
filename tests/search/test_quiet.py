"""What is quiet is ours alone: the user's own Optuna and MLflow stay as they are."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import optuna
import pytest

from fashion_bench.search.storage import quiet
from fashion_bench.tracking import settings, settled
from tests.finished import Finished

NOTEBOOK = """
import os, sys
import optuna
before, level = dict(os.environ), optuna.logging.get_verbosity()
from fashion_bench import Study, load
load("s", runs=sys.argv[1])
Study.load("s", runs=sys.argv[1]).report(sys.argv[2])
assert optuna.logging.get_verbosity() == level
changed = {name for name, _ in os.environ.items() ^ before.items()}
assert not {name for name in changed if not name.startswith("KMP_")}, changed  # OpenMP's own
optuna.create_study(study_name="mine").optimize(lambda trial: trial.suggest_float("x", 0, 1), 1)
"""


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What Optuna tells, as its user would have it told."""
    told: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    handler = Handler()
    logging.getLogger("optuna").addHandler(handler)
    yield told
    logging.getLogger("optuna").removeHandler(handler)


def test_only_our_own_calls_are_quiet(heard: list[str]) -> None:
    """In their thread, while they last, and but for errors; another thread is heard meanwhile."""
    with quiet():
        with quiet():
            optuna.create_study(study_name="ours")
        optuna.create_study(study_name="ours, too")
        logging.getLogger("optuna.study.study").error("broken")
        thread = Thread(target=lambda: optuna.create_study(study_name="theirs"))
        thread.start()
        thread.join()
    optuna.create_study(study_name="mine")
    assert [line.rpartition(": ")[2] for line in heard] == ["broken", "theirs", "mine"]


def test_a_notebook_keeps_its_optuna_and_its_environment(
    finished: Finished, tmp_path: Path
) -> None:
    """After a study was loaded and reported, the user's own study tells of its trial."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW")}
    script = [sys.executable, "-c", NOTEBOOK, str(finished.runs), str(tmp_path)]
    done = subprocess.run(script, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.rpartition("] ")[2] for line in done.stderr.splitlines() if "[I " in line]
    assert [line.partition(" ")[0] for line in lines] == ["A", "Trial"], done.stderr


def test_settings_of_mlflow_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were there as they were, whatever happens meanwhile, and no others."""
    for name in settings():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "3")
    before = dict(os.environ)
    with suppress(KeyError), settled():
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "3"
        raise KeyError
    assert dict(os.environ) == before
