"""Tests of ``app/runs_folder.py``."""

import os
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


def test_a_ledger_without_studies_is_as_none(tmp_path: Path) -> None:
    """When the last study is removed, the folder is told of as before the first."""
    runs_folder = RunsFolder(tmp_path)
    runs_folder.ledger()
    with pytest.raises(StudyError, match="holds no study or experiment"):
        runs_folder.existing_ledger()
