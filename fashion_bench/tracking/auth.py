"""Authentication of the UI server: on loopback anybody, from elsewhere by password.

The password comes by the environment and goes, hashed, into a file of the server's users: it is in
no list of processes, no log and no environment of the server (decision 24).
"""

import os
import re
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from warnings import catch_warnings

from filelock import FileLock
from sqlalchemy.exc import SQLAlchemyError

from fashion_bench.errors import FashionBenchError, MachineError
from fashion_bench.tracking.backend import private_folder
from fashion_bench.tracking.listening import bracketed

PASSWORD = "FASHION_BENCH_PASSWORD"
USER = "admin"

_SHORTEST = 12  # characters; MLflow takes no shorter one
_FEWEST = 5  # different characters, but for what everybody tries first
_TRIED_FIRST = re.compile(rf"{USER}|password", re.IGNORECASE)

_SETTINGS = """\
[mlflow]
default_permission = READ
database_uri = {address}
admin_username = {user}
"""

# What a browser on this machine, or at the end of an ssh tunnel, calls the server. MLflow's default
# adds "10.*" and the like, which "10.somebody.com" matches: a page from there, once its name leads
# to 127.0.0.1, could read all that asks for no password.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_PRIVATE = ("10.*", "192.168.*", *(f"172.{second}.*" for second in range(16, 32)))


def password_for(host: str) -> str | None:
    """Return the password that is to be demanded at an address, ``None`` where anybody may look.

    Raises:
        FashionBenchError: others reach the address and no password is set, or a weak one is.
    """
    password = os.environ.get(PASSWORD) or None
    if password is None and not _is_loopback(host):
        raise FashionBenchError(
            host,
            "other machines reach this address, so a password is needed",
            remedy=f"set {PASSWORD} to {_SHORTEST} characters or more, or stay on 127.0.0.1",
        )
    if password is not None and is_guessable(password):
        raise FashionBenchError(
            PASSWORD,
            "is too easy to guess",
            remedy=f"set it to {_SHORTEST} characters or more that only you know: not the same "
            "few again, no row as 1234, no name with digits",
        )
    return password


def is_guessable(password: str) -> bool:
    """Whether a password is short, or is little besides repetitions, rows, and common words."""
    own = _TRIED_FIRST.sub("", password).casefold()
    told = {after for before, after in pairwise(f" {own}") if abs(ord(after) - ord(before)) > 1}
    return len(password.strip()) < _SHORTEST or len(told) < _FEWEST


def demand_password(runs: Path, password: str) -> dict[str, str]:
    """Let one user in, with this password from now on; return the server's settings for it.

    Other users that were made on the server's pages stay, and may read by default.

    Raises:
        MachineError: the file of users cannot be used.
    """
    folder = private_folder(runs) / "login"  # of nobody else's: the locks beside it may be shared
    users, settings = folder / "users.db", folder / "basic_auth.ini"
    address = f"sqlite:///{users}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        for earlier in folder.parent.glob("users.db*"):  # from when it was there
            earlier.rename(folder / earlier.name)
        _let_in(users, address, password)
        settings.touch(mode=0o600)
        settings.write_text(_SETTINGS.format(address=address.replace("%", "%%"), user=USER))
    except (OSError, SQLAlchemyError) as error:
        raise MachineError(
            users,
            "the server's users cannot be read or written",
            given=str(error).splitlines()[0],
            remedy="make room there, or remove the file",
        ) from error
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(settings),
        "MLFLOW_AUTH_ADMIN_USERNAME": USER,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": token_hex(),  # of the form that makes users
    }


def allowed_hosts(host: str, *, private: bool) -> str:
    """Return the names by which a server may be called, as MLflow reads them.

    Args:
        host: the address it listens at.
        private: also by the machine's name and by any address of a private network.
    """
    own = [gethostname()] if private else []
    names = dict.fromkeys((*_LOOPBACK, bracketed(host), *own))
    patterns = [part for name in names for part in (name, f"{name.replace('[', '[[]')}:*")]
    return ",".join([*patterns, *(_PRIVATE if private else ())])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: who knows what it stands for
        return False


def _let_in(users: Path, address: str, password: str) -> None:
    with catch_warnings(action="ignore"):  # of what MLflow's server imports, and its migrations
        from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore  # brings the whole server

        with FileLock(users.with_suffix(".lock")):
            users.touch(mode=0o600)
            users.open("ab").close()  # at what cannot be opened MLflow tries for minutes
            for file in users.parent.iterdir():
                file.chmod(0o600)
            store = SqlAlchemyStore()
            store.init_db(address)  # type: ignore[no-untyped-call]
            if store.has_user(USER):
                store.update_user(USER, password, is_admin=True)
            else:
                store.create_user(USER, password, is_admin=True)
            store.engine.dispose()
