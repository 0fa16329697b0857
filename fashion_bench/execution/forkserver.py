"""The process that workers are forked from: torch and shipped images are in memory once, for all.

A worker shares what was imported and loaded before it, and begins in milliseconds. To fork is safe
where there is one thread, so none but our own code runs there, and it counts them: were there more,
or on another system than Linux, each worker is a fresh interpreter (decision 59).
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import Pipe
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from typing import TypeVar

from fashion_bench.execution.child import Child, MessagePipe, end_with, ended, incoming, start
from fashion_bench.execution.malloc import preloaded
from fashion_bench.execution.worker import main as work

T = TypeVar("T")

FORKS = sys.platform == "linux"
_TASKS = Path("/proc/self/task")


@dataclass(eq=False, frozen=True, slots=True)
class Worker:
    """A worker process; its pipe is at its end when it is dead."""

    number: int
    pipe: MessagePipe


class ForkServer:
    """The driver's end: starts the process when it is first needed, and again if it died."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._preparations: list[bytes] = []
        self._numbers = count()
        self._how = ""  # the last process ended

    def prepare(self, function: Callable[[], object]) -> None:
        """Have something done that all workers to come share, without waiting for it.

        What it raises, a worker meets that does the same.

        Args:
            function: of our own code alone, which begins no thread; it travels pickled.
        """
        pickled = pickle.dumps(function)
        self._send(_Do(pickled))
        self._preparations.append(pickled)

    def ask(self, function: Callable[[], T]) -> T:
        """Return what a function returns there, or raise what it raises; see ``prepare``.

        Raises:
            EOFError: the process died.
            OSError: likewise.
        """
        child = self._living()
        try:
            child.pipe.send(_Do(pickle.dumps(function), told=True))
            done, answer = child.pipe.recv()
        except (EOFError, OSError):
            self.close()
            raise
        if not done:
            raise answer
        found: T = answer
        return found

    def start(self, environment: Mapping[str, str] = {}) -> Worker:
        """Start a worker, with this in its environment besides ours."""
        ours, theirs = Pipe()
        worker = Worker(next(self._numbers), ours)
        child = self._living()
        with theirs, suppress(OSError):  # it died: so the worker's pipe is at its end
            child.pipe.send(_Start(worker.number, dict(environment)))
            send_handle(child.pipe, theirs.fileno(), child.process.pid)
        return worker

    def end(self, *workers: Worker) -> list[str]:
        """Kill workers, which dead ones do not notice; return how each ended."""
        for worker in workers:
            worker.pipe.close()
        try:
            if self._child is None:
                raise EOFError
            self._child.pipe.send(_End(tuple(worker.number for worker in workers)))
            return [ended(code) for code in self._child.pipe.recv()]
        except (EOFError, OSError):  # it died, and they with it
            self.close()
            return [self._how] * len(workers)

    def close(self) -> None:
        """Kill the process; its workers, where there are any, end a moment later."""
        child, self._child = self._child, None
        if child is not None:
            self._how = child.end()

    def _send(self, request: object) -> None:
        with suppress(OSError):  # it died, as who waits for an answer will find
            self._living().pipe.send(request)

    def _living(self) -> Child:
        if self._child is not None and self._child.process.poll() is not None:
            self.close()
        if self._child is None:
            self._child = Child(f"{__name__}:main", listens=False, environment=preloaded())
            for pickled in self._preparations:
                self._send(_Do(pickled))
        return self._child


# The process --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Do:
    """Call a function; ``told`` asks for whether it returned, and what, or what it raised."""

    pickled: bytes
    told: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    """Start the worker of a number; behind this comes its end of a pipe."""

    number: int
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class _End:
    """Kill these workers, wait for them, and answer with their exit codes."""

    numbers: tuple[int, ...]


def main(pipe: MessagePipe) -> None:
    """Do what is asked, one after the other, until the driver's end is closed."""
    workers: dict[int, int | subprocess.Popen[bytes]] = {}
    with suppress(EOFError, ConnectionError):
        while True:
            match pipe.recv():
                case _Do(pickled, told):
                    answer = _done(pickled)
                    if told:
                        pipe.send(answer)
                case _Start(number, environment):
                    theirs = recv_handle(pipe)
                    if not _may_fork():
                        main = f"{work.__module__}:{work.__name__}"
                        workers[number] = start(main, theirs, environment=environment)
                    elif (forked := _fork()) == 0:
                        pipe.close()
                        os.environ.update(environment)  # read when CUDA is first called
                        work(*incoming(theirs))
                        return
                    else:
                        workers[number] = forked
                    os.close(theirs)
                case _End(numbers):
                    pipe.send(_killed([workers.pop(number, None) for number in numbers]))


def _done(pickled: bytes) -> tuple[bool, object]:
    try:
        return True, pickle.loads(pickled)()
    except Exception as error:
        return False, error


def _may_fork() -> bool:
    try:
        return FORKS and len(list(_TASKS.iterdir())) == 1
    except OSError:  # no /proc is here: nobody knows
        return False


def _fork() -> int:
    """Fork; return 0 in the new process, which ends when this one does."""
    gc.freeze()  # a collection there would touch, and so copy, every object that is shared
    parent, process = os.getpid(), os.fork()
    if process == 0:
        end_with(parent)
        if random := sys.modules.get("numpy.random"):
            random.seed()  # as in an interpreter of its own
    return process


def _killed(workers: "list[int | subprocess.Popen[bytes] | None]") -> list[int]:
    """Kill them; those that an earlier process started were killed when that died."""
    ids = [one.pid if isinstance(one, subprocess.Popen) else one for one in workers]
    for process in filter(None, ids):
        os.kill(process, signal.SIGKILL)
    return [
        os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) if process else -signal.SIGKILL
        for process in ids
    ]
