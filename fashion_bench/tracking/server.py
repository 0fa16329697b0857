"""The MLflow server of a runs folder: the pages on which people look at its studies."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from getpass import getuser
from http.client import HTTPConnection, HTTPException
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from time import sleep
from typing import BinaryIO

from fashion_bench.clock import awake
from fashion_bench.errors import MachineError
from fashion_bench.tracking import served
from fashion_bench.tracking.auth import PASSWORD, allowed_hosts, demand_password, password_for
from fashion_bench.tracking.backend import (
    FolderBackend,
    artifact_root,
    private_folder,
    tracking_uri,
)
from fashion_bench.tracking.listening import (
    PORT,
    RUNS,
    addresses,
    bracketed,
    called,
    refuse_taken,
)

_START_SECONDS = 120  # 4 on a quiet machine
_END_SECONDS = 10
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)  # the latter when its terminal is closed

# One worker and no job queue: 2 processes and 0.5 GB instead of 15 and 2.6 GB.
_LEAN = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_LOGGING_LEVEL": "WARNING"}
_APP, _APP_WITH_LOGIN = "fashion-bench", "fashion-bench-login"  # as pyproject.toml names them
_HOSTS = "MLFLOW_SERVER_ALLOWED_HOSTS"  # MLflow's own setting: what the user has set stands


def serve(runs: Path, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Show the runs folder in a browser until this process is interrupted or terminated.

    Args:
        runs: the folder whose store is shown.
        host: the address to listen at.
        port: the port to listen at.
        ready: told the server's URL as soon as it answers.

    Raises:
        FashionBenchError: the port is taken, or the address needs a password.
        MachineError: the server did not start, or ended by itself.
    """
    earlier = {number: signal.signal(number, signal.default_int_handler) for number in _ENDINGS}
    try:
        with running_server(runs, host=host, port=port) as server:
            ready(f"http://{bracketed(called(host))}:{port}")
            server.wait()
            raise _ended(runs)
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def running_server(runs: Path, *, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that answers, for the length of a ``with`` block.

    Raises:
        FashionBenchError: the port is taken, or the address needs a password.
        MachineError: it did not start.
    """
    password = may_listen(host, port)
    FolderBackend(runs).open()
    login = {} if password is None else demand_password(runs, password)
    with _private_log(runs) as log:
        server = subprocess.Popen(
            _command(runs, host, port, bool(login)),
            env={name: value for name, value in os.environ.items() if name != PASSWORD}
            | _LEAN
            | {RUNS: str(runs.resolve()), PORT: str(port), served.BY: str(os.getpid())}
            | login,
            cwd="/",  # uvicorn imports from the folder it is in, where anything may lie
            stdin=subprocess.PIPE,  # at its end when this process is
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C is ours to hand on, once, to all of its processes
        )
    try:
        _await_answer(server, runs, host, port)
        yield server
    finally:
        _end(server)


def may_listen(host: str, port: int) -> str | None:
    """Return the password that is to be demanded of who comes, ``None`` for none; make nothing.

    Raises:
        FashionBenchError: this is no address, it needs a password, or the port is taken.
    """
    addresses(host, port)
    password = password_for(host)
    refuse_taken(host, port)
    return password


def has_front_door() -> bool:
    """Whether MLflow finds our application: an installation of before it had one does not."""
    known = {found.name for found in entry_points(group="mlflow.app")}
    return {_APP, _APP_WITH_LOGIN} <= known


def ssh_line(host: str, port: int) -> str:
    """Return the command that brings this machine's port to the one a person sits at."""
    there = f"{bracketed(called(host))}:{port}"
    return f"ssh -N -L {port}:{there} {getuser()}@{socket.gethostname()}"


def _command(runs: Path, host: str, port: int, login: bool) -> list[str]:
    options = {
        "--backend-store-uri": tracking_uri(runs),
        "--default-artifact-root": str(artifact_root(runs)),
        "--host": host,
        "--port": str(port),
        "--workers": "1",
        "--allowed-hosts": os.environ.get(_HOSTS) or allowed_hosts(host, private=login),
    }
    if has_front_door():
        options["--app-name"] = _APP_WITH_LOGIN if login else _APP
    elif login:
        options["--app-name"] = "basic-auth"
    # -P: Python would import from the folder it is in, as uvicorn would.
    words = ["mlflow", "server", *chain(*options.items())]
    return [sys.executable, "-P", served.__file__, *words]


def _await_answer(server: subprocess.Popen[bytes], runs: Path, host: str, port: int) -> None:
    deadline = awake() + _START_SECONDS
    while not _answers(host, port):
        if server.poll() is not None or awake() > deadline:
            raise _ended(runs)
        sleep(0.1)


def _answers(host: str, port: int) -> bool:
    with closing(HTTPConnection(called(host), port, timeout=5)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and the worker it started: in good order, or else by the end of their pipe."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(_END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.communicate()


def _log_file(runs: Path) -> Path:
    return private_folder(runs) / "server.log"


def _private_log(runs: Path) -> BinaryIO:
    """Open it anew; who comes, from where and for what is the owner's to read."""
    log = os.open(_log_file(runs), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(log, 0o600)  # one of an earlier version
    return os.fdopen(log, "wb")


def _ended(runs: Path) -> MachineError:
    return MachineError(
        "MLflow server", "it ended or never answered", remedy=f"read {_log_file(runs)}"
    )
