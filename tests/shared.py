"""What takes long to make is made once, for all the processes that run tests side by side."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

import pytest
from filelock import FileLock

__all__ = ["made_once"]

T = TypeVar("T")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """Return what ``make`` returns of a new folder; the first process calls it, the others wait.

    The folder is everybody's, and so not to be written to.
    """
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / f"shared-{name}"
    made = folder.with_suffix(".pickle")
    with FileLock(folder.with_suffix(".lock")):
        if not made.exists():
            rmtree(folder, ignore_errors=True)  # of one that failed
            folder.mkdir()
            made.write_bytes(pickle.dumps(make(folder)))
        found: T = pickle.loads(made.read_bytes())
        return found
