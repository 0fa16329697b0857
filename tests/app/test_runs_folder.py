"""Tests of ``app/runs_folder.py``."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import MachineError, StudyError


def test_one_drives_a_study_at_a_time(tmp_path: Path) -> None:
    """A second driver of the same study is refused, one of another study is not."""
    runs_folder = RunsFolder(tmp_path / "runs")
    with runs_folder.driving("s"):
        with (
            pytest.raises(StudyError, match=f"is being run by process {os.getpid()} on "),
            RunsFolder(tmp_path / "runs").driving("s"),
        ):
            pass
        with runs_folder.driving("t"):
            pass
    with runs_folder.driving("s"):
        pass


def test_a_folder_that_cannot_be_written_is_the_machines_failure(tmp_path: Path) -> None:
    """A file where the folder should be is told, and stays as it is."""
    (tmp_path / "runs").write_text("mine")
    with (
        pytest.raises(MachineError, match="cannot be written"),
        RunsFolder(tmp_path / "runs").driving("s"),
    ):
        pass
    assert (tmp_path / "runs").read_text() == "mine"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """To ask what a folder holds does not make it."""
    with pytest.raises(StudyError, match="holds no study or experiment"):
        RunsFolder(tmp_path / "runs").existing_ledger()
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    """A name that no folder can have, as any that its owner keeps shut, is one short line."""
    with pytest.raises(MachineError, match="cannot be read: File name too long") as told:
        RunsFolder(tmp_path / ("x" * 5000)).existing_ledger()
    assert len(str(told.value)) < 400


def test_a_ledger_without_studies_is_as_none(tmp_path: Path) -> None:
    """When the last study is removed, the folder is told of as before the first."""
    runs_folder = RunsFolder(tmp_path)
    runs_folder.ledger()
    with pytest.raises(StudyError, match="holds no study or experiment"):
        runs_folder.existing_ledger()


def test_who_asks_who_drives_is_in_nobodys_way(tmp_path: Path) -> None:
    """Two who look on share the lock, so neither takes the other for the driver."""
    runs_folder = RunsFolder(tmp_path)
    with runs_folder.driving("s"):
        pass
    with (tmp_path / "trials" / "s.lock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert runs_folder.driver("s") is None


def test_who_may_only_read_sees_who_drives(tmp_path: Path) -> None:
    """The lock is asked of, and not written."""
    script = """
import os, sys
from pathlib import Path
from fashion_bench.app.runs_folder import RunsFolder
def refuse(event, given):
    if event == "open" and "s.lock" in str(given[0]) and given[2] & (os.O_WRONLY | os.O_RDWR):
        raise PermissionError
sys.addaudithook(refuse)
print(RunsFolder(Path(sys.argv[1])).driver("s"))
"""
    with RunsFolder(tmp_path).driving("s"):
        command = [sys.executable, "-c", script, tmp_path]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"process {os.getpid()} on ")
