"""The MLflow store of a runs folder: one sqlite file, and the artifacts beside it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import ParamSpec, TypeVar
from warnings import catch_warnings, simplefilter

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from fashion_bench.errors import MachineError

with catch_warnings():
    simplefilter("ignore", DeprecationWarning)  # its tables use what SQLAlchemy 2.1 deprecates
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

__all__ = ["artifact_root", "open_store", "patiently", "private_folder", "tracking_uri"]

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE_SECONDS = 60


def tracking_uri(runs: Path) -> str:
    """Return the URI under which MLflow finds the folder's store."""
    return _uri(runs.resolve() / "mlflow.db")


def artifact_root(runs: Path) -> Path:
    """Return the absolute folder of all artifacts; relative ones would move with the user."""
    return runs.resolve() / "artifacts"


def private_folder(runs: Path) -> Path:
    """Return the folder of locks and unfinished files, made where there is none."""
    folder = runs.resolve() / ".mlflow"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_store(runs: Path) -> MlflowClient:
    """Return a client of the folder's store, which is made first where there is none.

    Raises:
        MachineError: the folder or its database cannot be used.
    """
    try:
        with FileLock(private_folder(runs) / "store.lock"):
            if not (runs / "mlflow.db").exists():
                _create(runs)
    except OSError as error:
        raise MachineError(
            runs, f"the folder cannot be written: {error.strerror}", remedy="name another folder"
        ) from error
    return patiently(runs, MlflowClient, tracking_uri(runs))


def _create(runs: Path) -> None:
    """Make the schema aside and move it into place, so that no kill leaves half of it."""
    aside = private_folder(runs) / "new"
    rmtree(aside, ignore_errors=True)
    aside.mkdir()
    unfinished = aside / "mlflow.db"
    store = SqlAlchemyStore(_uri(unfinished), str(artifact_root(runs)))  # type: ignore[no-untyped-call]
    store.engine.dispose()
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # readers do not block the writer
    unfinished.rename(runs / "mlflow.db")
    rmtree(aside)


def _uri(database: Path) -> str:
    return f"sqlite:///{database}"


def patiently(runs: Path, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a step that may be repeated, again while the database is locked or away.

    Raises:
        MachineError: it stayed so for a minute.
    """
    try:
        return Retrying(
            retry=retry_if_exception(_is_away),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            stop=stop_after_delay(_PATIENCE_SECONDS),
            reraise=True,
        )(step, *args, **kwargs)
    except MlflowException as error:
        if not _is_away(error):
            raise
        raise MachineError(
            runs / "mlflow.db",
            "the database does not answer",
            remedy="end what holds it, see that the disk has room, then `fashion-bench sync`",
        ) from error


def _is_away(error: BaseException) -> bool:
    return isinstance(error, MlflowException) and error.error_code == "TEMPORARILY_UNAVAILABLE"
