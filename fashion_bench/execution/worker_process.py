"""A worker process as the driver sees it.

It is a fresh interpreter: not a fork (of a process with threads, it may deadlock), and not a
``multiprocessing`` spawn (it runs the driver's main script again, and needs that to be a file).
POSIX only.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe

__all__ = ["WorkerProcess"]

# Read by OpenMP, MKL and OpenBLAS when torch and numpy are imported. Threads of several workers
# on the same cores spin at each other's barriers: tens of times slower.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerProcess:
    """Holds nothing that must be saved, so it is always ended by a kill.

    It also ends by itself when its pipe does, so it does not outlive the driver.

    Args:
        make_train: what it sets up with, pickled.

    Attributes:
        process: the interpreter it runs in.
        pipe: the driver's end; itself at its end when the worker is dead.
        ready: it has set up.
    """

    def __init__(self, make_train: bytes) -> None:
        self.ready = False
        self.pipe, theirs = Pipe()
        with theirs, _sigint_blocked():
            self.process = _start(theirs.fileno())
        with suppress(OSError):  # dead already, as whoever listens will find
            self.pipe.send_bytes(make_train)

    def end(self) -> str:
        """Kill it, which a dead one does not notice; return how it ended."""
        self.process.kill()
        code = self.process.wait()
        self.pipe.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _start(descriptor: int) -> "subprocess.Popen[bytes]":
    """Start an interpreter that finds the modules the driver finds."""
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from fashion_bench.execution.worker import main; main({descriptor})"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        pass_fds=[descriptor],
        env={**os.environ, **_ONE_THREAD},
    )


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT: a process started meanwhile inherits that, and leaves Ctrl-C to the driver."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
