"""Several commands on one folder of runs: one drives a study, and studies do not disturb others."""

import os
import signal
import socket
import time
from functools import partial
from pathlib import Path

import pytest

from tests.faults.processes import members, until
from tests.faults.tiny_study import (
    FILE,
    NAME,
    end,
    kill_when,
    listed,
    mlflow_runs,
    order,
    rows,
    saved,
    start,
    states,
    wait_until,
)
from tests.faults.unharmed import assert_unharmed, sound


def named(name: str) -> str:
    """The same study under another name."""
    return FILE.replace('name = "tiny"', f'name = "{name}"')


def assert_alike(folder: Path, name: str, whole: Path) -> None:
    """A study under another name came out as the one that ran alone."""
    sound(folder, name)
    assert [trial[1:] for trial in listed(folder, name)] == [trial[1:] for trial in listed(whole)]
    ours, theirs = mlflow_runs(folder, name), mlflow_runs(whole)
    assert sorted(run[1:] for run in ours) == sorted(run[1:] for run in theirs)


def test_only_one_drives_a_study(whole: Path, tmp_path: Path) -> None:
    """The second says who runs it, exits 2, and disturbs nothing."""
    first = start(tmp_path)
    wait_until(first, lambda: states(tmp_path))
    first.send_signal(signal.SIGSTOP)  # it is there, and does not end meanwhile
    _, told = end(start(tmp_path), 2)
    first.send_signal(signal.SIGCONT)
    who = f"process {first.pid} on {socket.gethostname()}"
    assert told == f"Error: tiny: is being run by {who}; wait until it ends, or stop it\n"
    end(first)
    assert_unharmed(tmp_path, whole)


@pytest.mark.faults
@pytest.mark.parametrize("attempt", range(2))
def test_four_begin_in_a_fresh_folder_at_once(whole: Path, tmp_path: Path, attempt: int) -> None:
    """Ledger and MLflow are made once, and each study comes out as if it were alone."""
    names = [f"study-{attempt}-{number}" for number in range(4)]
    for run in [start(tmp_path, file_text=named(name)) for name in names]:
        _, told = end(run)
        assert "MLflow is behind" not in told
    for name in names:
        assert_alike(tmp_path, name, whole)


@pytest.mark.faults
def test_a_killed_study_does_not_disturb_another(whole: Path, tmp_path: Path) -> None:
    """Beside one that is killed and goes on, another comes out as if it were alone."""
    other = start(tmp_path, file_text=named("other"))
    for least in (1, 5):
        kill_when(start(tmp_path), partial(saved, tmp_path, least))
    end(start(tmp_path))
    end(other)
    assert_alike(tmp_path, "other", whole)
    assert_alike(tmp_path, NAME, whole)


@pytest.mark.faults
def test_a_writer_waits_for_the_one_before(whole: Path, tmp_path: Path) -> None:
    """Where a killed driver's writer has not let go of MLflow, the next run's waits for it."""
    hanging = order(tmp_path, "run-created", "hang")
    run = start(tmp_path)
    wait_until(run, lambda: not hanging.exists())
    (writer,) = members(run.pid, "writer")
    os.kill(writer, signal.SIGSTOP)  # it does not notice the driver's end
    run.kill()
    run.wait()
    again = start(tmp_path)
    wait_until(again, lambda: rows(tmp_path) == 12)
    time.sleep(3)
    assert again.poll() is None
    assert [status for _, status, _ in mlflow_runs(tmp_path)] == ["RUNNING"]
    os.kill(writer, signal.SIGCONT)
    end(again)
    until(lambda: not members(run.pid))
    assert_unharmed(tmp_path, whole)
