"""Which URLs of an MLflow server ``app/runs_folder.py`` takes."""

from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import FashionBenchError
from tests.app.conftest import Listener
from tests.app.small_files import write


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5000", "https://mlflow.example.org/team/", "http://[::1]:80"]
)
def test_servers_are_taken(tmp_path: Path, url: str) -> None:
    """With a path, where it is behind another server."""
    assert RunsFolder(tmp_path, url).mlflow == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:///s3cret.db",
        "databricks",
        "file:///s3cret",
        "http://",
        "http://host:s3cret",
        "http://[s3cret",
        "//host/s3cret",
        "http://ada:s3cret@host",
        "http://host?token=s3cret",
        "http://host/#s3cret",
    ],
)
def test_anything_else_is_refused_unrepeated(tmp_path: Path, url: str) -> None:
    """One line names the variables a password belongs into, and none that was given."""
    with pytest.raises(FashionBenchError, match="MLFLOW_TRACKING_PASSWORD") as told:
        RunsFolder(tmp_path, url)
    assert "s3cret" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_a_run_is_refused_before_anything_is_made(tmp_path: Path, listener: Listener) -> None:
    """Not when all is trained and MLflow's turn comes."""
    options = RunOptions(runs=tmp_path / "runs", device="cpu", workers=1, mlflow="ftp://host")
    with pytest.raises(FashionBenchError, match="--mlflow: is no http or https URL"):
        run_study(write(tmp_path), options, listener)
    assert not options.runs.exists()
