"""From finished trials to MLflow: a projection of the ledger, for people to look at.

MLflow reads some of its settings when it is imported. A process of ours has them from its start
(``settle``); in one of the user's they hold as long as we use MLflow there (``settled``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from os import environ

__all__ = ["settings", "settle", "settled"]

# What the user has set stands.
_USUAL = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # what goes wrong is raised as well
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",  # seconds; MLflow's 120 is a long hang
}


def settings() -> dict[str, str]:
    """Return what a process of ours has in its environment for MLflow."""
    usual = {name: environ.get(name, value) for name, value in _USUAL.items()}
    # Not the user's to set: who asks again for a run to be made must look first (decision 22).
    return usual | {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


def settle() -> None:
    """Have MLflow do as we need it in this process."""
    environ.update(settings())


@contextmanager
def settled() -> Iterator[None]:
    """Have it do so meanwhile; but what it tells a user is read once, when it is imported."""
    before = dict(environ)
    own = {name: value for name, value in settings().items() if name != "MLFLOW_LOGGING_LEVEL"}
    environ.update(own)
    try:
        yield
    finally:
        for name in own:
            environ.pop(name)
        environ.update({name: before[name] for name in own if name in before})
