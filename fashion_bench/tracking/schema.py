"""The schema of MLflow's database: looked at, checked, upgraded."""

from pathlib import Path

import mlflow
from mlflow.store.db.utils import _upgrade_db
from sqlalchemy import URL, create_engine

from fashion_bench import database
from fashion_bench.tracking.patience import PATIENCE_SECONDS

__all__ = ["check", "demand", "upgrade"]


def demand(path: Path, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Let MLflow have a database only if it is of its schema.

    Asked for one that is older, MLflow upgrades it or not, as tables happen to be missing; a kill
    then leaves half of it, and there is no backup.

    Args:
        path: the database.
        seconds: to wait for one that is locked.

    Raises:
        StudyError: it is another MLflow's, or no database of MLflow at all.
    """
    _schema().demand(path, seconds=seconds)


def check(path: Path) -> str:
    """Read every page of a database; return its schema.

    Raises:
        StudyError: it is another MLflow's, or no database of MLflow at all.
        MachineError: something in it is broken.
    """
    return _schema().check(path)


def upgrade(path: Path, backups: Path) -> Path | None:
    """Bring an older MLflow's database to the installed MLflow's schema.

    Returns:
        The backup made before; ``None`` when there was nothing to do.

    Raises:
        StudyError: it is a newer MLflow's, or no database of MLflow at all.
        MachineError: it is broken, before or after.
    """
    return _schema().upgrade(path, backups, _upgrade)


def _schema() -> database.Schema:
    scripts = Path(mlflow.__file__).parent / "store" / "db_migrations"
    return database.Schema.read("MLflow", scripts)


def _upgrade(path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(path.absolute())))
    _upgrade_db(engine)  # type: ignore[no-untyped-call]
    engine.dispose()
