import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from fashion_bench.errors import FashionBenchError, MachineError
from fashion_bench.tracking import server
from fashion_bench.tracking.server import running_server, ssh_line
from tests.mlflow_server import free_port

SERVED = """
import sys
from pathlib import Path
from fashion_bench.tracking.server import serve
ready = lambda url: print(url, flush=True)
serve(Path(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), ready=ready)
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


def test_a_taken_port_is_told_before_anything_starts(tmp_path):
    """A port somebody listens at is a one-line mistake with its remedy; no store is made."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(FashionBenchError, match="choose another port"),
            running_server(tmp_path / "runs", host="127.0.0.1", port=port),
        ):
            pass
    assert not (tmp_path / "runs").exists()


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
    """The command for a remote machine forwards the same port."""
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.setattr(socket, "gethostname", lambda: "box")
    assert ssh_line(5001) == "ssh -N -L 5001:127.0.0.1:5001 ada@box"


def test_mlflow_keeps_to_itself():
    """Whoever imports this package has MLflow's telemetry off."""
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
