"""A study is removed beside processes that stand still, and from disks that keep what they have."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest
from mlflow import MlflowClient

from fashion_bench.app.browse import remove_study
from fashion_bench.app.doctor import examine
from fashion_bench.tracking.backend import tracking_uri
from tests.faults.processes import gone_after, members, until
from tests.faults.tiny_study import NAME, rows, wait_until
from tests.faults.tiny_study import start as start_study
from tests.finished import Finished, copy_runs, start
from tests.saying import Say, say

__all__ = ["say"]


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs."""
    return copy_runs(finished.runs, tmp_path / "runs")


def nothing_is_left(runs: Path, name: str) -> None:
    """Neither on the disk nor in MLflow, and the doctor finds nothing of it."""
    assert not (runs / "artifacts" / name).exists()
    assert not (runs / "trials" / name).exists()
    if (runs / "mlflow.db").exists():
        client = MlflowClient(tracking_uri(runs))
        assert client.get_experiment_by_name(name) is None
    found = [one for one in examine(runs, runs) if one.state == "problem"]
    told = (f"study {name}", "studies", "mlflow")
    assert not [one for one in found if one.about in told]


@pytest.mark.faults
def test_a_sync_that_stood_still_sends_nothing_of_a_removed_study(runs: Path) -> None:
    """It had read the study and was making MLflow's store when that was removed."""
    for file in runs.glob("mlflow.db*"):
        file.unlink()
    sync = start("sync", "--runs", runs)
    until(lambda: list((runs / ".mlflow" / "new").glob("*.db")))
    sync.send_signal(SIGSTOP)
    remove_study(runs, "s")
    sync.send_signal(SIGCONT)
    printed, told = sync.communicate(timeout=300)
    assert sync.returncode == 0, told
    assert "s: was removed meanwhile; nothing of it is to be sent" in printed
    nothing_is_left(runs, "s")


@pytest.mark.faults
def test_a_writer_whose_driver_was_killed_sends_nothing_of_a_removed_study(tmp_path: Path) -> None:
    """It stood still while its driver was killed and the study removed; then it ends."""
    run = start_study(tmp_path)
    wait_until(run, lambda: members(run.pid, "writer"))
    (writer,) = members(run.pid, "writer")
    os.kill(writer, SIGSTOP)
    wait_until(run, lambda: rows(tmp_path) >= 4)
    run.send_signal(SIGKILL)
    run.wait()  # the writer still holds the pipes
    remove_study(tmp_path / "runs", NAME)
    os.kill(writer, SIGCONT)
    gone_after(run.pid)
    nothing_is_left(tmp_path / "runs", NAME)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder onto itself, to be read only; skip the test where that is not allowed."""
    mounts = (["--bind", folder, folder], ["-o", "remount,ro,bind", folder])
    for mount in mounts:
        if subprocess.run(["mount", *mount], capture_output=True).returncode:
            pytest.skip("no folder can be mounted here")
    try:
        yield
    finally:  # wherever it is by now: who removes a folder renames what it is in
        below = str(folder.parents[1])
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in (each for each in mounted if each.startswith(below)):
            subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    """Make a file in a folder immutable; skip the test where that is not known."""
    file = next(path for path in folder.rglob("*") if path.is_file())
    if subprocess.run(["chattr", "+i", file], capture_output=True).returncode:
        pytest.skip("no file can be made immutable here")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-R", "-i", folder.parents[1]], check=True, capture_output=True)


@pytest.mark.parametrize("folder", ["trials/s/checkpoints", "artifacts/s"])
@pytest.mark.parametrize("held", [read_only, immutable])
def test_what_a_disk_keeps_is_not_called_removed(
    folder: str, held: Callable[[Path], AbstractContextManager[None]], runs: Path, say: Say
) -> None:
    """One line names what stays, exit 1; once the disk lets go, the same command ends it."""
    with held(runs / folder):
        for _ in range(2):
            said = say("study", "rm", "s", "--yes", "--runs", runs)
            assert (said.code, said.printed) == (1, "")
            assert "cannot be removed (given: " in said.told
            assert said.told.count("\n") == 1
    assert say("study", "rm", "s", "--yes", "--runs", runs).printed == "s is removed.\n"
    nothing_is_left(runs, "s")
