"""Killed with -9 and run again, a study ends as if it had never stopped."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.records import Outcome
from tests.faults.tiny_study import (
    EXPERIMENT,
    FILE,
    alive,
    children,
    end,
    kill_when,
    listed,
    mlflow_runs,
    points,
    record,
    rows,
    start,
    states,
)

STATUS = {Outcome.COMPLETE: "FINISHED", Outcome.PRUNED: "KILLED"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    end(start(folder))
    return folder


def test_killed_again_and_again_it_ends_as_if_it_never_stopped(whole: Path, tmp_path: Path) -> None:
    """The same trials, values and weights, each once in both ledgers, nothing RUNNING."""
    kill_when(start(tmp_path), lambda: states(tmp_path) >= 1)  # in the first rung
    kill_when(start(tmp_path), lambda: rows(tmp_path) >= 1)  # while a generation is recorded
    run = start(tmp_path)
    workers: list[int] = []

    def later() -> bool:
        workers[:] = children(run.pid)
        return rows(tmp_path) >= 5

    kill_when(run, later)
    deadline = time.monotonic() + 20  # 2 s on a quiet machine
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, workers))
    end(start(tmp_path))

    assert listed(tmp_path) == listed(whole)
    runs = mlflow_runs(tmp_path)
    trials = record(tmp_path).trials
    assert [run[:2] for run in runs] == sorted(
        [(t.trial_id, STATUS[t.outcome]) for t in trials] + [("study", "FINISHED")]
    )
    assert all(points(runs, t.trial_id, "valid/accuracy") == len(t.history) for t in trials)
    assert not list((tmp_path / "runs" / "trials" / "tiny" / "resume").iterdir())
    for database in ("ledger.db", "mlflow.db"):
        with closing(sqlite3.connect(tmp_path / "runs" / database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_one_worker_gives_the_same_list(whole: Path, tmp_path: Path) -> None:
    """In this process alone, without workers, the study is the same, bit for bit."""
    end(start(tmp_path, "--workers", "1"))
    assert listed(tmp_path) == listed(whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_resumably(whole: Path, tmp_path: Path, number: int) -> None:
    """It says how to go on, exits with 128 + the signal, leaves no process, and can go on."""
    run = start(tmp_path)
    while not states(tmp_path):
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    workers = children(run.pid)
    run.send_signal(number)
    _, told = end(run, 128 + number)
    assert told.splitlines()[-1] == "Stopped. The same command goes on from here."
    assert not any(map(alive, workers))
    end(start(tmp_path))
    assert listed(tmp_path) == listed(whole)


def test_a_killed_experiment_is_finished_and_measured_once(tmp_path: Path) -> None:
    """Killed while training, the same command trains the rest and then opens the test images."""
    kill_when(start(tmp_path, file_text=EXPERIMENT), lambda: states(tmp_path) >= 1)
    _, told = end(start(tmp_path, file_text=EXPERIMENT))
    assert told.count("Opening the 10,000 test images") == 1
    measured = [trial.test for trial in record(tmp_path).trials]
    assert len(measured) == 4
    assert None not in measured
    _, told = end(start(tmp_path, file_text=EXPERIMENT))
    assert "Opening" not in told
    assert [trial.test for trial in record(tmp_path).trials] == measured
    runs = mlflow_runs(tmp_path)
    assert {status for _, status, _ in runs} == {"FINISHED"}
    assert all(points(runs, t.trial_id, "test/accuracy") == 1 for t in record(tmp_path).trials)


def test_only_one_drives_a_study(tmp_path: Path) -> None:
    """The second says that it is being run, exits 2, and disturbs nothing."""
    first = start(tmp_path)
    while not states(tmp_path):
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    _, told = end(start(tmp_path), 2)
    assert told.startswith("Error: tiny: is being run by another process")
    assert len(told.splitlines()) == 1
    end(first)


def test_a_finished_study_only_prints(whole: Path) -> None:
    """Run again, it trains nothing and prints the same summary."""
    before = listed(whole)
    printed, told = end(start(whole))
    assert "12 of 12 trials finished" in printed
    assert "generation" not in told
    assert listed(whole) == before


def test_a_changed_file_is_refused(whole: Path) -> None:
    """With another range under the same name, one line says where they differ; nothing changes."""
    before = listed(whole)
    _, told = end(start(whole, file_text=FILE.replace("1e-2", "1e-1")), 2)
    assert told.splitlines() == [
        f"Error: {whole / 'tiny.toml'}: differs from what was stored, in nuisance.lr.high; "
        "undo that, or give it another name (only [budget] may grow)"
    ]
    assert listed(whole) == before
