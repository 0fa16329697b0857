"""A signal stops a run in good order; the same command goes on from there."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals
from subprocess import Popen

import pytest

from tests.faults.processes import gone_after
from tests.faults.tiny_study import EXPERIMENT, end, order, rows, saved, start, wait_until
from tests.faults.unharmed import assert_unharmed

GO_ON = "Stopped. The same command goes on from here."
STOPS = (SIGINT, SIGTERM, SIGHUP)


def stop(run: "Popen[str]", number: Signals) -> None:
    """Send a signal as it is sent: by a terminal to all, by ``kill`` and docker to one."""
    began = time.monotonic()
    (os.kill if number == SIGTERM else os.killpg)(run.pid, number)
    _, told = end(run, 128 + number)
    print(f"{number.name}: {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 30
    assert told.splitlines()[-1] == GO_ON
    assert "Traceback" not in told
    assert gone_after(run.pid) < 20


def test_it_stops_and_goes_on(whole: Path, tmp_path: Path) -> None:
    """Stopped by one signal after the other, a study ends as if it never was."""
    for number, least in zip(STOPS, (1, 4, 8), strict=True):
        run = start(tmp_path)
        wait_until(run, partial(saved, tmp_path, least))
        stop(run, number)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


def catches_signals(run: "Popen[str]") -> bool:
    """Whether it has got as far as to catch SIGTERM: almost nothing is imported."""
    status = Path(f"/proc/{run.pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (SIGTERM - 1) & 1)


def imports_torch(run: "Popen[str]") -> bool:
    """Whether it is in the midst of importing torch."""
    return "libtorch" in Path(f"/proc/{run.pid}/maps").read_text()


def imports_optuna(run: "Popen[str]") -> bool:
    """Whether it is past torch, and in the midst of what the ledger needs."""
    return "sqlite3" in Path(f"/proc/{run.pid}/maps").read_text()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param(moment, number, marks=() if moment is imports_torch else pytest.mark.faults)
        for moment in (catches_signals, imports_torch, imports_optuna)
        for number in STOPS
    ],
)
def test_it_stops_while_it_starts(
    moment: Callable[["Popen[str]"], bool], number: Signals, tmp_path: Path
) -> None:
    """In the midst of its imports it says the same."""
    run = start(tmp_path)
    wait_until(run, lambda: moment(run))
    stop(run, number)


@pytest.mark.faults
@pytest.mark.parametrize("number", STOPS)
def test_it_stops_while_it_records(number: Signals, whole: Path, tmp_path: Path) -> None:
    """Trials are on their way into the ledger, which gets all of them or finds them again."""
    run = start(tmp_path)
    wait_until(run, lambda: rows(tmp_path))
    stop(run, number)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


@pytest.mark.parametrize(
    "number", [SIGINT, *(pytest.param(n, marks=pytest.mark.faults) for n in (SIGTERM, SIGHUP))]
)
def test_it_stops_while_it_measures(
    number: Signals, whole_experiment: Path, tmp_path: Path
) -> None:
    """The test images stay opened, and are not opened again."""
    hanging = order(tmp_path, "predicted", "hang")
    run = start(tmp_path, file_text=EXPERIMENT)
    wait_until(run, lambda: not hanging.exists())
    stop(run, number)
    _, told = end(start(tmp_path, file_text=EXPERIMENT))
    assert "Measuring goes on where it was stopped." in told
    assert_unharmed(tmp_path, whole_experiment)


@pytest.mark.faults
@pytest.mark.parametrize("number", STOPS)
def test_it_stops_while_it_sums_up(number: Signals, whole: Path, tmp_path: Path) -> None:
    """Every trial is in the ledger; MLflow gets the rest the next time."""
    run = start(tmp_path)
    wait_until(run, lambda: rows(tmp_path) == 12)
    hanging = order(tmp_path, "run-logged", "hang")
    wait_until(run, lambda: not hanging.exists())
    stop(run, number)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


@pytest.mark.parametrize(
    "number", [SIGINT, *(pytest.param(n, marks=pytest.mark.faults) for n in (SIGTERM, SIGHUP))]
)
def test_a_second_signal_stops_at_once(number: Signals, whole: Path, tmp_path: Path) -> None:
    """Where the first waits for a disk that hangs, the second ends it, and all its processes."""
    hanging = order(tmp_path, "row-appended", "hang")
    run = start(tmp_path)
    wait_until(run, lambda: not hanging.exists())
    run.send_signal(number)
    time.sleep(2)
    assert run.poll() is None
    run.send_signal(number)
    began = time.monotonic()
    _, told = end(run, 128 + number)
    print(f"{number.name}, the second: {time.monotonic() - began:.2f} s")
    assert "Traceback" not in told
    assert gone_after(run.pid) < 20
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)
