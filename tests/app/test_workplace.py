"""Tests of ``app/workplace.py``."""

import os
from pathlib import Path

import pytest

from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import MachineError, StudyError


def test_one_drives_a_study_at_a_time(tmp_path: Path) -> None:
    """A second driver of the same study is refused, one of another study is not."""
    workplace = Workplace(tmp_path / "runs")
    with workplace.driving("s"):
        with (
            pytest.raises(StudyError, match=f"is being run by process {os.getpid()} on "),
            Workplace(tmp_path / "runs").driving("s"),
        ):
            pass
        with workplace.driving("t"):
            pass
    with workplace.driving("s"):
        pass


def test_a_folder_that_cannot_be_written_is_the_machines_failure(tmp_path: Path) -> None:
    """A file where the folder should be is told, and stays as it is."""
    (tmp_path / "runs").write_text("mine")
    with (
        pytest.raises(MachineError, match="cannot be written"),
        Workplace(tmp_path / "runs").driving("s"),
    ):
        pass
    assert (tmp_path / "runs").read_text() == "mine"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """To ask what a folder holds does not make it."""
    with pytest.raises(StudyError, match="holds no study or experiment"):
        Workplace(tmp_path / "runs").existing_ledger()
    assert not (tmp_path / "runs").exists()


def test_a_ledger_without_studies_is_as_none(tmp_path: Path) -> None:
    """When the last study is removed, the folder is told of as before the first."""
    workplace = Workplace(tmp_path)
    workplace.ledger()
    with pytest.raises(StudyError, match="holds no study or experiment"):
        workplace.existing_ledger()
