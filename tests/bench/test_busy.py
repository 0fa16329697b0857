"""The program that keeps a core busy."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fashion_bench.bench.busy import busy_program

OWNER = """
import time
from fashion_bench.bench.busy import busy_program
with busy_program() as program:
    print(program.pid, flush=True)
    time.sleep(600)
"""


def test_it_is_busy_until_it_is_ended() -> None:
    """It runs meanwhile and uses the processor; afterwards it is gone."""
    with busy_program() as program:
        deadline = time.monotonic() + 60
        while seconds_of(program.pid) < 0.2:
            assert program.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert program.returncode == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux tells who is alive")
def test_it_ends_with_the_bench() -> None:
    """Also when that is killed."""
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    deadline = time.monotonic() + 60
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def stat_of(pid: int) -> list[str]:
    """What Linux tells of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def seconds_of(pid: int) -> float:
    """Processor time of a process, in user mode."""
    return int(stat_of(pid)[11]) / 100


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return stat_of(pid)[0] != "Z"
    except OSError:
        return False
