"""Where everything is kept: one folder of runs, the ledger and MLflow beside each other."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from fashion_bench.app.server_url import refuse_other_urls
from fashion_bench.errors import MachineError, StudyError
from fashion_bench.search.ledger import Ledger
from fashion_bench.training.files import Files

if TYPE_CHECKING:
    from fashion_bench.training.checkpoint import Store

__all__ = ["Workplace"]


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder of runs: ``ledger.db``, ``mlflow.db``, and ``trials/<study>/`` for weights.

    Attributes:
        folder: the folder.
        mlflow: the URL of an MLflow server to write to instead of ``mlflow.db``.

    Raises:
        FashionBenchError: that is no URL of a server.
    """

    folder: Path
    mlflow: str | None = None

    def __post_init__(self) -> None:
        if self.mlflow is not None:
            refuse_other_urls(self.mlflow)

    def ledger(self) -> Ledger:
        """Open the ledger, made on first use."""
        return Ledger(self.folder / "ledger.db")

    def existing_ledger(self) -> Ledger:
        """Open the ledger for reading.

        Raises:
            StudyError: it holds nothing, or is not there.
        """
        if (self.folder / "ledger.db").exists() and (ledger := self.ledger()).names():
            return ledger
        raise StudyError(
            self.folder,
            "holds no study or experiment",
            remedy="run one, or name the folder of runs with --runs",
        )

    def files(self, study: str) -> Files:
        """Return where a study's weights are."""
        return Files(self.folder / "trials" / study)

    def store(self, study: str) -> "Store":
        """Return what reads and writes a study's weights."""
        from fashion_bench.training.checkpoint import Store  # torch: the writer lives without

        return Store(self.files(study).folder)

    @contextmanager
    def driving(self, study: str) -> Iterator[None]:
        """Be the only one who drives a study.

        Raises:
            StudyError: somebody else does.
            MachineError: the folder cannot be written.
        """
        folder = self.folder / "trials"
        lock = FileLock(folder / f"{study}.lock", timeout=0)
        who = folder / f"{study}.driver"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            who.write_text(f"process {os.getpid()} on {socket.gethostname()}")
        except Timeout:
            raise StudyError(
                study,
                f"is being run by {_driver(who)}",
                remedy="wait until it ends, or stop it",
            ) from None
        except OSError as error:
            raise MachineError(
                error.filename or self.folder,
                f"cannot be written: {error.strerror}",
                remedy="name another folder with --runs, or make room",
            ) from error
        try:
            yield
        finally:
            with suppress(OSError):  # the disk is gone, and so is the name
                who.unlink()
            lock.release()


def _driver(who: Path) -> str:
    """Return who drives a study, as far as it is known: the lock comes a moment before the name."""
    try:
        return who.read_text() or "another process"
    except OSError:
        return "another process"
