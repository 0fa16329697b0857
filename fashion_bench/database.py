"""A sqlite file beneath the library that owns it: looked at unchanged, checked, copied, replaced.

What a disk or sqlite raises is left to the caller, who knows whose file it is.
"""

import atexit
import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import gettempdir, mkdtemp
from typing import Any, TypeVar
from uuid import uuid4
from warnings import catch_warnings

from filelock import FileLock

from fashion_bench.errors import MachineError, StudyError, unwritable
from fashion_bench.faults import Point, reached

T = TypeVar("T")

PATIENCE_SECONDS = 60.0  # for a process that writes to the same file
_TRIES = 5  # to copy a file while nobody writes to it

_COPIES: dict[Path, tuple[object, Path]] = {}  # by what was copied: as it was, and the copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A sqlite file as the library needs it that owns it.

    Another database can stand beside it, with these methods: ``writing`` and ``reading`` say where
    the library opens it, ``check`` whether it is sound, ``upgrade`` brings it to the schema.

    Attributes:
        path: the file.
        lock: held while it is made.
        aside: a folder for what is unfinished.
        point: reached when the tables are made and not yet in their place.
        library: whose tables it holds.
        scripts: the folder of Alembic's scripts, which tell their form.
        make: makes the library's tables in a new file.
        renew: brings an older library's to the schema.
    """

    path: Path
    lock: Path
    aside: Path
    point: Point
    library: str
    scripts: Path
    make: Callable[[Path], None]
    renew: Callable[[Path], None]

    def writing(self) -> Path:
        """Return where to open it, made first where it is not there: whole or not at all.

        Raises:
            StudyError: the installed library does not work with it.
        """
        if not self.path.exists():
            self.lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.lock):
                if not self.path.exists():
                    self._create()
        return self._demand(self.path)

    def reading(self, *, seconds: float = PATIENCE_SECONDS, copied: bool = True) -> Path:
        """Return where to open one that is there to read it.

        That is a copy where sqlite needs to write beside it and cannot: on a full disk, in the
        folder of another. Nothing is made there.

        Args:
            seconds: to wait for one that is locked.
            copied: whether a copy will do.

        Raises:
            StudyError: the installed library does not work with it.
            MachineError: it cannot be copied.
        """
        return _looked_at(self.path, partial(self._demand, seconds=seconds), copied=copied)

    def check(self) -> str:
        """Read every page; return the schema's revision.

        Raises:
            StudyError: the installed library does not work with it.
            MachineError: something in it is broken.
        """
        check(self.reading(), self.path)
        return revisions(self.scripts)[0]

    def upgrade(self, backups: Path) -> Path | None:
        """Bring an older database to the latest revision, as ``migrate`` does.

        Returns:
            The backup made before; ``None`` when there was nothing to do.

        Raises:
            StudyError: it is a newer library's, or no database of the library at all.
            MachineError: it is broken, before or after.
        """
        if revision(self.path) in revisions(self.scripts)[1:]:
            return migrate(self.path, backups, self.renew)
        self._demand(self.path)
        return None

    def _create(self) -> None:
        rmtree(self.aside, ignore_errors=True)
        self.aside.mkdir()
        unfinished = self.aside / f"{uuid4().hex}.db"  # MLflow keeps a connection to each name
        self.make(unfinished)
        with closing(sqlite3.connect(unfinished)) as connection:  # whole in one file, then
            connection.execute("PRAGMA journal_mode=WAL")  # readers and writer side by side
        for beside in _beside(self.path):
            beside.unlink(missing_ok=True)  # of one that was moved away: sqlite would read it
        reached(self.point)
        unfinished.rename(self.path)
        rmtree(self.aside)

    def _demand(self, at: Path, seconds: float = PATIENCE_SECONDS) -> Path:
        """Return where it is, or a copy of it, if the installed library works with that."""
        latest, *older = revisions(self.scripts)
        if (found := revision(at, seconds=seconds)) == latest:
            return at
        if found is None:
            problem = f"is no database of {self.library}"
            remedy = "move it away, or put the right one back"
        elif found in older:
            problem = f"was written by an older {self.library}"
            remedy = "upgrade it with `fashion-bench db upgrade`, which makes a backup first"
        else:
            problem = f"was written by a newer {self.library}"
            remedy = f"install that {self.library}, or a newer fashion_bench"
        raise StudyError(self.path, problem, given=found, remedy=remedy)


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another that takes its name; ``None`` where there is none."""
    with suppress(OSError):
        return (found := path.stat()).st_dev, found.st_ino
    return None


@cache
def revisions(scripts: Path) -> tuple[str, ...]:
    """Return those that a library's scripts know, first the one that it works with.

    They are modules, and to import them takes longer than to read a study.
    """
    from alembic.script import ScriptDirectory  # half a second, which names alone do without

    return tuple(each.revision for each in ScriptDirectory(str(scripts)).walk_revisions())


# Looked at ----------------------------------------------------------------------------------------


def rows(path: Path, query: str, seconds: float = PATIENCE_SECONDS) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database that is there, whoever's tables it holds.

    Args:
        path: of the database; where sqlite cannot write beside it, of what is copied to be read.
        query: in SQL.
        seconds: to wait for one that is locked.
    """

    def found(at: Path) -> list[tuple[Any, ...]]:
        with _opened(at, seconds) as connection:
            return connection.execute(query).fetchall()

    return _looked_at(path, found)


def _looked_at(path: Path, look: Callable[[Path], T], *, copied: bool = True) -> T:
    """Return what a look at a database returns: at a copy, where sqlite cannot write beside it."""
    try:
        return look(path)
    except sqlite3.OperationalError as error:
        locked = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        if locked or not copied:
            raise
    return look(_copied(path))


def revision(path: Path, *, seconds: float = PATIENCE_SECONDS) -> str | None:
    """Return the schema's revision that a database notes; ``None`` where it notes none."""
    with _opened(path, seconds) as connection:
        notes = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.execute(notes).fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def check(path: Path, named: Path | None = None) -> None:
    """Read every page of a database, which may be the copy of one that is named.

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
            named or path,
            "is broken",
            given=said.splitlines()[-1],
            remedy="put a backup of it in its place",
        )


def _copied(path: Path) -> Path:
    """Return a copy of a database and of the commits beside it: the last, while nothing changes."""
    for _ in range(_TRIES):
        there = _files(path)
        if path in _COPIES and _COPIES[path][0] == there:
            return _COPIES[path][1]
        try:
            folder = Path(mkdtemp(prefix="fashion-bench-"))
            atexit.register(rmtree, folder, ignore_errors=True)
            for file in there:
                copyfile(file, folder / file.name)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
                raise
            otherwise = f"name in TMPDIR another folder, for a copy of {path.name}"
            raise unwritable(gettempdir(), error, otherwise) from error
        if _files(path) == there:
            _COPIES[path] = there, folder / path.name
    remedy = "give the same command again"
    raise MachineError(path, "changes while it is copied to be read", remedy=remedy)


def _files(path: Path) -> dict[Path, tuple[int, int, int]]:
    """Return the files that a database is in, each as it is now; not what its readers share."""
    *commits, _ = _beside(path)
    files = [path, *(file for file in commits if file.exists())]
    return {file: (s.st_ino, s.st_size, s.st_mtime_ns) for file in files for s in [file.stat()]}


def _beside(path: Path) -> list[Path]:
    """Return what sqlite keeps beside a database: commits, and last what its readers share."""
    return [path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal", "-shm")]


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
        backup, renewed = _back_up(path, backups, aside), aside / f"new-{path.name}"
        copyfile(backup, renewed)
        heard = logging.root.manager.disable
        logging.disable(logging.INFO)  # its scripts tell all that they do
        try:
            with catch_warnings(action="ignore"):
                upgrade(renewed)
        finally:
            logging.disable(heard)
        check(renewed)
        copy(renewed, path)
        rmtree(aside)
    return backup


def _back_up(path: Path, backups: Path, aside: Path) -> Path:
    """Return a sound copy that is on the disk, or nothing is there of that name."""
    part = aside / path.name
    copy(path, part)
    check(part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    return part.rename(backups / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}{path.suffix}")


def copy(source: Path, target: Path) -> None:
    """Make one database what the other is: to whoever reads it, at once."""
    with (
        closing(sqlite3.connect(source, timeout=PATIENCE_SECONDS)) as old,
        closing(sqlite3.connect(target, timeout=PATIENCE_SECONDS)) as new,
    ):
        old.backup(new)


@contextmanager
def _opened(path: Path, seconds: float = PATIENCE_SECONDS) -> Iterator[sqlite3.Connection]:
    """Open an existing database read-write: a read-only WAL connection leaves -wal/-shm behind."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=seconds)) as connection:
        yield connection
