"""The sqlite file beneath the ledger: an ordinary Optuna storage, made, opened, upgraded."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from fashion_bench import database
from fashion_bench.errors import FashionBenchError, MachineError, SpecError
from fashion_bench.faults import reached

optuna.logging.set_verbosity(optuna.logging.ERROR)  # it tells of every study that it makes

LOCKED_SECONDS = 60  # how long to wait for another process that writes to the same file


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn what a database raises into one line.

    Raises:
        MachineError: the ledger cannot be read or written.
    """
    try:
        yield
    except (StorageInternalError, SQLAlchemyError, sqlite3.Error, OSError) as error:
        root = error.__cause__ or error
        raise MachineError(
            path,
            "the ledger cannot be read or written",
            given=str(root).splitlines()[0],
            remedy="check the disk and the file, then run the same command again",
        ) from error


@contextmanager
def understood(path: Path, study: str = "") -> Iterator[None]:
    """Turn what a database raises into one line, and what is read there but makes no sense.

    Args:
        path: the ledger.
        study: which of its studies is read.

    Raises:
        MachineError: likewise, or the ledger is damaged.
    """
    with translate_errors(path):
        try:
            yield
        except (KeyError, TypeError, ValueError, SpecError) as error:
            raise MachineError(
                path,
                f"the ledger is damaged{f' in study {study}' if study else ''}",
                given=" ".join(str(error).split())[:200],
                remedy="put a backup of it in its place",
            ) from error


def open_storage(path: Path) -> RDBStorage:
    """Open the storage, made on first use.

    Raises:
        FashionBenchError: its folder reads otherwise in a database's URL.
        StudyError: it is another Optuna's, or no storage at all.
        MachineError: the file cannot be read or written.
    """
    _refuse_misread(path.resolve())
    with translate_errors(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                if not path.exists():
                    _create(path)
        _schema().demand(path)  # before Optuna, which adds tables that it misses
        storage = _storage(path)
        # No sync for each commit: a kill loses nothing, a power cut the last rows (decision 10).
        event.listen(storage.engine, "connect", _sync_at_checkpoints)
        storage.engine.dispose()
        return storage


def check_storage(path: Path) -> str:
    """Read every page of a storage that is there; return its schema.

    Raises:
        StudyError: it is another Optuna's, or no storage at all.
        MachineError: the file cannot be read, or something in it is broken.
    """
    with translate_errors(path):
        return _schema().check(path)


def upgrade_storage(path: Path, backups: Path) -> Path | None:
    """Bring an older Optuna's storage to the installed Optuna's schema.

    Returns:
        The backup made before; ``None`` when there was nothing to do.

    Raises:
        StudyError: it is a newer Optuna's, or no storage at all.
        MachineError: a file cannot be read or written, or is broken.
    """
    with translate_errors(path):
        return _schema().upgrade(path, backups, _upgrade)


def _refuse_misread(path: Path) -> None:
    """Reject folder names with ``?`` or ``%20``.

    MLflow does not escape its sqlite URL, so its database would be created elsewhere.
    """
    if make_url(f"sqlite:///{path}").database != str(path):
        raise FashionBenchError(
            path.parent,
            "a database's URL cannot name this folder, for ? and %20 mean something else there",
            remedy="name another folder with --runs",
        )


def _schema() -> database.Schema:
    return database.Schema.read("Optuna", Path(optuna.storages.__path__[0]) / "_rdb" / "alembic")


def _create(path: Path) -> None:
    """Make the tables aside and move them into place, so that no kill leaves half of them."""
    aside = path.with_name(f".new-{path.name}")
    for left in (*path.parent.glob(f"{aside.name}*"), *path.parent.glob(f"{path.name}-*")):
        left.unlink()  # by a kill, or of a ledger that was moved away: sqlite would read it
    _storage(aside).engine.dispose()
    with closing(sqlite3.connect(aside)) as connection:  # whole in one file, then
        connection.execute("PRAGMA journal_mode=WAL")  # readers and writer side by side
    reached("ledger-made")
    aside.rename(path)


def _upgrade(path: Path) -> None:
    storage = _storage(path, skip_compatibility_check=True)
    storage.upgrade()
    storage.engine.dispose()


def _storage(path: Path, *, skip_compatibility_check: bool = False) -> RDBStorage:
    return RDBStorage(
        URL.create("sqlite", database=str(path.absolute())).render_as_string(),
        engine_kwargs={"connect_args": {"timeout": LOCKED_SECONDS}},
        skip_compatibility_check=skip_compatibility_check,
    )


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
