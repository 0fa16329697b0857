"""The MLflow store of a runs folder: one sqlite file, and the artifacts beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import rmtree
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from fashion_bench.errors import MachineError
from fashion_bench.faults import reached
from fashion_bench.tracking import schema
from fashion_bench.tracking.patience import is_away, patiently

with catch_warnings():
    simplefilter("ignore", DeprecationWarning)  # its tables use what SQLAlchemy 2.1 deprecates
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

__all__ = ["FolderStore", "artifact_root", "open_store", "private_folder", "tracking_uri"]


@dataclass(frozen=True, slots=True)
class FolderStore:
    """The store of a runs folder."""

    runs: Path

    def open(self) -> MlflowClient:
        """Return a client, of a store that is made first where there is none."""
        return open_store(self.runs)

    def look_into(self) -> MlflowClient | None:
        """Return a client of what is there, if anything; wait for nothing."""
        database = self.runs / "mlflow.db"
        if not database.exists():
            return None
        with self.explained():
            schema.demand(database, seconds=0)
            return MlflowClient(tracking_uri(self.runs))

    def artifact_location(self, study: str) -> str:
        """Return the URI of the folder of a study's files."""
        return (artifact_root(self.runs) / study).as_uri()

    def drop_artifacts(self, study: str) -> None:
        """Remove the files of a study."""
        rmtree(artifact_root(self.runs) / study, ignore_errors=True)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what a disk or a database raises into one line.

        Raises:
            MachineError: the store cannot be read or written.
        """
        try:
            yield
        except (OSError, sqlite3.Error, SQLAlchemyError, MlflowException) as error:
            root = error.__cause__ if isinstance(error, MlflowException) else error
            if not (isinstance(root, OSError | sqlite3.Error | SQLAlchemyError) or is_away(error)):
                raise
            raise MachineError(
                self.runs / "mlflow.db",
                "MLflow's store cannot be written or read",
                given=str(root or error).splitlines()[0],
                remedy="make room on the disk, or move what is broken away; "
                "then `fashion-bench sync`",
            ) from error


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
    with FolderStore(runs).explained():
        with FileLock(private_folder(runs) / "store.lock"):
            if not database.exists():
                _create(runs)
        schema.demand(database)  # before MLflow, which tries for minutes at what it cannot open
        return patiently(partial(MlflowClient, tracking_uri(runs)))


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
    for left in runs.glob("mlflow.db-*"):  # of one that was moved away; sqlite would read it in
        left.unlink()
    reached("mlflow-made")
    unfinished.rename(runs / "mlflow.db")
    rmtree(aside)


def _uri(database: Path) -> str:
    return f"sqlite:///{database}"
