"""What runs in a Ray worker: it keeps one child that trains, and hands it a segment a task.

The child is that of ``ProcessExecutor``: so deaths, time limits and logs are as on one machine. It
sees its parent's end, so a Ray worker that is killed leaves none. No torch is imported here.
"""

import logging
import os
import pickle
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from traceback import format_exc
from typing import Any

from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.cluster.folders import keep_images, make_folder
from fashion_bench.execution.cluster.parcels import (
    Finished,
    Raised,
    Report,
    Said,
    SetUp,
    States,
    lay_out,
    take_up,
)
from fashion_bench.execution.executor import Train
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.execution.gpus import VISIBLE, look_for_gpus
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Progress, Segment, Underway
from fashion_bench.training.files import TrialFiles

_TOGETHER = 0.5  # seconds of progress that are told at once: two messages a second and trial

PACKAGES = ("fashion-bench", "torch", "numpy")  # which decide what a trial comes to


def train(folder: str, key: str, refs: Sequence[Any]) -> Iterator[list[Report]]:
    """Train a segment, as a task of Ray; yields what is to be told of it, and last what came of it.

    Args:
        folder: for passing files of ours, on this node.
        key: names the set-up, and with it this task's executor.
        refs: of Ray's objects: the segment and its states, the ``SetUp``, the images. As arguments
            of their own they would stay in the object store when the driver is killed.
    """
    import ray

    get: Callable[[Any], Any] = ray.get
    yield from _station(Path(folder)).train(key, *(partial(get, ref) for ref in refs))


def facts(folder: str, on_gpu: bool) -> dict[str, str]:
    """Return, as a task of Ray, what decides how this node computes."""
    return _station(Path(folder)).ask(partial(own_facts, on_gpu))


def own_facts(on_gpu: bool) -> dict[str, str]:
    """Return what decides how this machine computes: versions, and how its CPU rounds or its GPU.

    Takes torch, and so is asked where that is.
    """
    from fashion_bench.training.arithmetic import fingerprint

    found = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    if on_gpu:
        return found | {"gpu": next((gpu.name for gpu in look_for_gpus().gpus), "none")}
    with one_torch_thread():
        return found | fingerprint()


class Station:
    """What a Ray worker keeps between its tasks.

    All is started in one thread that lives as long as the worker: a child ends with the thread that
    started it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = make_folder(folder, "worker-")
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1)
        self._server = ForkServer()
        self._executor: ProcessExecutor | None = None
        self._files: TrialFiles | None = None
        self._key = ""
        _listen_to_children(self._reports)
        logger = logging.getLogger("fashion_bench")
        logger.addHandler(_Telling(self._reports))
        logger.propagate = False
        self._thread.submit(self._server.prepare, import_training).result()

    def ask(self, function: Callable[[], dict[str, str]]) -> dict[str, str]:
        """Return what a function returns where the child is forked from."""
        return self._thread.submit(self._server.ask, function).result()

    def train(
        self,
        key: str,
        work: Callable[[], tuple[Segment, States]],
        set_up: Callable[[], SetUp],
        images: Callable[[], bytes],
    ) -> Iterator[list[Report]]:
        """Train a segment; see the function of this name."""
        segment, states = work()
        key += os.environ.get(VISIBLE, "")  # Ray may have given this worker another GPU
        if key != self._key:
            self._thread.submit(self._prepare, key, set_up(), images).result()
        self._thread.submit(self._train, segment, states)
        told = list[Report]()
        while not (told and isinstance(told[-1], Finished | Raised)):
            if told := self._told():
                yield told

    def _told(self) -> list[Report]:
        """Return what comes within a while, sooner if that is the last."""
        told, until = list[Report](), monotonic() + _TOGETHER
        with suppress(Empty):
            while not (told and isinstance(told[-1], Finished | Raised)):
                told.append(self._reports.get(timeout=max(0.0, until - monotonic())))
        return told

    def _prepare(self, key: str, set_up: SetUp, images: Callable[[], bytes]) -> None:
        if self._executor is not None:
            self._executor.close()
        place: tuple[TrialFiles, Path] | tuple[()] = ()
        self._files = None
        if set_up.digest is not None:
            self._files = TrialFiles(self._own.path)
            place = self._files, keep_images(self._folder, set_up.digest, images)
        make = partial(_made, set_up.make, place)
        logging.getLogger("fashion_bench").setLevel(set_up.level)
        seconds = set_up.trial_seconds
        self._executor = ProcessExecutor(make, 1, trial_seconds=seconds, server=self._server)
        self._key = key

    def _train(self, segment: Segment, states: States) -> None:
        finished = list[tuple[Progress, ...]]()

        def done(_: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
            finished.append(progress)
            return ()

        def underway(_: Segment, told: Underway) -> None:
            self._reports.put(told)

        try:
            assert self._executor is not None  # prepared before
            if self._files is not None:
                lay_out(self._files, states)
            self._executor.run([segment], done, underway)
            left = {} if self._files is None else take_up(self._files, segment)
            self._reports.put(Finished(progress=finished[0], left=left))
        except FashionBenchError as error:
            self._reports.put(Raised(error))
        except Exception:  # it may not survive the journey
            self._reports.put(Raised(RuntimeError(f"A node could not go on.\n{format_exc()}")))


@cache
def _station(folder: Path) -> Station:
    return Station(folder)


def import_training() -> None:
    """Import what the child trains with, once for all that are forked."""
    import fashion_bench.training.segment  # noqa: F401


def _made(make: bytes, place: tuple[TrialFiles, Path] | tuple[()]) -> Train:
    """Set up the child, where alone code of the user's may be unpickled."""
    train: Train = pickle.loads(make)(*place)
    return train


class _Telling(logging.Handler):
    """Passes on what is logged here."""

    def __init__(self, reports: "SimpleQueue[Report]") -> None:
        super().__init__()
        self._reports = reports

    def emit(self, record: logging.LogRecord) -> None:
        self._reports.put(Said(record.levelno, record.getMessage()))


def _listen_to_children(reports: "SimpleQueue[Report]") -> None:
    """Pass on what children print: they have this process's standard error, but not Ray's."""
    read, write = os.pipe()
    sys.stderr = open(os.dup(2), "w", buffering=1)  # noqa: PTH123, SIM115  # Ray's log
    os.dup2(write, 2)
    os.close(write)

    def listen() -> None:
        with open(read, errors="replace") as lines:  # noqa: PTH123  # a descriptor
            for line in lines:
                reports.put(Said(0, line.rstrip("\n")))

    Thread(target=listen, daemon=True).start()
