"""Who sees the pages of a real server: on loopback anybody, elsewhere who knows the password."""

import json
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, chdir, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import pytest

from fashion_bench.errors import FashionBenchError, MachineError
from fashion_bench.tracking.auth import (
    PASSWORD,
    USER,
    allowed_hosts,
    demand_password,
    is_guessable,
    password_for,
)
from fashion_bench.tracking.guesses import FREE
from fashion_bench.tracking.server import running_server
from tests.faults.tiny_study import children
from tests.mlflow_server import free_port
from tests.saying import Say
from tests.saying import say as say

EARLIER, NOW = "correct horse 1", "correct horse: 2 %&<ü"
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=9"


def _login(password: str, user: str = USER) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


class Served:
    """A server that runs, and what it answers."""

    def __init__(self, runs: Path, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.runs, self.process, self.port = runs, process, port

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        """Return the status of an answer."""
        return self._answer(path, method, headers)[0].status

    def names(self, **headers: str) -> list[str]:
        """Return the experiments that it lists."""
        listed = json.loads(self._answer(SEARCH, "GET", headers)[1])
        return [experiment["name"] for experiment in listed["experiments"]]

    def _answer(
        self, path: str, method: str, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response, response.read()


@contextmanager
def _served(folder: Path, host: str, password: str | None) -> Iterator[Served]:
    runs, port = folder / "my runs 100%", free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(PASSWORD, raising=False)
        if password is not None:
            demand_password(runs, EARLIER)  # as another start did
            patch.setenv(PASSWORD, password)
        with running_server(runs, host=host, port=port) as process:
            yield Served(runs, process, port)


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that listens at every address, of a store whose password has changed."""
    with _served(tmp_path_factory.mktemp("everywhere"), "0.0.0.0", NOW) as served:
        yield served


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as it is by default, started where a module lies in the way."""
    folder = tmp_path_factory.mktemp("loopback")
    for module in ("mlflow", "uvicorn", "flask", "fashion_bench"):
        (folder / f"{module}.py").write_text(f"open({str(folder / 'executed')!r}, 'w').close()")
    with ExitStack() as stack:
        with chdir(folder):
            served = stack.enter_context(_served(folder, "127.0.0.1", None))
        yield served


# Beyond loopback ---------------------------------------------------------------------------------

PAGES = (
    "/",
    "/start",
    SEARCH,
    "/ajax-api/2.0/mlflow/experiments/search?max_results=9",
    "/get-artifact?path=x&run_uuid=y",
    "/graphql",
    "/signup",
)


@pytest.mark.parametrize("path", PAGES)
def test_without_the_password_nothing_is_shown(everywhere: Served, path: str) -> None:
    """Neither a page nor data, to nobody, to a guess, or to whoever knows an earlier password."""
    assert everywhere.status(path) == 401
    assert everywhere.status(path, **_login("password1234")) == 401
    assert everywhere.status(path, **_login(EARLIER)) == 401
    assert everywhere.status(path, **_login(NOW, "root")) == 401


def test_without_the_password_nothing_is_changed(everywhere: Served) -> None:
    """Nobody makes or removes anything."""
    for path in ("experiments/create", "experiments/delete", "users/create"):
        assert everywhere.status(f"/api/2.0/mlflow/{path}", "POST") == 401


def test_with_the_password_all_is_shown(everywhere: Served) -> None:
    """The pages, and the data on them."""
    assert everywhere.status("/", **_login(NOW)) == 200
    assert everywhere.status("/start", **_login(NOW)) == 200
    assert everywhere.names(**_login(NOW)) == ["Default"]


def test_health_is_open(everywhere: Served) -> None:
    """What a container's health check asks needs no password."""
    assert everywhere.status("/health") == 200


def test_it_answers_to_its_own_names_only(everywhere: Served) -> None:
    """To the machine's name and the addresses of private networks; no page elsewhere leads here."""
    for host in ("localhost:5000", "192.168.0.7:5000", socket.gethostname()):
        assert everywhere.status("/", Host=host, **_login(NOW)) == 200
    for path in ("/", "/start"):
        assert everywhere.status(path, Host="somebody.com", **_login(NOW)) == 403


def test_the_password_is_nowhere_to_be_read(everywhere: Served) -> None:
    """Not in the list of processes, their environment, the log, or any file of the runs."""
    server = everywhere.process.pid
    processes = [server, *children(server)]
    assert len(processes) > 1
    said = [Path(f"/proc/{pid}/{of}") for pid in processes for of in ("cmdline", "environ")]
    kept = [path for path in everywhere.runs.rglob("*") if path.is_file()]
    assert {"users.db", "server.log", "basic_auth.ini"} < {path.name for path in kept}
    for path in said + kept:
        assert NOW.encode() not in path.read_bytes(), path


def test_what_the_password_is_checked_by_is_the_owners_to_read(everywhere: Served) -> None:
    """From creation on: file and log of users, what sqlite keeps beside it, and their folder."""
    folder = everywhere.runs / ".mlflow" / "login"
    assert folder.stat().st_mode & 0o777 == 0o700
    private = [*folder.iterdir(), everywhere.runs / ".mlflow" / "server.log"]
    assert {"users.db", "basic_auth.ini"} <= {path.name for path in private}
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in private} == {
        path.name: "0o600" for path in private
    }


def test_guesses_are_answered_slower_and_the_owner_is_not(everywhere: Served) -> None:
    """After a few wrong ones at once the next wait, then are refused; the password goes on."""
    assert everywhere.status("/start", **_login(NOW)) == 200
    with ExitStack() as stack, DefaultSelector() as answers:
        for guess in range(FREE + 10):
            connection = HTTPConnection("127.0.0.1", everywhere.port, timeout=60)
            stack.callback(connection.close)
            connection.request("GET", "/start", headers=_login(f"wrong guess {guess}"))
            answers.register(connection.sock, EVENT_READ, connection)
        told = list[int]()
        while 429 not in told:
            for key, _ in answers.select():
                answers.unregister(key.fileobj)
                told.append(key.data.getresponse().status)
        assert set(told) <= {401, 429}
        assert everywhere.status("/start", **_login(NOW)) == 200


# On loopback -------------------------------------------------------------------------------------


def test_loopback_asks_for_nothing(loopback: Served) -> None:
    """Whoever is on the machine, or comes by ssh, looks and changes as before."""
    assert loopback.status("/") == 200
    assert loopback.status("/start") == 200
    assert loopback.names() == ["Default"]
    assert not list(loopback.runs.rglob("users.db"))


@pytest.mark.parametrize("host", ["somebody.com", "10.somebody.com:5000", "127.0.0.1.nip.io"])
def test_no_page_elsewhere_leads_to_loopback(loopback: Served, host: str) -> None:
    """A name that somebody lets lead to 127.0.0.1 is refused, like an address of a network."""
    assert loopback.status(SEARCH, Host=host) == 403
    assert loopback.status("/start", Host=host) == 403
    for own in ("localhost:1", "127.0.0.1", "[::1]:5000"):
        assert loopback.status(SEARCH, Host=own) == 200


def test_no_code_comes_from_where_it_is_started(loopback: Served) -> None:
    """Modules in the current folder are not the server's."""
    assert not (loopback.runs.parent / "executed").exists()


def test_nobody_else_reaches_it(loopback: Served) -> None:
    """It listens at 127.0.0.1 and at no other address."""
    tables = [Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table.splitlines()]
    port, listens = f":{loopback.port:04X}", "0A"
    addresses = [row[1] for row in rows if row[1].endswith(port) and row[3] == listens]
    assert addresses == [f"0100007F{port}"]


# Before anything is started ----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "::", "box", "localhost.example"])
@pytest.mark.parametrize("given", [None, "", "too short", "password1234"])
def test_an_address_for_others_needs_a_password(
    host: str, given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says which variable to set, and never what it holds."""
    monkeypatch.delenv(PASSWORD, raising=False)
    if given is not None:
        monkeypatch.setenv(PASSWORD, given)
    with pytest.raises(FashionBenchError, match="12 characters") as refusal:
        password_for(host)
    assert PASSWORD in str(refusal.value)
    assert not given or given not in str(refusal.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_none(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """But one that is set is demanded there, too."""
    monkeypatch.delenv(PASSWORD, raising=False)
    assert password_for(host) is None
    monkeypatch.setenv(PASSWORD, NOW)
    assert password_for(host) == NOW


def test_the_command_refuses_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    """Without a password ``ui`` exits with 2 and has started nothing."""
    monkeypatch.delenv(PASSWORD, raising=False)
    said = say("ui", "--host", "0.0.0.0", "--port", free_port(), "--runs", tmp_path / "runs")
    assert (said.code, said.printed) == (2, "")
    assert said.told == (
        "Error: 0.0.0.0: other machines reach this address, so a password is needed; "
        "set FASHION_BENCH_PASSWORD to 12 characters or more, or stay on 127.0.0.1\n"
    )
    assert not (tmp_path / "runs" / "mlflow.db").exists()


@pytest.mark.parametrize(
    "password",
    [
        "too short",
        " " * 12,
        "a" * 12,
        "   short    ",
        "admin1234567",
        "Password1234",
        "adminpassword",
        "123456789012",
        "cbacbacbacba",
        "20262026202620",
    ],
)
def test_what_is_long_but_nothing_else_is_too_easy_to_guess(password: str) -> None:
    """White space, one letter, a row, or the name with digits is as good as none."""
    assert is_guessable(password)


@pytest.mark.parametrize(
    "password", [EARLIER, NOW, "739105826491", "0f3a9c17e2b8d456", "correcthorsebattery"]
)
def test_what_nobody_tries_first_is_taken(password: str) -> None:
    """A phrase, drawn digits, what a program makes."""
    assert not is_guessable(password)


def test_users_of_an_earlier_version_are_kept_and_become_private(tmp_path: Path) -> None:
    """What lay beside the locks, for all to read, goes where the owner alone may look."""
    demand_password(tmp_path, EARLIER)
    new, old = tmp_path / ".mlflow" / "login", tmp_path / ".mlflow"
    for file in new.iterdir():
        file.rename(old / file.name).chmod(0o644)
    new.rmdir()
    (old / "users.db-wal").touch(mode=0o644)
    demand_password(tmp_path, NOW)
    assert not list(old.glob("users.db*"))
    assert {path.stat().st_mode & 0o777 for path in new.iterdir()} == {0o600}


def test_users_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """A file that is no database, or a folder, is one line at once, without the password."""
    users = tmp_path / ".mlflow" / "login" / "users.db"
    users.parent.mkdir(parents=True)
    users.write_bytes(b"not a database " * 1000)
    with pytest.raises(MachineError, match=r"users\.db") as failure:
        demand_password(tmp_path, NOW)
    assert NOW not in str(failure.value)
    users.unlink()
    users.mkdir()
    with pytest.raises(MachineError, match=r"users\.db"):
        demand_password(tmp_path, NOW)


def test_a_listed_name_is_no_pattern_but_for_its_port() -> None:
    """Only addresses of private networks are known by how they begin."""
    names = allowed_hosts("box", private=False).split(",")
    assert all("*" not in name.removesuffix(":*") for name in names)
