"""The MLflow store of a runs folder: one sqlite file, and the artifacts beside it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import rmtree
from typing import ParamSpec, TypeVar
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from fashion_bench.errors import MachineError

with catch_warnings():
    simplefilter("ignore", DeprecationWarning)  # its tables use what SQLAlchemy 2.1 deprecates
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

__all__ = [
    "artifact_root",
    "explained",
    "open_store",
    "patiently",
    "private_folder",
    "tracking_uri",
]

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
    database = runs / "mlflow.db"
    with explained(runs):
        with FileLock(private_folder(runs) / "store.lock"):
            if not database.exists():
                _create(runs)
        sqlite3.connect(database).close()  # at what cannot be opened MLflow tries for minutes
    return patiently(runs, MlflowClient, tracking_uri(runs))


@contextmanager
def explained(runs: Path) -> Iterator[None]:
    """Turn what a disk or a database raises into one line.

    Raises:
        MachineError: the store cannot be read or written.
    """
    try:
        yield
    except (OSError, sqlite3.Error, SQLAlchemyError, MlflowException) as error:
        root = error.__cause__ if isinstance(error, MlflowException) else error
        if not (isinstance(root, OSError | sqlite3.Error | SQLAlchemyError) or _is_away(error)):
            raise
        raise MachineError(
            runs / "mlflow.db",
            "MLflow's store cannot be written or read",
            given=str(root or error).splitlines()[0],
            remedy="make room on the disk, or move what is broken away; then `fashion-bench sync`",
        ) from error


def _create(runs: Path) -> None:
    """Make the schema aside and move it into place, so that no kill leaves half of it."""
    aside = private_folder(runs) / "new"
    rmtree(aside, ignore_errors=True)
    aside.mkdir()
    unfinished = aside / f"{uuid4().hex}.db"  # MLflow keeps a connection to each name
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
        MachineError: it stayed so for a minute, or cannot be used at all.
    """
    with explained(runs):
        return Retrying(
            retry=retry_if_exception(_is_away),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            stop=stop_after_delay(_PATIENCE_SECONDS),
            reraise=True,
        )(step, *args, **kwargs)


def _is_away(error: BaseException) -> bool:
    return isinstance(error, MlflowException) and error.error_code == "TEMPORARILY_UNAVAILABLE"
