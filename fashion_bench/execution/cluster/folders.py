"""Passing files: folders that go with the process that made them, images that a machine keeps once.

A process that is killed removes nothing. So each holds a lock on what it uses, which the system
frees with the process, and whoever comes next removes what nobody holds.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder of this process; ``lock`` is the open file that says so."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove it; what another process still writes there stays for who comes next."""
        rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def make_folder(parent: Path, prefix: str) -> OwnFolder:
    """Make a folder of a prefix; remove those whose processes have ended."""
    for left in parent.glob(f"{prefix}*"):
        if _is_free(left / _LOCK):
            rmtree(left, ignore_errors=True)
    parent.mkdir(parents=True, exist_ok=True)
    hidden = Path(mkdtemp(prefix=".", dir=parent))  # until it is locked, or another would remove it
    lock = os.open(hidden / _LOCK, os.O_RDWR | os.O_CREAT)
    flock(lock, LOCK_EX)
    return OwnFolder(hidden.rename(parent / f"{prefix}{hidden.name[1:]}"), lock)


def keep_images(folder: Path, digest: str, fetch: Callable[[], bytes]) -> Path:
    """Return the file of these images, kept while this process lives; fetch them if it is not here.

    Args:
        folder: of all processes of this machine that may need them.
        digest: of the images.
        fetch: returns them as a file holds them; called in one process at a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"images-{digest}.pt"
    guard = os.open(folder / "images.lock", os.O_RDWR | os.O_CREAT)
    try:
        flock(guard, LOCK_EX)
        for other in folder.glob("images-*.pt"):
            if other != path and _is_free(other):
                other.unlink()
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(fetch())
            part.replace(path)
        flock(os.open(path, os.O_RDONLY), LOCK_SH)  # never closed: until the process ends
    finally:
        os.close(guard)
    return path


def _is_free(path: Path) -> bool:
    """Whether no process holds a file; what is not ours is never free."""
    with suppress(OSError):
        held = os.open(path, os.O_RDONLY)
        try:
            flock(held, LOCK_EX | LOCK_NB)
            return True
        finally:
            os.close(held)
    return False
