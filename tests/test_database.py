"""Tests of ``database.py``."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.database import check, migrate
from fashion_bench.errors import MachineError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Ten thousand numbers, as a process that writes them would have it."""
    path = tmp_path / "numbers.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY, text TEXT)")
        rows = ((n, f"number {n}") for n in range(10_000))
        connection.executemany("INSERT INTO numbers VALUES (?, ?)", rows)
    return path


def count(path: Path) -> int:
    """How many numbers are there."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM numbers").fetchone()[0])


def drop_half(path: Path) -> None:
    """Be an upgrade that changes every page."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM numbers WHERE n % 2")


def test_a_sound_database_passes_and_a_torn_one_does_not(database: Path) -> None:
    """One page of many is overwritten: it is told, with what sqlite says of it."""
    check(database)
    with database.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096)
    with pytest.raises(MachineError, match="is broken"):
        check(database)


def test_a_migration_keeps_what_was_before(database: Path, tmp_path: Path) -> None:
    """The backup has all that was there, the database what the upgrade made of it."""
    backup = migrate(database, tmp_path / "backups", drop_half)
    assert (count(backup), count(database)) == (10_000, 5_000)
    assert backup.name.startswith("numbers-2")
    assert sorted(p.name for p in backup.parent.iterdir()) == [".lock", backup.name]


def test_who_reads_meanwhile_sees_one_or_the_other(database: Path, tmp_path: Path) -> None:
    """A connection opened before the migration reads what is there after it."""
    with closing(sqlite3.connect(database)) as reader:
        query = "SELECT count(*) FROM numbers"
        assert reader.execute(query).fetchone() == (10_000,)
        migrate(database, tmp_path / "backups", drop_half)
        assert reader.execute(query).fetchone() == (5_000,)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    database: Path, tmp_path: Path
) -> None:
    """Half an upgrade is thrown away, the backup stays, and the next attempt is whole."""

    def fail(path: Path) -> None:
        drop_half(path)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        migrate(database, tmp_path / "backups", fail)
    assert count(database) == 10_000
    (backup,) = (tmp_path / "backups").glob("numbers-*.db")
    assert count(backup) == 10_000
    migrate(database, tmp_path / "backups", drop_half)
    assert count(database) == 5_000


def test_a_broken_database_is_not_migrated(database: Path, tmp_path: Path) -> None:
    """There is no backup of it that anybody should trust, and it is not touched."""
    with database.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096)
    before = database.read_bytes()
    with pytest.raises(MachineError, match="is broken"):
        migrate(database, tmp_path / "backups", drop_half)
    assert database.read_bytes() == before
    assert not list((tmp_path / "backups").glob("*.db"))
