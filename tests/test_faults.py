"""The switch that makes this program fail where a test asks for it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from fashion_bench.faults import SWITCH, reached


@pytest.fixture
def switched_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which faults are ordered."""
    monkeypatch.setenv(SWITCH, str(tmp_path))
    return tmp_path


PASSING = """
import sys
from fashion_bench.faults import reached

print("ready", flush=True)
sys.stdin.readline()
for point in sys.argv[1:]:
    try:
        reached(point)
    except RuntimeError:
        print(point)
"""


def passing(*points: str) -> "subprocess.Popen[str]":
    """Start a process that, once told to go, passes points; it prints those at which it raised."""
    process = subprocess.Popen(
        [sys.executable, "-c", PASSING, *points],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: "subprocess.Popen[str]") -> None:
    """Tell it to go."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_without_the_variable_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file alone, wherever it lies, makes nothing fail."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("asked").write_text("raise")
    reached("asked")
    assert Path("asked").exists()


def test_what_is_not_ordered_does_not_happen(switched_on: Path) -> None:
    """Another point's order stays; a folder that is not there is no error."""
    (switched_on / "asked").write_text("raise")
    reached("trained")
    assert (switched_on / "asked").exists()
    os.environ[SWITCH] = str(switched_on / "missing")
    reached("asked")


def test_it_raises_once(switched_on: Path) -> None:
    """The error names the point; passed again, nothing happens."""
    (switched_on / "asked").write_text("raise\n")
    with pytest.raises(RuntimeError, match="a test asked for this at asked"):
        reached("asked")
    reached("asked")


def test_it_kills(switched_on: Path) -> None:
    """The process dies as by kill -9, and started again lives."""
    (switched_on / "asked").write_text("kill")
    codes = []
    for _ in range(2):
        with passing("asked") as process:
            process.communicate("go\n")
        codes.append(process.returncode)
    assert codes == [-signal.SIGKILL, 0]


def test_it_hangs(switched_on: Path) -> None:
    """The process stays where it is, and no other does."""
    order = switched_on / "asked"
    order.write_text("hang")
    with passing("asked") as hanging:
        go(hanging)
        deadline = monotonic() + 60
        while order.exists():
            assert monotonic() < deadline
            sleep(0.02)
        with passing("asked") as other:
            other.communicate("go\n", timeout=60)
        assert other.returncode == 0
        assert hanging.poll() is None
        hanging.kill()


def test_of_processes_at_a_point_together_one_fails(switched_on: Path) -> None:
    """However many race through many points, each order befalls one of them."""
    points = [f"point-{number}" for number in range(500)]
    for point in points:
        (switched_on / point).write_text("raise")
    racing = [passing(*points) for _ in range(3)]
    for process in racing:
        go(process)
    failed = [point for process in racing for point in process.communicate(timeout=60)[0].split()]
    assert sorted(failed) == sorted(points)
