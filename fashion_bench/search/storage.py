"""The sqlite file beneath the ledger: an ordinary Optuna storage, made, opened, upgraded."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import NOT_FOUND_MSG
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from fashion_bench.database import PATIENCE_SECONDS, Database
from fashion_bench.errors import FashionBenchError, MachineError, SpecError, StudyError

_ours = ContextVar("ours", default=False)  # whether this thread's Optuna is at work for us


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from telling what it does for us, in this thread alone: the user's goes on."""
    loggers = dict(logging.root.manager.loggerDict)
    for logger in (loggers[name] for name in loggers if name.startswith("optuna.")):
        if isinstance(logger, logging.Logger):
            logger.addFilter(_is_heard)
    before = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(before)


def _is_heard(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR or not _ours.get()


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
        StudyError: what is read was removed meanwhile.
        MachineError: likewise, or the ledger is damaged.
    """
    with translate_errors(path):
        try:
            yield
        except (KeyError, TypeError, ValueError, SpecError) as error:
            if NOT_FOUND_MSG in error.args:  # of a row that was there a moment ago
                remedy = "look again at what there is"
                raise StudyError(path, "a study was removed meanwhile", remedy=remedy) from None
            raise MachineError(
                path,
                f"the ledger is damaged{f' in study {study}' if study else ''}",
                given=" ".join(str(error).split())[:200],
                remedy="put a backup of it in its place",
            ) from error


def open_storage(path: Path, *, reading: bool = False) -> RDBStorage:
    """Open the storage, made on first use, or one that is there to read it alone.

    Raises:
        FashionBenchError: its folder reads otherwise in a database's URL.
        StudyError: it is another Optuna's, or no storage at all.
        MachineError: the file cannot be read or written.
    """
    refuse_misread(path.resolve())
    with translate_errors(path):
        # Its schema is looked at before Optuna adds tables that it misses.
        at = database(path).reading() if reading else database(path).writing()
        storage = _storage(at, skip_table_creation=True)
        # No sync for each commit: a kill loses nothing, a power cut the last rows (decision 10).
        event.listen(storage.engine, "connect", _sync_at_checkpoints)
        storage.engine.dispose()
        return storage


def database(path: Path) -> Database:
    """Return the file as Optuna needs it."""
    return Database(
        path=path,
        lock=path.with_suffix(".lock"),
        aside=path.with_name(f".new-{path.name}"),
        point="ledger-made",
        library="Optuna",
        scripts=Path(optuna.storages.__path__[0]) / "_rdb" / "alembic",
        make=lambda path: _storage(path).engine.dispose(),
        renew=_renew,
    )


def refuse_misread(path: Path) -> None:
    """Reject folder names with ``?`` or ``%20``.

    MLflow does not escape its sqlite URL, so its database would be created elsewhere.
    """
    if make_url(f"sqlite:///{path}").database != str(path):
        raise FashionBenchError(
            path.parent,
            "a database's URL cannot name this folder, for ? and %20 mean something else there",
            remedy="name another folder with --runs",
        )


def _renew(path: Path) -> None:
    storage = _storage(path)
    storage.upgrade()
    storage.engine.dispose()


def _storage(path: Path, *, skip_table_creation: bool = False) -> RDBStorage:
    return RDBStorage(
        URL.create("sqlite", database=str(path.absolute())).render_as_string(),
        engine_kwargs={"connect_args": {"timeout": PATIENCE_SECONDS}},
        skip_table_creation=skip_table_creation,
        skip_compatibility_check=True,  # we look ourselves, before
    )


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
