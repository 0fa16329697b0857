"""A lock for each GPU: one run at a time trains on it, and the system frees it when that ends."""

import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from fashion_bench.errors import MachineError, unwritable
from fashion_bench.execution.gpus import Gpu

_MOMENT = 0.2  # seconds that whoever asks who is on a card may have its lock, many times over


class Cards:
    """The GPUs that a run has for itself, until ``close``.

    Args:
        gpus: that it may have.
        most: how many it wants; ``None`` for all.
        who: it is for.

    Attributes:
        gpus: that it has.
        others: who has the others, a line each.

    Raises:
        MachineError: other runs have them all, or none can be locked.
    """

    def __init__(self, gpus: Sequence[Gpu], most: int | None, who: str) -> None:
        self._locks: list[IO[str]] = []
        self.gpus: tuple[Gpu, ...] = ()
        self.others: list[str] = []
        for gpu in gpus:
            if len(self.gpus) == most:
                break
            if (lock := _locked(gpu)) is None:
                self.others.append(f"{gpu.name} is in use by {_written(_file(gpu))}")
                continue
            lock.truncate(0)
            lock.write(f"process {os.getpid()} (study {who})")
            lock.flush()
            self._locks.append(lock)
            self.gpus += (gpu,)
        if not self.gpus:
            raise MachineError(
                "cuda",
                "; ".join(self.others),
                remedy="wait until that ends, or let it have fewer GPUs with --workers",
            )

    def close(self) -> None:
        """Let others have them."""
        while self._locks:
            self._locks.pop().close()


def user_of(gpu: Gpu) -> str | None:
    """Return which run of this user's has a GPU now, ``None`` if none has."""
    try:
        with _file(gpu).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(_file(gpu))
    except OSError:  # no run ever had it
        return None
    return None


def _locked(gpu: Gpu) -> IO[str] | None:
    """Return the lock of a GPU, held; ``None`` where another run has it."""
    try:
        lock = _file(gpu).open("a+")
    except OSError as error:
        raise unwritable(error.filename, error, "set TMPDIR to another folder") from error
    deadline = time.monotonic() + _MOMENT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                return None
            time.sleep(_MOMENT / 20)
        else:
            return lock


def _file(gpu: Gpu) -> Path:
    """Return the file of a GPU's lock, in a folder that no other user can write to."""
    folder = Path(tempfile.gettempdir(), f"fashion_bench-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise MachineError(folder, "is another user's", remedy="set TMPDIR to another folder")
    return folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', gpu.id)}.lock"  # a MIG's may have slashes


def _written(file: Path) -> str:
    """Return who has a lock, as far as it is known: the lock comes a moment before the name."""
    with suppress(OSError):
        return file.read_text() or "another run"
    return "another run"
