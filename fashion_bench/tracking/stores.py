"""The two places that MLflow may keep things in, behind one face."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from mlflow import MlflowClient

from fashion_bench.tracking.server_store import ServerStore
from fashion_bench.tracking.store import FolderStore

__all__ = ["Store", "store_of"]


class Store(Protocol):
    """Where MLflow keeps what it is told."""

    def open(self) -> MlflowClient:
        """Return a client of it, made where there is nothing."""

    def look_into(self) -> MlflowClient | None:
        """Return a client of what is there, if anything."""

    def artifact_location(self, study: str) -> str | None:
        """Return where a study's files are to be; ``None`` for where they are by default."""

    def drop_artifacts(self, study: str) -> None:
        """Remove the files of a study."""

    def explained(self) -> AbstractContextManager[None]:
        """Turn what goes wrong with it into one line."""


def store_of(runs: Path, server: str | None) -> Store:
    """Return the server's store, or without a server that of the folder of runs."""
    return FolderStore(runs) if server is None else ServerStore(server)
