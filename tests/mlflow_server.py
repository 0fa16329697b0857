"""A real MLflow server with a folder of its own, which may be killed, starved and started again."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from shutil import copyfile
from types import TracebackType
from typing import Self

__all__ = ["MlflowServer", "free_port"]

LEAN = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_LOGGING_LEVEL": "ERROR"}


class MlflowServer:
    """A server that proxies artifacts; its database is ``<folder>/runs/mlflow.db``.

    Args:
        folder: made, and given a copy of the database.
        database: of an empty store; making one takes seconds.
    """

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "runs").mkdir(parents=True)
        copyfile(database, folder / "runs" / "mlflow.db")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self, *, file_bytes: int | None = None) -> Self:
        """Start it and wait until it answers; no file of its may grow beyond ``file_bytes``."""
        self._process = subprocess.Popen(
            self._command(),
            env=os.environ | LEAN,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(_limit, file_bytes) if file_bytes else None,
        )
        deadline = time.monotonic() + 120  # 5 s on a quiet machine
        while not self._answers():
            assert self._process.poll() is None, "the server ended"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """Kill all its processes where they are."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _command(self) -> list[str]:
        options = {
            "--backend-store-uri": f"sqlite:///{self.folder / 'runs' / 'mlflow.db'}",
            "--artifacts-destination": str(self.folder / "artifacts"),
            "--host": "127.0.0.1",
            "--port": str(self.port),
            "--workers": "1",
        }
        words = [word for option in options.items() for word in option]
        return [sys.executable, "-m", "mlflow", "server", *words]

    def _answers(self) -> bool:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False


def free_port() -> int:
    """A port at which nobody listens, and that stays free until a server takes it.

    It is below those that the system gives to connections, and the processes that run tests
    begin to look in places of their own.
    """
    for port in _PORTS:
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


_PORTS = (11_000 + (97 * os.getpid() + number) % 20_000 for number in count())


def _limit(file_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
