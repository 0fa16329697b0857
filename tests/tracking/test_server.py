import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from importlib.metadata import entry_points
from pathlib import Path
from unittest.mock import Mock

import pytest

from fashion_bench.app.browse import serve_ui
from fashion_bench.errors import FashionBenchError, MachineError
from fashion_bench.tracking import listening, server
from fashion_bench.tracking.server import running_server, ssh_line
from tests.faults.processes import until
from tests.faults.tiny_study import children
from tests.mlflow_server import free_port

FAMILIES = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]

SERVED = """
import sys
from pathlib import Path
from fashion_bench.tracking.server import serve
ready = lambda url: print(url, flush=True)
host = (sys.argv[3:] or ["127.0.0.1"])[0]
serve(Path(sys.argv[1]), host=host, port=int(sys.argv[2]), ready=ready)
print("ended", flush=True)
"""


def _experiments(port: int) -> list[str]:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/api/2.0/mlflow/experiments/search?max_results=9")
        answer = json.load(connection.getresponse())
    return [experiment["name"] for experiment in answer["experiments"]]


def _page(port: int, path: str) -> str:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read().decode()


def test_the_store_is_served_until_the_process_is_terminated(runs, make_mirror):
    """``serve`` tells when its page answers, shows the store, and ends all it started."""
    make_mirror().links("")
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVED, str(runs), str(port)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == f"http://127.0.0.1:{port}\n"
            assert "mlp" in _experiments(port)
            assert 'location.replace("start")' in _page(port, "/")
            assert "<h1>Studies</h1>" in _page(port, "/start")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "ended\n"
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        _experiments(port)


@contextmanager
def _started(runs: Path, host: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A process that serves, and has said so."""
    port = free_port()
    command = [sys.executable, "-c", SERVED, str(runs), str(port), host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline().startswith("http://")
            yield process, port
        finally:
            process.kill()


def _nobody_listens(host: str, port: int) -> bool:
    with closing(HTTPConnection(host, port)) as connection:
        try:
            connection.connect()
        except OSError as error:
            return isinstance(error, ConnectionRefusedError)
        return False


def test_a_server_is_named_by_who_wants_its_port_and_ends_with_its_parent(runs, tmp_path):
    """On IPv6: it answers, is named with the process to end, and outlives no ``kill -9`` of it."""
    with _started(runs, "::1") as (process, port):
        with closing(HTTPConnection("::1", port)) as asked:
            asked.request("GET", "/start")
            assert asked.getresponse().status == 200
        with (
            pytest.raises(FashionBenchError) as refusal,
            running_server(tmp_path / "other", host="::1", port=port),
        ):
            pass
        assert str(refusal.value) == (
            f"port {port}: is taken by the UI of {runs.resolve()} (process {process.pid}); "
            f"end it, or choose another, as --port {port + 1}"
        )
        assert not (tmp_path / "other").exists()
        (command,) = children(process.pid)
        (worker,) = children(command)
        process.kill()
        process.wait()
        until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in (command, worker)))
        until(lambda: _nobody_listens("::1", port))


@pytest.mark.faults
def test_a_server_whose_own_command_is_killed_leaves_none_that_serves(runs):
    """Of MLflow's two processes the first is killed: the other ends, and ``serve`` says so."""
    with _started(runs, "127.0.0.1") as (process, port):
        (command,) = children(process.pid)
        os.kill(command, signal.SIGKILL)
        process.wait()
        assert process.returncode == 1
        until(lambda: _nobody_listens("127.0.0.1", port))


@pytest.mark.parametrize(("family", "host"), FAMILIES)
def test_a_port_of_another_program_is_told_before_anything_starts(tmp_path, family, host):
    """A port somebody listens at is a one-line mistake with its remedy; no store is made."""
    with closing(socket.socket(family)) as taken:
        taken.bind((host, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(FashionBenchError, match="is taken by another program; end that, or"),
            running_server(tmp_path / "runs", host=host, port=port),
        ):
            pass
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "host", ["example.invalid", "", "999.1.1.1", "192.0.2.1", "2001:db8::1", "x" * 300, "a\0b"]
)
def test_what_is_no_address_here_is_told_and_nothing_is_made(tmp_path, host, monkeypatch):
    """A slip of ``--host`` is said to be one, whatever else would be wanting."""
    monkeypatch.setenv("FASHION_BENCH_PASSWORD", "correct horse 1")
    with pytest.raises(FashionBenchError, match="is neither an address of this machine nor a name"):
        serve_ui(tmp_path / "typo", host=host, port=free_port(), say=print)
    assert not (tmp_path / "typo").exists()


def test_an_address_is_told_as_a_browser_takes_it(tmp_path, monkeypatch):
    """That of IPv6 in brackets; in place of all addresses, one that leads to this machine."""
    said = list[str]()
    monkeypatch.setattr(server, "running_server", _ended_server)
    for host in ("::1", "::", "0.0.0.0", "localhost"):
        with pytest.raises(MachineError):
            server.serve(tmp_path, host=host, port=80, ready=said.append)
    ipv6, ipv4 = "http://[::1]:80", "http://127.0.0.1:80"
    assert said == [ipv6, ipv6, ipv4, "http://localhost:80"]


@contextmanager
def _ended_server(*_: object, **__: object) -> Iterator[Mock]:
    yield Mock()


def test_a_name_is_refused_where_any_of_its_addresses_is_taken(monkeypatch):
    """``localhost`` may stand for ``::1`` first: the server listens at both, so both are tried."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        both = [(socket.AF_INET6, 1, 6, "", ("::1", port)), (2, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        with pytest.raises(FashionBenchError, match="is taken"):
            listening.refuse_taken("localhost", port)


def test_a_server_that_dies_leaves_its_words(runs, monkeypatch):
    """A server that ends before it answers is the machine's failure; its output is kept."""
    broken = [sys.executable, "-c", "print('no memory')"]
    monkeypatch.setattr(server, "_command", lambda *_: broken)
    with (
        pytest.raises(MachineError, match=r"server\.log") as failure,
        running_server(runs, host="127.0.0.1", port=free_port()),
    ):
        pass
    assert Path(failure.value.remedy.removeprefix("read ")).read_text() == "no memory\n"


def test_time_in_which_nobody_could_run_is_none_that_a_server_takes(tmp_path, monkeypatch):
    """Stopped by Ctrl-Z while the server starts, ``ui`` waits on when it goes on."""
    told = iter([False, False, True])
    monkeypatch.setattr(server, "_answers", lambda *_: next(told))
    monkeypatch.setattr(server, "awake", lambda: 0.0)
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10**6, 10**4)).__next__)
    server._await_answer(Mock(poll=lambda: None), tmp_path, "127.0.0.1", 1)
    monkeypatch.setattr(server, "_answers", lambda *_: False)
    monkeypatch.setattr(server, "awake", iter(range(0, 10**6, 10**4)).__next__)
    with pytest.raises(MachineError, match="server"):
        server._await_answer(Mock(poll=lambda: None), tmp_path, "127.0.0.1", 1)


def test_an_installation_without_the_start_page_keeps_mlflows_own(runs, monkeypatch):
    """Made before there was one, it has no entry point: MLflow starts, with its login if asked."""
    command = server._command(runs, "127.0.0.1", 5000, False)
    assert command[-2:] == ["--app-name", "fashion-bench"]
    assert server._command(runs, "127.0.0.1", 5000, True)[-1] == "fashion-bench-login"
    monkeypatch.setattr(server, "entry_points", lambda group: ())
    assert not server.has_front_door()
    assert "--app-name" not in server._command(runs, "127.0.0.1", 5000, False)
    assert server._command(runs, "127.0.0.1", 5000, True)[-1] == "basic-auth"


def test_mlflow_finds_the_start_page_by_its_entry_points():
    """Each name leads to a function that makes an application, and the one with a login asks."""
    found = {each.name: each.value for each in entry_points(group="mlflow.app")}
    home = "fashion_bench.app.front_door"
    assert found["fashion-bench"] == f"{home}:create_app"
    assert found["fashion-bench-login"] == f"{home}:create_app_with_login"


def test_the_ssh_line_brings_the_port(monkeypatch):
    """The command for a remote machine forwards the same port, to where the server listens."""
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.setattr(socket, "gethostname", lambda: "box")
    assert ssh_line("0.0.0.0", 5001) == "ssh -N -L 5001:127.0.0.1:5001 ada@box"
    assert ssh_line("::1", 5001) == "ssh -N -L 5001:[::1]:5001 ada@box"
    assert ssh_line("192.168.0.7", 5001) == "ssh -N -L 5001:192.168.0.7:5001 ada@box"


def test_mlflow_keeps_to_itself():
    """Whoever imports this package has MLflow's telemetry off."""
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
