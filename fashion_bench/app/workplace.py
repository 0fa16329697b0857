"""Where everything is kept: one folder of runs, the ledger and MLflow beside each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from fashion_bench.errors import MachineError, StudyError
from fashion_bench.search.ledger import Ledger
from fashion_bench.training.files import Files

if TYPE_CHECKING:
    from fashion_bench.training.checkpoint import Store

__all__ = ["Workplace"]


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder of runs: ``ledger.db``, ``mlflow.db``, and ``trials/<study>/`` for weights."""

    folder: Path

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
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise StudyError(
                study,
                f"is being run by another process ({lock.lock_file})",
                remedy="wait until it ends, or stop it",
            ) from None
        except OSError as error:
            raise MachineError(
                self.folder,
                f"cannot be written: {error.strerror}",
                remedy="name another folder with --runs, or make room",
            ) from error
        try:
            yield
        finally:
            lock.release()
