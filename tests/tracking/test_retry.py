"""A step of MLflow is repeated while its server or database is away: ``tracking/retry.py``."""

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE

from fashion_bench.tracking.retry import retry


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
