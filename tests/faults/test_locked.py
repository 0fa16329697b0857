"""Databases that another process locks are waited for."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.tiny_study import end, record, rows, start, wait_until
from tests.faults.unharmed import assert_unharmed


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """Keep everybody else from writing."""
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize("seconds", [6, pytest.param(30, marks=pytest.mark.faults)])
def test_locked_databases_are_waited_for(whole: Path, tmp_path: Path, seconds: int) -> None:
    """Ledger and MLflow, held by others in the middle of a study: nothing is lost or told.

    Meanwhile the study can be read.
    """
    runs = tmp_path / "runs"
    run = start(tmp_path)
    wait_until(run, lambda: rows(tmp_path) >= 1 and (runs / "mlflow.db").exists())
    with _locked(runs / "ledger.db"), _locked(runs / "mlflow.db"):
        held = len(record(tmp_path).trials)
        time.sleep(seconds)
        assert len(record(tmp_path).trials) == held
        assert run.poll() is None
    _, told = end(run)
    assert "MLflow is behind" not in told
    assert_unharmed(tmp_path, whole)
