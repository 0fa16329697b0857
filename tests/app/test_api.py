"""Tests of ``app/api.py``, by the names that users import."""

from pathlib import Path

import pytest

from fashion_bench import compare, differences, load, run_experiment, run_study, trials_table
from fashion_bench.app.recorder import Mirrored
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from tests.app.conftest import NoMlflow
from tests.app.small_files import EXPERIMENT, write

pytestmark = pytest.mark.usefixtures("without_mlflow")


def test_a_study_in_a_script(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Run, loaded and set side by side; what is told goes to standard error."""
    runs = str(tmp_path / "runs")
    study = run_study(str(write(tmp_path)), runs=runs, device="cpu", workers=1)
    assert load("s", runs=runs) == study
    assert list(compare(study)["arm"]) == ["none", "dropout"]
    assert len(trials_table(study)) == 8
    assert differences(study).empty
    printed, told = capfd.readouterr()
    assert printed == ""
    assert "8 of 8 trials" in told


def test_an_experiment_in_a_script(tmp_path: Path) -> None:
    """Its means over the seeds are columns; to open the test images again takes a reason."""
    file, runs = write(tmp_path, EXPERIMENT), tmp_path / "runs"
    study = run_experiment(file, runs=runs, data=tmp_path, device="cpu", workers=1)
    assert list(compare(study)["test_accuracy_n"]) == [2, 2]
    assert set(differences(study)["verdict"]) == {"cannot tell: n"}
    with pytest.raises(FashionBenchError, match="no reason"):
        run_experiment(file, runs=runs, again=" ")


def test_an_mlflow_that_is_behind_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The study is there all the same."""

    class Behind(NoMlflow):
        def finish(self, _study: StudyRecord) -> Mirrored:
            return Mirrored(problem="no room")

    monkeypatch.setattr("fashion_bench.app.run.Recorder", Behind)
    run_study(write(tmp_path), runs=tmp_path / "runs", device="cpu", workers=1)
    assert capfd.readouterr().err.endswith("MLflow is behind: no room\n")
