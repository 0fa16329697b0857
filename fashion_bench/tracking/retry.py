"""Retry while MLflow is away: a locked database, a server that is down or overloaded."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from mlflow.exceptions import MlflowException
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import HTTPError, RetryError, Timeout
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

T = TypeVar("T")

PATIENCE_SECONDS = 60.0  # a server is started again in less


def retry(step: Callable[[], T], *, seconds: float | None = None) -> T:
    """Call a step that may be repeated, again while MLflow is away.

    Args:
        step: what to do.
        seconds: for how long to begin it again; a minute where nothing is said.

    Raises:
        Exception: the last that the step raised, or the first that is no absence.
    """
    return Retrying(
        retry=retry_if_exception(is_away),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        stop=stop_after_delay(PATIENCE_SECONDS if seconds is None else seconds),
        reraise=True,
    )(step)


def is_away(error: BaseException) -> bool:
    """Return whether the same call may succeed later.

    MLflow's client raises one exception for all that befalls a request, and leaves what it was
    as its context: no connection, no answer in time, or one of the answers 408, 429 and 5xx.
    """
    if isinstance(error, MlflowException):
        called_so = error.error_code == "TEMPORARILY_UNAVAILABLE" and not _is_lasting(error)
        return called_so or _is_silence(error.__context__)
    return _is_silence(error)


def _is_lasting(error: MlflowException) -> bool:
    """Return whether it is sqlite's and of the disk: MLflow calls whatever befalls that passing."""
    # The database's exception is the cause, and has sqlite's own as ``orig``.
    own = getattr(error.__cause__, "orig", None)
    code = own.sqlite_errorcode & 0xFF if isinstance(own, sqlite3.OperationalError) else None
    return code not in {None, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


def _is_silence(error: BaseException | None) -> bool:
    if isinstance(error, HTTPError):
        return error.response is not None and error.response.status_code >= 500
    return isinstance(error, NoConnection | Timeout | RetryError)
