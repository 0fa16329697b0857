"""A process of our own on this machine, and the pipe to it.

It is a fresh interpreter: not a fork (of a process with threads, it may deadlock), and not a
``multiprocessing`` spawn (it runs the parent's main script again, and needs that to be a file).
POSIX only (decision 7). Workers are forked from such a child that has one thread (``forkserver``).
"""

import ctypes
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

MessagePipe: TypeAlias = "Connection[Any, Any]"

# Read by OpenMP, MKL and OpenBLAS when torch and numpy are imported. Threads of several processes
# on the same cores spin at each other's barriers: tens of times slower.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# Torch has kernels that it compiles when they are first called: that would take a C compiler.
_NO_COMPILER = {"TORCH_DISABLE_NATIVE_JIT": "1"}


_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>


class Child:
    """A process that runs one function, single-threaded, and ends when its parent does.

    It leaves Ctrl-C to the parent. It holds nothing that must be saved, so it is ended by a kill.

    Args:
        main: ``module:function`` to call with what ``incoming`` returns there. The module is
            imported after that, so that the parent's end is noticed while torch is imported.
        listens: whether a thread reads the pipe, and ends it when the parent's end is closed; else
            the function is called with the pipe alone, and the system ends it (on Linux).
        environment: what it has in its environment besides ours.

    Attributes:
        process: the interpreter it runs in.
        pipe: the parent's end; itself at its end when the child is dead.
    """

    def __init__(
        self, main: str, *, listens: bool = True, environment: Mapping[str, str] = {}
    ) -> None:
        self.pipe: MessagePipe
        self.pipe, theirs = Pipe()
        with theirs, _sigint_blocked():
            self.process = start(main, theirs.fileno(), listens=listens, environment=environment)

    def end(self) -> str:
        """Kill it, which a dead one does not notice; return how it ended."""
        self.process.kill()
        self.pipe.close()
        return ended(self.process.wait())


def ended(code: int) -> str:
    """Return how a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


class Messages:
    """What comes from the parent; unpickled by who asks for it.

    Messages are received in a thread of its own, so that the parent's end is noticed during work;
    the child then ends at once. To unpickle is to import: done in that thread, beside the imports
    of the child's own module, the two could wait for each other.
    """

    def __init__(self, pipe: MessagePipe) -> None:
        self._pickled: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=self._receive, args=(pipe,), daemon=True).start()

    def get(self) -> Any:  # noqa: ANN401  # whatever was sent
        """Wait for the next one; raises what unpickling it raises."""
        return pickle.loads(self._pickled.get())

    def empty(self) -> bool:
        """Whether none is there."""
        return self._pickled.empty()

    def _receive(self, pipe: MessagePipe) -> None:
        try:
            while True:
                self._pickled.put(pipe.recv_bytes())
        finally:  # the parent is gone: nobody wants the result
            os._exit(0)


def incoming(descriptor: int) -> tuple[MessagePipe, Messages]:
    """Return a child's end of the pipe, for sending, and what arrives on it."""
    pipe: MessagePipe = Connection(descriptor)
    return pipe, Messages(pipe)


def silent(descriptor: int) -> tuple[MessagePipe]:
    """Return a child's end of the pipe, to a child that has to stay single-threaded."""
    end_with(os.getppid())
    return (Connection(descriptor),)


def end_with(parent: int) -> None:
    """Have this process killed when its parent ends, or the parent's thread that started it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was too late
        os._exit(0)


def start(
    main: str, descriptor: int, *, listens: bool = True, environment: Mapping[str, str] = {}
) -> "subprocess.Popen[bytes]":
    """Start an interpreter that finds the modules the parent finds; see ``Child``."""
    module, _, function = main.partition(":")
    ends = (incoming if listens else silent).__name__
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from {__name__} import {ends}; ends = {ends}({descriptor}); "
        f"from {module} import {function}; {function}(*ends)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=2,  # standard error: what a library prints is no part of our parent's answer
        pass_fds=[descriptor],
        env={**os.environ, **_ONE_THREAD, **_NO_COMPILER, **environment},
    )


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT: a process started meanwhile inherits that, and leaves Ctrl-C to the parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
