"""A sqlite file beneath the library that owns it: looked at unchanged, checked, copied, replaced.

What a disk or sqlite raises is left to the caller, who knows whose file it is.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Self
from warnings import catch_warnings, simplefilter

from alembic.script import ScriptDirectory
from filelock import FileLock

from fashion_bench.errors import MachineError, StudyError

_PATIENCE_SECONDS = 60.0  # for a process that writes to the same file


@dataclass(frozen=True, slots=True)
class Schema:
    """The form of a library's tables, as its Alembic scripts tell it.

    Attributes:
        library: whose.
        latest: the revision that the installed library works with.
        known: those that it can upgrade from, too.
    """

    library: str
    latest: str
    known: frozenset[str]

    @classmethod
    def read(cls, library: str, scripts: Path) -> Self:
        """Read the folder of a library's scripts."""
        revisions = [script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()]
        return cls(library, revisions[0], frozenset(revisions))

    def outdated(self, path: Path) -> bool:
        """Whether a database is of a revision that can be upgraded."""
        found = revision(path)
        return found != self.latest and found in self.known

    def demand(self, path: Path, *, seconds: float = _PATIENCE_SECONDS) -> None:
        """Let a database pass if the installed library works with it as it is.

        Args:
            path: the database.
            seconds: to wait for one that is locked.

        Raises:
            StudyError: it does not; says whether to upgrade the one or the other.
        """
        found = revision(path, seconds=seconds)
        if found == self.latest:
            return
        if found is None:
            problem = f"is no database of {self.library}"
            remedy = "move it away, or put the right one back"
        elif found in self.known:
            problem = f"was written by an older {self.library}"
            remedy = "upgrade it with `fashion-bench db upgrade`, which makes a backup first"
        else:
            problem = f"was written by a newer {self.library}"
            remedy = f"install that {self.library}, or a newer fashion_bench"
        raise StudyError(path, problem, given=found, remedy=remedy)

    def check(self, path: Path) -> str:
        """Read every page of a database; return its revision.

        Raises:
            StudyError: the installed library does not work with it.
            MachineError: something in it is broken.
        """
        self.demand(path)
        check(path)
        return self.latest

    def upgrade(self, path: Path, backups: Path, upgrade: Callable[[Path], None]) -> Path | None:
        """Bring an older database to the latest revision, as ``migrate`` does.

        Returns:
            The backup made before; ``None`` when there was nothing to do.

        Raises:
            StudyError: it is a newer library's, or no database of the library at all.
            MachineError: it is broken, before or after.
        """
        if self.outdated(path):
            return migrate(path, backups, upgrade)
        self.demand(path)
        return None


def revision(path: Path, *, seconds: float = _PATIENCE_SECONDS) -> str | None:
    """Return the schema's revision that a database notes; ``None`` where it notes none."""
    with _opened(path, seconds) as connection:
        notes = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.execute(notes).fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def check(path: Path) -> None:
    """Read every page of a database.

    Raises:
        MachineError: something in it is broken.
    """
    with _opened(path) as connection:
        try:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.OperationalError:  # it cannot be had, which says nothing of what it holds
            raise
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        raise MachineError(
            path,
            "is broken",
            given=said.splitlines()[-1],
            remedy="put a backup of it in its place",
        )


def migrate(path: Path, backups: Path, upgrade: Callable[[Path], None]) -> Path:
    """Back a database up, upgrade a copy, and put that in its place in one transaction.

    Killed anywhere, it leaves the old database or the new one, and may be done again (decision 23).

    Args:
        path: the database.
        backups: the folder to keep the backup in.
        upgrade: is handed the copy.

    Returns:
        The backup.

    Raises:
        MachineError: the database is broken, before or after.
    """
    backups.mkdir(parents=True, exist_ok=True)
    with FileLock(backups / ".lock"):
        aside = backups / ".upgrade"
        rmtree(aside, ignore_errors=True)
        aside.mkdir()
        backup, copy = _back_up(path, backups, aside), aside / f"new-{path.name}"
        copyfile(backup, copy)
        with _quiet():
            upgrade(copy)
        check(copy)
        _copy(copy, path)
        rmtree(aside)
    return backup


def _back_up(path: Path, backups: Path, aside: Path) -> Path:
    """Return a sound copy that is on the disk, or nothing is there of that name."""
    part = aside / path.name
    _copy(path, part)
    check(part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    return part.rename(backups / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}{path.suffix}")


def _copy(source: Path, target: Path) -> None:
    """Make one database what the other is: to whoever reads it, at once."""
    with (
        closing(sqlite3.connect(source, timeout=_PATIENCE_SECONDS)) as old,
        closing(sqlite3.connect(target, timeout=_PATIENCE_SECONDS)) as new,
    ):
        old.backup(new)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep a library's scripts from telling all that they do."""
    logging.disable(logging.INFO)
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _opened(path: Path, seconds: float = _PATIENCE_SECONDS) -> Iterator[sqlite3.Connection]:
    """Open an existing database read-write: a read-only WAL connection leaves -wal/-shm behind."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=seconds)) as connection:
        yield connection
