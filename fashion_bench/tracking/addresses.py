"""The addresses in MLflow's store: absolute, so those of a folder that was moved are wrong.

No call of MLflow's changes a run's address, so its rows are changed themselves (decision 71).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from filelock import FileLock
from mlflow.utils.file_utils import local_file_uri_to_path

from fashion_bench.database import copy
from fashion_bench.tracking.keys import LEGACY_MARK, MARK

# Every column of MLflow 3.17 that holds one, and which of its rows do.
_COLUMNS = (
    ("experiments", "artifact_location", ""),
    ("runs", "artifact_uri", ""),
    ("logged_models", "artifact_location", ""),
    ("model_versions", "source", ""),
    ("model_versions", "storage_location", ""),
    ("trace_tags", "value", "AND key = 'mlflow.artifactLocation'"),
)
# Those that we made: MLflow's first, which is made with a store, and those of studies.
_OURS = """
    SELECT DISTINCT artifact_location FROM experiments e
    WHERE experiment_id = 0 OR EXISTS (
        SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.experiment_id AND key IN (?, ?))
"""


def moved_from(database: Path, runs: Path) -> list[Path]:
    """Return where the folder was when addresses in its store were written, if not here."""
    with closing(sqlite3.connect(database)) as connection:
        return _moved_from(connection, runs.resolve())


def bring_in_line(runs: Path, *, seconds: float = 60) -> None:
    """Have every address below the folder lead to where the folder is; others stay.

    Before that the store is copied, into the one file that is kept of its kind.
    """
    here, database = runs.resolve(), runs / "mlflow.db"
    with closing(sqlite3.connect(database, timeout=seconds, isolation_level=None)) as connection:
        if not _moved_from(connection, here):
            return
        lock = here / ".mlflow" / "store.lock"  # that of who makes the store
        lock.parent.mkdir(exist_ok=True)
        with FileLock(lock):
            _back_up(database, here / "backups")
            connection.execute("BEGIN IMMEDIATE")
            for there in _moved_from(connection, here):
                for old, new in ((there.as_uri(), here.as_uri()), (str(there), str(here))):
                    _replace(connection, f"{old}/", f"{new}/")
            connection.execute("COMMIT")


def _back_up(database: Path, backups: Path) -> None:
    backups.mkdir(exist_ok=True)
    part = backups / ".mlflow-before-move.db"
    part.unlink(missing_ok=True)
    copy(database, part)
    part.replace(backups / "mlflow-before-move.db")


def _moved_from(connection: sqlite3.Connection, here: Path) -> list[Path]:
    rows = connection.execute(_OURS, [MARK, LEGACY_MARK])
    return sorted({place for (address,) in rows for place in _folder(address)} - {here})


def _folder(address: str | None) -> Iterator[Path]:
    """Yield the folder of runs in whose ``artifacts/`` an experiment has its files."""
    if address is None or not address.startswith(("/", "file:///")):
        return  # a person's choice: a server, a bucket
    root = Path(local_file_uri_to_path(address)).parent  # type: ignore[no-untyped-call]
    if root.name == "artifacts":
        yield root.parent


def _replace(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Have addresses begin otherwise; where the new lies in the old, not those that do already."""
    begins = "substr({0}, 1, {1}) = ?"
    for table, column, which in _COLUMNS:
        where, found = begins.format(column, len(old)), [old]
        if new.startswith(old):
            where, found = f"{where} AND NOT {begins.format(column, len(new))}", [old, new]
        connection.execute(
            f"UPDATE {table} SET {column} = ? || substr({column}, {len(old) + 1}) "
            f"WHERE {where} {which}",
            [new, *found],
        )
