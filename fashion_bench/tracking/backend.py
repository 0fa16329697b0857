"""Where MLflow keeps things: the backend store of a runs folder (sqlite), or a server.

Both have the same methods. The schema is looked at before MLflow opens the file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from urllib.parse import unquote
from warnings import catch_warnings

import mlflow
from filelock import FileLock, Timeout
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.db.utils import _upgrade_db
from requests.exceptions import HTTPError, RequestException
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from fashion_bench.database import Database, rows
from fashion_bench.errors import FashionBenchError, MachineError, StudyError, unwritable
from fashion_bench.tracking.addresses import bring_in_line
from fashion_bench.tracking.keys import OUR_FILES
from fashion_bench.tracking.retry import is_away, retry
from fashion_bench.training.files import remove_whole

# Its tables use what SQLAlchemy 2.1 deprecates.
with catch_warnings(action="ignore", category=DeprecationWarning):
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

_LONGEST_REASON = 200  # characters; an answer may be a page


def backend_of(runs: Path, server: str | None) -> "FolderBackend | ServerBackend":
    """Return the server given, or without one the store in the folder of runs."""
    return FolderBackend(runs) if server is None else ServerBackend(server)


# The folder's own ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FolderBackend:
    """The store of a runs folder."""

    runs: Path

    def open(self) -> MlflowClient:
        """Return a client, of a store that is made first where there is none.

        Raises:
            MachineError: the folder or its database cannot be used.
        """
        with self.translate_errors():
            self.database.writing()  # before MLflow, which tries for minutes where it fails
            bring_in_line(self.runs)
            return retry(partial(MlflowClient, tracking_uri(self.runs)))

    @contextmanager
    def looked_into(self, *, writes: bool = False) -> Iterator[MlflowClient | None]:
        """Hand over a client of what is there, if anything; wait for nothing.

        Where the folder cannot be written it is of a copy, unless something is to be written.
        """
        if not self.database.path.exists():
            yield None
            return
        with self.translate_errors():
            at = self.database.reading(seconds=0, copied=not writes)
            if writes:
                bring_in_line(self.runs, seconds=0)
            yield MlflowClient(f"sqlite:///{at.resolve()}")

    @property
    def database(self) -> Database:
        """The file as MLflow needs it.

        Asked for an older one, MLflow upgrades it or not, as tables happen to be missing; a kill
        then leaves half of it, and there is no backup. So its schema is looked at before.
        """
        runs = self.runs.resolve()
        return Database(
            path=self.runs / "mlflow.db",
            lock=runs / ".mlflow" / "store.lock",
            aside=runs / ".mlflow" / "new",
            point="mlflow-made",
            library="MLflow",
            scripts=Path(mlflow.__file__).parent / "store" / "db_migrations",
            make=_make,
            renew=_renew,
        )

    def artifact_location(self, study: str) -> str:
        """Return the URI of a new folder for a study's files."""
        root = artifact_root(self.runs)
        names = chain([study], (f"{study} ({number})" for number in count(2)))
        return next(root / name for name in names if not (root / name).exists()).as_uri()

    def drop_artifacts(self, study: str) -> None:
        """Remove the files of a study.

        Raises:
            MachineError: one of them stays.
        """
        remove_whole(artifact_root(self.runs) / study)

    def clear(self, study: str) -> None:
        """Remove what runs of a store that is no more left in a study's folder of files.

        A run that the store knows stays, as does one beside whose files a person put others.
        """
        known = set[str]()
        if (database := self.runs / "mlflow.db").exists():
            known = {run for (run,) in rows(database, "SELECT run_uuid FROM runs")}
        whole = artifact_root(self.runs) / study
        for folder in whole.glob("?" * 32):
            names = {path.name for path in folder.glob("artifacts/*")}
            drawn = {name for name in names if name.endswith(".png") and "summary.json" in names}
            if names and folder.name not in known and names <= OUR_FILES | drawn:
                rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # something is left in it, or it was never there
            whole.rmdir()

    def folder_of(self, artifact_uri: str) -> Path:
        """Return where a run's files are, also while its address is one of before a move."""
        _, study, run, name = unquote(artifact_uri).rsplit("/", 3)
        return artifact_root(self.runs) / study / run / name

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
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
    return f"sqlite:///{runs.resolve() / 'mlflow.db'}"


def artifact_root(runs: Path) -> Path:
    """Return the absolute folder of all artifacts; relative ones would move with the user."""
    return runs.resolve() / "artifacts"


def private_folder(runs: Path) -> Path:
    """Return the folder of locks and unfinished files, made where there is none."""
    folder = runs.resolve() / ".mlflow"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def writing(runs: Path, study: str, *, seconds: float = -1.0) -> Iterator[None]:
    """Be the only one who writes a study into MLflow, or removes it there.

    Args:
        runs: the folder of runs.
        study: its name, or that of a stage.
        seconds: how long to wait for another who does; for ever unless said.

    Raises:
        StudyError: so long another does.
    """
    try:
        held = FileLock(private_folder(runs) / f"{study}.lock", timeout=seconds).acquire()
    except Timeout:
        raise StudyError(
            study,
            "is being written to MLflow by another process",
            remedy="wait until that ends, or stop it",
        ) from None
    with held:
        yield


def _make(path: Path) -> None:
    root = artifact_root(path.parent.parent.parent)  # from aside, in the private folder
    store = SqlAlchemyStore(f"sqlite:///{path}", str(root))  # type: ignore[no-untyped-call]
    store.engine.dispose()


def _renew(path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(path.absolute())))
    _upgrade_db(engine)  # type: ignore[no-untyped-call]
    engine.dispose()


# A server -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerBackend:
    """What is behind a server's URL.

    MLflow's client takes credentials from ``MLFLOW_TRACKING_USERNAME`` and ``_PASSWORD``.
    """

    url: str

    def open(self) -> MlflowClient:
        """Return a client, which connects when it is used."""
        return MlflowClient(self.url)

    @contextmanager
    def looked_into(self, *, writes: bool = False) -> Iterator[MlflowClient | None]:
        """Hand over a client, since only asking it tells what is there."""
        with self.translate_errors():
            yield self.open()

    def artifact_location(self, _study: str) -> str | None:
        """Leave it to the server where it keeps a study's files, and how they get there."""
        return None

    def drop_artifacts(self, _study: str) -> None:
        """Leave them to the server, whose ``mlflow gc`` removes what is deleted."""

    def clear(self, _study: str) -> None:
        """Leave to the server what it keeps where."""

    def folder_of(self, _artifact_uri: str) -> None:
        """Return that no folder has a run's files."""

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn what a server answers, and its silence, into one line.

        Raises:
            FashionBenchError: it wants other credentials.
            MachineError: it is away, or no MLflow server.
        """
        try:
            yield
        except (RequestException, MlflowException) as error:
            status = _status(error)
            if status == 400:  # we asked for nonsense
                raise
            if status in {401, 403}:
                raise FashionBenchError(
                    self.url,
                    f"the MLflow server refuses these credentials ({status})",
                    remedy="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
                ) from error
            raise MachineError(
                self.url,
                "the MLflow server does not answer as it should",
                given=_reason(error),
                remedy=f"once it does, `fashion-bench sync --mlflow {self.url}`",
            ) from error
        except OSError as error:
            otherwise = f"later `fashion-bench sync --mlflow {self.url}`"
            raise unwritable(error.filename or gettempdir(), error, otherwise) from error


def _status(error: Exception) -> int | None:
    """Return the HTTP status that an error stands for; ``None`` where no answer came."""
    if isinstance(error, HTTPError):
        return None if error.response is None else error.response.status_code
    if isinstance(error, MlflowException):
        return int(error.get_http_status_code())  # type: ignore[no-untyped-call]
    return None


def _reason(error: Exception) -> str:
    """Return what befell a request, without the layers it came through."""
    root = error.__context__ if isinstance(error.__context__, RequestException) else error
    cause = root.args[0] if root.args else root
    told = str(getattr(cause, "reason", root))
    return told.splitlines()[0][:_LONGEST_REASON]
