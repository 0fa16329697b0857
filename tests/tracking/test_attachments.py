import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from fashion_bench.errors import MachineError
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.arms import Figures
from fashion_bench.tracking.backend import tracking_uri
from fashion_bench.tracking.experiments import attach
from fashion_bench.tracking.mlflow_mirror import Mirror


def test_the_run_of_the_study_gets_the_file(
    runs: Path,
    make_mirror: Callable[..., Mirror],
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    tmp_path: Path,
) -> None:
    """It is among that run's artifacts, the latest text of its name, and not among a trial's."""
    mirror, trial = make_mirror(), make_trial()
    mirror.sync_trials([trial], files=lambda _: {})
    mirror.sync_study(make_study(trial), Figures(), files={})
    assert attach(runs, make_study(), "report.html", "first")
    assert attach(runs, make_study(), "report.html", "größer")
    client = MlflowClient(tracking_uri(runs))
    experiment = client.get_experiment_by_name("mlp")
    assert experiment is not None
    held = {
        run.data.tags["kind"]: [file.path for file in client.list_artifacts(run.info.run_id)]
        for run in client.search_runs([experiment.experiment_id])
    }
    assert held == {"study": ["report.html"], "arm": [], "trial": []}
    (run,) = client.search_runs([experiment.experiment_id], "tags.kind = 'study'")
    path = client.download_artifacts(run.info.run_id, "report.html", str(tmp_path))
    assert Path(path).read_text("utf-8") == "größer"


def test_where_there_is_no_run_nothing_is_made(
    runs: Path,
    make_mirror: Callable[..., Mirror],
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
) -> None:
    """A study that MLflow does not know, or knows by its trials alone, stays as it is."""
    assert not attach(runs, make_study(), "report.html", "x")
    assert MlflowClient(tracking_uri(runs)).get_experiment_by_name("mlp") is None
    make_mirror().sync_trials([make_trial()], files=lambda _: {})
    assert not attach(runs, make_study(), "report.html", "x")


def test_without_a_store_none_is_made(
    tmp_path: Path, make_study: Callable[..., StudyRecord]
) -> None:
    """A report needs no MLflow."""
    assert not attach(tmp_path, make_study(), "report.html", "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trouble", ["broken", "locked"])
def test_a_store_that_cannot_be_read_is_one_line(
    runs: Path, make_study: Callable[..., StudyRecord], trouble: str
) -> None:
    """It is not waited for: the report is written already."""
    database = runs / "mlflow.db"
    if trouble == "broken":
        database.write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        if trouble == "locked":
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(MachineError, match=r"MLflow's store cannot be written or read"):
            attach(runs, make_study(), "report.html", "x")
