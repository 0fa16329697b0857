"""An MLflow server as the store: of anybody's, on any machine, away at times."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from requests.exceptions import HTTPError, RequestException

from fashion_bench.errors import FashionBenchError, MachineError

__all__ = ["ServerStore"]

_LONGEST_REASON = 200  # characters; an answer may be a page


@dataclass(frozen=True, slots=True)
class ServerStore:
    """What is behind a server's URL.

    MLflow's client takes credentials from ``MLFLOW_TRACKING_USERNAME`` and ``_PASSWORD``.
    """

    url: str

    def open(self) -> MlflowClient:
        """Return a client, which connects when it is used."""
        return MlflowClient(self.url)

    def look_into(self) -> MlflowClient:
        """Return a client, since only asking it tells what is there."""
        return self.open()

    def artifact_location(self, _study: str) -> None:
        """Leave it to the server where it keeps a study's files, and how they get there."""

    def drop_artifacts(self, _study: str) -> None:
        """Leave them to the server, whose ``mlflow gc`` removes what is deleted."""

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what a server answers, and its silence, into one line.

        Raises:
            FashionBenchError: it wants other credentials.
            MachineError: it is away, or no MLflow server.
        """
        try:
            yield
        except (RequestException, MlflowException) as error:
            status = _status(error)
            if status == 400:  # we asked for nonsense
                raise
            if status in {401, 403}:
                raise FashionBenchError(
                    self.url,
                    f"the MLflow server refuses these credentials ({status})",
                    remedy="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
                ) from error
            raise MachineError(
                self.url,
                "the MLflow server does not answer as it should",
                given=_reason(error),
                remedy=f"once it does, `fashion-bench sync --mlflow {self.url}`",
            ) from error
        except OSError as error:
            raise MachineError(
                "what is sent to MLflow",
                "cannot be kept on this disk meanwhile",
                given=str(error),
                remedy=f"make room; then `fashion-bench sync --mlflow {self.url}`",
            ) from error


def _status(error: Exception) -> int | None:
    """Return the HTTP status that an error stands for; ``None`` where no answer came."""
    if isinstance(error, HTTPError):
        return None if error.response is None else error.response.status_code
    if isinstance(error, MlflowException):
        return int(error.get_http_status_code())  # type: ignore[no-untyped-call]
    return None


def _reason(error: Exception) -> str:
    """Return what befell a request, without the layers it came through."""
    root = error.__context__ if isinstance(error.__context__, RequestException) else error
    cause = root.args[0] if root.args else root
    told = str(getattr(cause, "reason", root))
    return told.splitlines()[0][:_LONGEST_REASON]
