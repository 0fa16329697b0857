"""No process asks for an address off this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import optuna
import pytest

from tests.app.small_files import EXPERIMENT, write
from tests.faults.processes import until
from tests.mlflow_server import free_port

# Python runs it first in every process, ours and those that these start.
WITNESS = """
import os, sys
def witness(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        with open({file!r}, "a") as asked:
            asked.write(f"{{os.getpid()}} {{arguments[0]!r}}\\n")
sys.addaudithook(witness)
open({file!r} + ".there", "w").close()
"""
OURS = {"'127.0.0.1'", "b'127.0.0.1'", "'localhost'", "None"}

AT_HOME = """
import time, mlflow
mlflow.set_tracking_uri("x")
while (client := mlflow.telemetry.get_telemetry_client()) is None:
    time.sleep(0.1)
client.activate()
time.sleep(3600)
"""

SERVED = """
import sys
from pathlib import Path
from fashion_bench.tracking import settle
settle()
from fashion_bench.tracking.server import serve
ready = lambda url: print(url, flush=True)
serve(Path(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), ready=ready)
"""


class Witness:
    """Knows the names that processes have looked up."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "asked"
        (folder / "sitecustomize.py").write_text(WITNESS.format(file=str(self.file)))
        # MLflow keeps quiet by itself in a test, and where it finds itself run by a robot.
        quiet = ("PYTEST", "CI", "GITHUB", "MLFLOW", "DO_NOT_TRACK")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(quiet)}
        self.environment = kept | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}

    @property
    def elsewhere(self) -> list[str]:
        """What was looked up that is not this machine."""
        assert self.file.with_suffix(".there").exists()
        asked = self.file.read_text().splitlines() if self.file.exists() else []
        return [line for line in asked if line.split(maxsplit=1)[1] not in OURS]


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """A witness of all processes that get its environment."""
    folder = tmp_path / "witness"
    folder.mkdir()
    return Witness(folder)


@contextmanager
def _served(runs: Path, environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-c", SERVED, str(runs), str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield port
        finally:
            process.terminate()


def test_the_witness_sees_mlflow_phone_home(witness: Witness) -> None:
    """Left to itself, MLflow asks for its makers' address: the other tests can fail."""
    command = [sys.executable, "-c", AT_HOME]
    with subprocess.Popen(command, env=witness.environment) as process:
        try:
            until(lambda: witness.file.exists() and witness.elsewhere, seconds=120)
            assert process.poll() is None
        finally:
            process.kill()


def test_an_experiment_and_its_pages_ask_for_nothing(witness: Witness, tmp_path: Path) -> None:
    """Neither training, recording, nor the server and its pages, whose own reports are off too."""
    file, runs = write(tmp_path, EXPERIMENT), tmp_path / "runs"
    command = [sys.executable, "-m", "fashion_bench", "experiment", "run", file, "--runs", runs]
    subprocess.run(
        [*command, "--device", "cpu", "--workers", "2"], env=witness.environment, check=True
    )
    with _served(runs, witness.environment) as port:
        for path in ("/", "/ajax-api/3.0/mlflow/ui-telemetry"):
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse().read().decode()
        assert '"disable_ui_telemetry":true' in answer
    assert witness.elsewhere == []


def test_optuna_has_nothing_to_send_with() -> None:
    """It comes without a library for requests: what it has of networks is for its storages."""
    folder = Path(optuna.__file__).parent
    senders = ("import requests", "import httpx", "import urllib", "from urllib", "http.client")
    assert not [p for p in folder.rglob("*.py") if any(s in p.read_text() for s in senders)]
