"""The folder of runs: ledger, MLflow's store and weights, and the lock of who drives a study."""

import fcntl
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from fashion_bench.errors import FashionBenchError, MachineError, StudyError, shown, unwritable
from fashion_bench.plan import study_of
from fashion_bench.training.files import ASIDE, TrialFiles

if TYPE_CHECKING:
    from fashion_bench.search.layout import Layout
    from fashion_bench.search.ledger import Ledger
    from fashion_bench.search.resolve import StudyFile

MOMENT = 0.2  # seconds that whoever asks who drives a study may hold its lock, many times over


@dataclass(frozen=True, slots=True)
class RunsFolder:
    """A folder of runs: ``ledger.db``, ``mlflow.db``, and ``trials/<study>/`` for weights.

    A stage of a study has its own folder of weights. ``duplicates/`` has what belongs to images,
    whichever experiment was measured on them.

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
            _refuse_other_urls(self.mlflow)

    def ledger(self) -> "Ledger":
        """Open the ledger, made on first use."""
        from fashion_bench.search.ledger import Ledger  # `watch` does without Optuna

        return Ledger(self.folder / "ledger.db")

    def reading(self) -> "Ledger":
        """Open the ledger that is there, to read it alone: also where nothing can be written."""
        from fashion_bench.search.ledger import Ledger

        return Ledger(self.folder / "ledger.db", reading=True)

    def begun(self, asked: "StudyFile") -> "Layout | None":
        """Return the layout a study was begun with, ``None`` if it was not; nothing is made.

        Raises:
            StudyError: it was begun with another file.
        """
        return self.reading().begun(asked) if (self.folder / "ledger.db").exists() else None

    def existing_ledger(self) -> "Ledger":
        """Open the ledger for reading.

        Raises:
            StudyError: it holds nothing, or is not there.
            MachineError: the folder cannot be looked into.
        """
        try:
            there = (self.folder / "ledger.db").exists()
        except OSError as error:  # it is somebody else's alone, or no name of a folder can be so
            remedy = "see that it can be read, or name another folder with --runs"
            problem = f"cannot be read: {error.strerror}"
            raise MachineError(shown(self.folder, 200), problem, remedy=remedy) from error
        if there and (ledger := self.reading()).names():
            return ledger
        raise StudyError(
            self.folder,
            "holds no study or experiment",
            remedy="run one, or name the folder of runs with --runs",
        )

    def names(self) -> tuple[str, ...]:
        """Return the names of what was begun, the oldest first: at once, for it takes no Optuna.

        Nothing where they cannot be read: who needs more of the ledger is told why.
        """
        from fashion_bench.database import rows

        begun = (  # those with our header (search/headers.py, which takes Optuna)
            "SELECT study_name FROM studies JOIN study_user_attributes USING (study_id) "
            "WHERE key = 'fashion_bench' ORDER BY study_id"
        )
        try:
            found = rows(self.folder / "ledger.db", begun, MOMENT)
        except (OSError, sqlite3.Error, FashionBenchError):
            return ()
        return tuple(dict.fromkeys(study_of(name) for (name,) in found))

    def files(self, study: str) -> TrialFiles:
        """Return where a study's weights are."""
        return TrialFiles(self.folder / "trials" / study)

    def half_removed(self, study: str) -> Path | None:
        """Return what a removal that was cut off left of a whole study, ``None`` if nothing."""
        left = sorted((self.folder / "trials").glob(f"{ASIDE}*"))
        names = {study_of(path.name.removeprefix(ASIDE)): path for path in left}
        return names.get(study)

    def duplicates(self, train: str, test: str) -> Path:
        """Return where it is kept which test images have a near-duplicate among the train images.

        Args:
            train: digest of the train images.
            test: digest of the test images.
        """
        return self.folder / "duplicates" / f"{train}-{test}.json"

    def live(self, study: str) -> Path:
        """Return the file in which a run of a whole study says what it is at."""
        return self.folder / "trials" / f"{study}.live.json"

    def driver(self, study: str) -> str | None:
        """Return who drives a whole study now, ``None`` if nobody does.

        The lock is shared by all who ask, and asked of a file that may only be read.
        """
        folder = self.folder / "trials"
        try:
            with (folder / f"{study}.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _driver(folder / f"{study}.driver")
        except OSError:  # it was never driven, or nothing of the folder may be read
            return None
        return None

    @contextmanager
    def driving(self, study: str) -> Iterator[None]:
        """Be the only one who drives a study, in any of its stages.

        Raises:
            StudyError: somebody else does.
            MachineError: the folder cannot be written.
        """
        study, folder = study_of(study), self.folder / "trials"
        lock = FileLock(folder / f"{study}.lock", timeout=MOMENT)
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
            place = error.filename or self.folder
            raise unwritable(place, error, "name another folder with --runs") from error
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


def _refuse_other_urls(url: str) -> None:
    """Refuse what is not an http or https URL of a server and a path.

    Nothing of it is repeated: a URL may hold a password, and errors end up in logs.

    Raises:
        FashionBenchError: it is another URL, or none, or holds more than that.
    """
    problem = _problem(url)
    if problem is not None:
        raise FashionBenchError(
            "--mlflow",
            problem,
            remedy="give http://HOST:PORT or https://HOST; a name and a password go into "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )


def _problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # of the port
        complete = False
    if not complete:
        return "is no http or https URL"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "holds more than the address of a server"
    return None
