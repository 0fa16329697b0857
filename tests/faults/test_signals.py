"""A signal stops a run in good order; the same command goes on from there."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, Signals
from subprocess import Popen

import pytest

from tests.faults.processes import gone_after, members
from tests.faults.tiny_study import EXPERIMENT, end, order, rows, saved, start, wait_until
from tests.faults.unharmed import assert_unharmed

GO_ON = "Stopped. The same command goes on from here."
STOPS = (SIGINT, SIGTERM, SIGHUP)


def stop(run: "Popen[str]", number: Signals) -> str:
    """Send a signal as it is sent: by a terminal to all, by ``kill`` and docker to one.

    Returns what the run told.
    """
    began = time.monotonic()
    (os.kill if number == SIGTERM else os.killpg)(run.pid, number)
    _, told = end(run, 128 + number)
    print(f"{number.name}: {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 30
    assert told.splitlines()[-1] == GO_ON
    assert "Traceback" not in told
    assert gone_after(run.pid) < 20
    return told


def wait_until_it_hangs(run: "Popen[str]", hanging: Path) -> None:
    """Wait until a process has come to where it was ordered to hang."""
    wait_until(run, lambda: not hanging.exists())


@pytest.mark.faults
def test_it_stops_while_it_trains_and_records(whole: Path, tmp_path: Path) -> None:
    """Stopped by one signal after the other, a study ends as if it never was.

    Trials are on their way into the ledger, which gets all of them or finds them again.
    """
    moments = (
        lambda: saved(tmp_path, 1),
        lambda: rows(tmp_path) >= 1,
        lambda: saved(tmp_path, 8),
        lambda: rows(tmp_path) >= 5,
    )
    for number, moment in zip((*STOPS, SIGINT), moments, strict=True):
        run = start(tmp_path)
        wait_until(run, partial(catches_signals, run))  # a moment may have been before
        wait_until(run, moment)
        stop(run, number)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


def catches_signals(run: "Popen[str]") -> bool:
    """Whether it has got as far as to catch SIGTERM: almost nothing is imported."""
    status = Path(f"/proc/{run.pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (SIGTERM - 1) & 1)


def imports_torch(run: "Popen[str]") -> bool:
    """Whether what its workers come from is in the midst of importing torch."""
    servers = members(run.pid, "server")
    return any("libtorch" in Path(f"/proc/{pid}/maps").read_text() for pid in servers)


def imports_optuna(run: "Popen[str]") -> bool:
    """Whether it has read its file, and is in the midst of what the ledger needs."""
    return "sqlite3" in Path(f"/proc/{run.pid}/maps").read_text()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (imports_torch, SIGTERM),
        *(
            pytest.param(*case, marks=pytest.mark.faults)
            for case in (
                (imports_torch, SIGINT),
                (imports_torch, SIGHUP),
                (catches_signals, SIGTERM),
                (imports_optuna, SIGINT),
            )
        ),
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
def test_it_stops_whenever_it_is_stopped(tmp_path: Path) -> None:
    """At thirty moments of its first seconds, by whatever signal, it says the same."""
    for moment in range(30):
        run = start(tmp_path / f"{moment}")
        wait_until(run, partial(catches_signals, run))
        time.sleep(moment * 0.1)
        stop(run, STOPS[moment % 3])


@pytest.mark.faults
def test_it_stops_while_it_measures(whole_experiment: Path, tmp_path: Path) -> None:
    """By whatever signal, the test images stay opened, and are not opened again."""
    told = ""
    for number in STOPS:
        hanging = order(tmp_path, "predicted", "hang")
        run = start(tmp_path, file_text=EXPERIMENT)
        wait_until_it_hangs(run, hanging)
        told += stop(run, number)
    told += end(start(tmp_path, file_text=EXPERIMENT))[1]
    assert told.count("Opening the 10,000 test images") == 1
    assert told.count("Measuring goes on where it was stopped.") == len(STOPS)
    assert_unharmed(tmp_path, whole_experiment)


@pytest.mark.faults
def test_it_stops_while_it_sums_up(whole: Path, tmp_path: Path) -> None:
    """By whatever signal: every trial is in the ledger; MLflow gets the rest the next time."""
    run = start(tmp_path)
    wait_until(run, lambda: members(run.pid, "writer"))
    (writer,) = members(run.pid, "writer")
    os.kill(writer, SIGSTOP)  # so that it is behind
    wait_until(run, lambda: rows(tmp_path) == 12)
    hanging = order(tmp_path, "run-logged", "hang")
    os.kill(writer, SIGCONT)
    wait_until_it_hangs(run, hanging)
    stop(run, STOPS[0])
    for number in STOPS[1:]:
        hanging = order(tmp_path, "run-logged", "hang")
        run = start(tmp_path)
        wait_until_it_hangs(run, hanging)
        stop(run, number)
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_second_signal_stops_at_once(whole: Path, tmp_path: Path) -> None:
    """Where the first waits for a disk that hangs, the second ends it, and all its processes."""
    for number in STOPS:
        hanging = order(tmp_path, "rows-added", "hang")
        run = start(tmp_path)
        wait_until_it_hangs(run, hanging)
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
