"""A step of MLflow is repeated while its server or database is away: ``tracking/retry.py``."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError

from fashion_bench.tracking.retry import is_away, retry


def _away() -> MlflowException:
    return MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)


def test_what_is_away_for_a_while_is_waited_for():
    """A step is repeated while MLflow does not answer."""
    answers = iter([_away(), _away(), None])

    def step() -> str:
        answer = next(answers)
        if answer is not None:
            raise answer
        return "done"

    assert retry(step) == "done"


def test_patience_ends():
    """Of what stays away the last failure is raised."""

    def step() -> None:
        raise _away()

    with pytest.raises(MlflowException, match="database is locked"):
        retry(step, seconds=0.1)


def test_a_mistake_is_not_repeated():
    """What is no absence is raised at once, as it is."""
    calls = []

    def step() -> None:
        calls.append(1)
        raise MlflowException("bad", BAD_REQUEST)

    with pytest.raises(MlflowException, match="bad"):
        retry(step)
    assert calls == [1]


def _full(_folder: Path, connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 3")
    for number in range(100):
        connection.exec_driver_sql(f"CREATE TABLE t{number} (x)")


def _read_only(_folder: Path, connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only = 1")
    connection.exec_driver_sql("CREATE TABLE t (x)")


def _locked(folder: Path, connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    with create_engine(f"sqlite:///{folder}/x.db", connect_args={"timeout": 0}).connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.mark.parametrize(("trouble", "away"), [(_full, 0), (_read_only, 0), (_locked, 1)])
def test_a_disk_is_not_waited_for(
    tmp_path: Path, trouble: Callable[[Path, Connection], None], away: bool
) -> None:
    """MLflow calls whatever sqlite says passing: a lock is, a full or read-only disk is not."""
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection, pytest.raises(OperationalError) as raised:
        trouble(tmp_path, connection)
    told = MlflowException(str(raised.value), TEMPORARILY_UNAVAILABLE)
    told.__cause__ = raised.value  # as its store raises it
    assert is_away(told) == away
    engine.dispose()
