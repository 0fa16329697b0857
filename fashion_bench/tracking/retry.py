"""Retry while MLflow is away: a locked database, a server that is down or overloaded."""

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
        return error.error_code == "TEMPORARILY_UNAVAILABLE" or _is_silence(error.__context__)
    return _is_silence(error)


def _is_silence(error: BaseException | None) -> bool:
    if isinstance(error, HTTPError):
        return error.response is not None and error.response.status_code >= 500
    return isinstance(error, NoConnection | Timeout | RetryError)
