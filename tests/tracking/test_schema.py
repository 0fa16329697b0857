"""Databases of another MLflow are refused: ``tracking/backend.py``."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.errors import FashionBenchError, MachineError, StudyError
from fashion_bench.tracking.backend import FolderBackend
from tests.old.databases import load, mark


def _garbage(path: Path, _: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _tables(path: Path, _: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE mine (n)")


def _nothing(path: Path, _: Path) -> None:
    path.touch()


def _folder(path: Path, _: Path) -> None:
    path.mkdir()


def _old(path: Path, _: Path) -> None:
    load(path.parent, path.name)


def _new(path: Path, empty: Path) -> None:
    path.write_bytes(empty.read_bytes())
    mark(path, "fedcba987654")


Make = Callable[[Path, Path], None]
OTHERS: dict[str, tuple[Make, type[FashionBenchError], str]] = {
    "garbage": (_garbage, MachineError, "file is not a database"),
    "nothing": (_nothing, StudyError, "is no database of MLflow; move it away"),
    "a folder": (_folder, MachineError, "cannot be written or read"),
    "another's database": (_tables, StudyError, "is no database of MLflow; move it away"),
    "an older MLflow's": (_old, StudyError, r"older MLflow \(given: 'acf3f17fdcc7'\).*db upgrade"),
    "a newer MLflow's": (_new, StudyError, r"newer MLflow \(given: 'fedcba987654'\); install that"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_store_of_ours_is_refused(
    tmp_path: Path, empty_database: Path, what: str
) -> None:
    """One line says what to do, and not a byte of the file is changed: no upgrade by the way."""
    make, error, line = OTHERS[what]
    path = tmp_path / "mlflow.db"
    make(path, empty_database)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(error, match=line):
        FolderBackend(tmp_path).open()
    with pytest.raises(error, match=line), FolderBackend(tmp_path).looked_into():
        pass
    assert before is None or path.read_bytes() == before


def test_a_sound_store_has_the_schema_of_the_installed_mlflow(runs: Path) -> None:
    """It is read to its last page and says what it is."""
    assert len(FolderBackend(runs).database.check()) == 12
