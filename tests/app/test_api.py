"""Tests of ``app/api.py``, by the names that users import."""

import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from fashion_bench import (
    arms_table,
    compare,
    differences,
    load,
    run_experiment,
    run_study,
    trials_table,
)
from fashion_bench.app.options import ExperimentOptions
from fashion_bench.errors import FashionBenchError
from tests.app.small_files import EXPERIMENT, write


def test_a_study_in_a_script(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Run, loaded and set side by side; what is told goes to standard error."""
    runs = str(tmp_path / "runs")
    study = run_study(str(write(tmp_path)), runs=runs, device="cpu", workers=1, no_mlflow=True)
    assert load("s", runs=runs) == study
    assert list(arms_table(study)["arm"]) == ["none", "dropout"]
    assert "Ahead so far: " in repr(compare(study, runs=runs))
    assert len(trials_table(study)) == 8
    with pytest.raises(FashionBenchError, match="gives no verdict"):
        differences(study)
    printed, told = capfd.readouterr()
    assert printed == ""
    assert "8 of 8 trials" in told


def test_an_experiment_in_a_script(tmp_path: Path) -> None:
    """Its means over the seeds are columns; to open the test images again takes a reason."""
    file, runs = write(tmp_path, EXPERIMENT), tmp_path / "runs"
    study = run_experiment(file, runs=runs, data=tmp_path, device="cpu", workers=1, no_mlflow=True)
    assert list(arms_table(study)["test_accuracy_n"]) == [2, 2]
    assert "b" in repr(compare(study, runs=runs))
    assert set(differences(study)["verdict"]) == {"cannot tell: n"}
    with pytest.raises(FashionBenchError, match="no reason"):
        run_experiment(file, runs=runs, again=" ")


def test_an_mlflow_that_is_behind_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The study is there all the same."""
    (tmp_path / "mlflow.db").write_bytes(b"not a database " * 1000)
    study = run_study(write(tmp_path), runs=tmp_path, device="cpu", workers=1)
    assert len(study.trials) == 8
    assert "MLflow is behind: " in capfd.readouterr().err


def test_the_keywords_are_the_options_of_running() -> None:
    """An editor shows them, and one that is none is refused."""
    shown = list(inspect.signature(run_experiment).parameters)
    assert shown == ["file", *(field.name for field in fields(ExperimentOptions))]
    with pytest.raises(TypeError, match="wrokers"):
        run_study("s.toml", wrokers=2)


def test_a_size_that_no_cohort_has_is_refused(tmp_path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(FashionBenchError, match="use one of 1, 2, 4, 8"):
        run_study(write(tmp_path), runs=tmp_path / "runs", cohort_size=3)
    assert not (tmp_path / "runs").exists()
