"""Killed with -9 and run again, a study ends as if it had never stopped."""

from pathlib import Path
from signal import SIGKILL

import pytest

from tests.faults.tiny_study import (
    EXPERIMENT,
    FILE,
    end,
    listed,
    mlflow_runs,
    order,
    points,
    record,
    start,
    states,
)


@pytest.mark.faults
def test_a_killed_experiment_is_finished_and_measured_once(tmp_path: Path) -> None:
    """Killed while training, the same command trains the rest and then opens the test images."""
    order(tmp_path, "checkpoint-saved")
    end(start(tmp_path, "--workers", "1", file_text=EXPERIMENT), -SIGKILL)
    assert states(tmp_path) == 1
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


@pytest.mark.faults
def test_a_finished_study_only_prints(whole: Path) -> None:
    """Run again, it trains nothing and prints the same summary."""
    before = listed(whole)
    printed, told = end(start(whole))
    assert "12 of 12 trials finished" in printed
    assert "generation" not in told
    assert listed(whole) == before


@pytest.mark.faults
def test_a_changed_file_is_refused(whole: Path) -> None:
    """With another range under the same name, one line says where they differ; nothing changes."""
    before = listed(whole)
    _, told = end(start(whole, file_text=FILE.replace("1e-2", "1e-1")), 2)
    assert told.splitlines() == [
        f"Error: {whole / 'tiny.toml'}: differs from what was stored, in nuisance.lr.high; "
        "undo that, or give it another name (only [budget] may grow; question, metric and "
        "margin may change)"
    ]
    assert listed(whole) == before
