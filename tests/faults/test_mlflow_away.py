"""An MLflow server that is away costs a study nothing, and has everything once it is back."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tiny_study import end, listed, mlflow_runs, rows, start, wait_until
from tests.mlflow_server import MlflowServer
from tests.troubled_proxy import Proxy

PASSWORD = "correct-horse-battery"


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Iterator[MlflowServer]:
    """A server that is not yet started."""
    server = MlflowServer(tmp_path / "server", empty_database)
    yield server
    server.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the study is run."""
    return tmp_path / "study"


def _sync(folder: Path, url: str) -> str:
    words = ["sync", "--runs", str(folder / "runs"), "--mlflow", url]
    command = [sys.executable, "-m", "fashion_bench", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _assert_behind(told: str, url: str) -> None:
    """The last line says so, and how to go on; there is no other of it."""
    assert told.splitlines()[-1].startswith(f"MLflow is behind: {url}: ")
    assert told.splitlines()[-1].endswith(f"`fashion-bench sync --mlflow {url}`")
    assert told.count(url) == 2
    assert "Traceback" not in told


def _assert_whole(folder: Path, server: MlflowServer, whole: Path) -> None:
    """The ledger and the server have what an undisturbed study has in its folder."""
    assert listed(folder) == listed(whole)
    assert mlflow_runs(server.folder) == mlflow_runs(whole)
    assert not (folder / "runs" / "mlflow.db").exists()


def _anywhere(secret: str, folder: Path) -> bool:
    return any(secret.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.faults
def test_killed_and_started_again_it_has_everything_at_the_end(
    folder: Path, server: MlflowServer, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study neither waits nor fails; the links are the server's; the password is nowhere."""
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    server.start()
    run = start(folder, "--mlflow", server.url)
    wait_until(run, lambda: rows(folder) >= 1)
    server.kill()
    wait_until(run, lambda: rows(folder) >= 8)
    server.start()
    printed, told = end(run)
    assert "MLflow is behind" not in told
    assert f"{server.url}/#/experiments/" in printed
    assert "fashion-bench ui" not in printed
    _assert_whole(folder, server, whole)
    assert PASSWORD not in printed + told
    assert not _anywhere(PASSWORD, folder.parent)


@pytest.mark.faults
def test_refused_from_the_start_it_is_synced_later(
    folder: Path, server: MlflowServer, whole: Path
) -> None:
    """One line at the end, exit code 0; ``sync`` brings everything, and the second time nothing."""
    _, told = end(start(folder, "--mlflow", server.url))
    _assert_behind(told, server.url)
    server.start()
    assert _sync(folder, server.url) == "tiny: 12 of 12 trials were sent to MLflow\n"
    _assert_whole(folder, server, whole)
    assert _sync(folder, server.url) == "tiny: 0 of 12 trials were sent to MLflow\n"
    _assert_whole(folder, server, whole)


@pytest.mark.faults
def test_answering_500_for_a_while_it_catches_up_by_itself(
    folder: Path, server: MlflowServer, whole: Path
) -> None:
    """Nothing is told of it."""
    with Proxy(server.start().url) as proxy:
        proxy.trouble = lambda _method, _path: 500
        run = start(folder, "--mlflow", proxy.url)
        wait_until(run, lambda: rows(folder) >= 8)
        proxy.trouble = lambda _method, _path: None
        _, told = end(run)
    assert "MLflow is behind" not in told
    _assert_whole(folder, server, whole)


@pytest.mark.faults
def test_too_slow_to_answer_it_is_given_up(
    folder: Path, server: MlflowServer, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs after it was written to stops nobody; the run it has is finished."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with Proxy(server.start().url) as proxy:
        run = start(folder, "--mlflow", proxy.url)
        wait_until(run, lambda: rows(folder) >= 1)
        proxy.trouble = lambda _method, path: "sleep" if "log-batch" in path else None
        _, told = end(run)
        _assert_behind(told, proxy.url)
    _sync(folder, server.url)
    _assert_whole(folder, server, whole)


@pytest.mark.faults
def test_with_a_full_disk_it_is_behind_until_there_is_room(
    folder: Path, server: MlflowServer, whole: Path
) -> None:
    """What it took before its disk was full is completed, not repeated."""
    database = server.folder / "runs" / "mlflow.db"
    server.start(file_bytes=database.stat().st_size + 100_000)
    _, told = end(start(folder, "--mlflow", server.url))
    _assert_behind(told, server.url)
    server.kill()
    server.start()
    _sync(folder, server.url)
    _assert_whole(folder, server, whole)
