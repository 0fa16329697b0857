"""Tests of ``app/recorder.py`` and ``app/writer.py``: MLflow beside the training."""

from pathlib import Path

import pytest

from fashion_bench.app.browse import sync_studies
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write
from tests.app.test_browse import shown


def test_a_study_does_not_need_mlflow(
    tmp_path: Path, with_mlflow: RunOptions, listener: Listener, capfd: pytest.CaptureFixture[str]
) -> None:
    """With its database unusable the ledger is complete; mended, ``sync`` brings everything."""
    with_mlflow.runs.mkdir()
    database = with_mlflow.runs / "mlflow.db"
    database.write_bytes(b"not a database " * 1000)
    best = ("[budget]", "[record]\ncheckpoints = 1\n[budget]")
    ended = run_study(write(tmp_path, STUDY, best), with_mlflow, listener)
    assert len(ended.study.trials) == 8
    problem = ended.mirrored.problem
    assert problem is not None
    assert str(database) in problem
    assert "file is not a database" in problem
    assert problem.endswith("then `fashion-bench sync`")
    assert not ended.mirrored.links
    assert capfd.readouterr().err == ""

    database.unlink()
    sync_studies(with_mlflow.runs, listener.say)
    assert listener.lines[-1] == "s: 8 of 8 trials were sent to MLflow"
    assert shown(with_mlflow.runs)["s"] == ["s", *sorted(t.trial_id for t in ended.study.trials)]
    of_trials = list(with_mlflow.runs.glob("artifacts/s/*/artifacts/checkpoint.pt"))
    of_study = list(with_mlflow.runs.glob("artifacts/s/*/artifacts/checkpoints/*.pt"))
    on_disk = list(with_mlflow.runs.glob("trials/s/checkpoints/*.pt"))
    assert not of_trials
    assert {path.name: path.read_bytes() for path in of_study} == {
        path.name: path.read_bytes() for path in on_disk
    }
    assert len(on_disk) == 2


def test_a_writer_that_dies_is_told(
    tmp_path: Path, with_mlflow: RunOptions, listener: Listener
) -> None:
    """The study ends as usual, and says that MLflow lacks something."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_bench.app.recorder.WRITER", "os:_exit")
        ended = run_study(
            write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2")), with_mlflow, listener
        )
    assert len(ended.study.trials) == 4
    assert ended.mirrored.problem == "its writer ended early; `fashion-bench sync`"
