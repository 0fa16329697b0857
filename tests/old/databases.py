"""Databases as older releases of Optuna and MLflow wrote them, made from their dumps."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

OLD_SCHEMAS = {"ledger.db": "v2.6.0.a", "mlflow.db": "acf3f17fdcc7"}


def load(folder: Path, name: str) -> Path:
    """Make ``ledger.db`` or ``mlflow.db`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    dump = Path(__file__).with_name(name).with_suffix(".sql").read_text("utf-8")
    with closing(sqlite3.connect(folder / name)) as connection:
        connection.executescript(dump)
    return folder / name


def mark(database: Path, schema: str) -> None:
    """Have a database say that it is of another schema."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [schema])


def schema(database: Path) -> str:
    """What a database says its schema is."""
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


RUNS_OF_0_1 = Path(__file__).with_name("v0_1")


def load_runs(folder: Path) -> Path:
    """Make the folder of runs of version 0.1, at home in this place; see its README.md."""
    copytree(RUNS_OF_0_1 / "trials", folder / "trials")
    for name in ("ledger", "mlflow"):
        dump = (RUNS_OF_0_1 / f"{name}.sql").read_text("utf-8")
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            connection.executescript(dump.replace("/old/runs", str(folder)))
    return folder
