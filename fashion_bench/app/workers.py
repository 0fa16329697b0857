"""Device and workers: where trials are trained, and what each worker is set up with."""

from collections.abc import Callable
from functools import partial
from math import inf

import torch

from fashion_bench.app.abilities import samples, widest_first
from fashion_bench.code import Code, allow
from fashion_bench.data.sources import Sources
from fashion_bench.errors import CohortMemoryError, DeviceError, MachineError
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.executor import Executor, Train
from fashion_bench.execution.local import LocalExecutor
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment
from fashion_bench.search.layout import DeviceKind, DeviceName
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.probe import fits, free_memory
from fashion_bench.training.segment import train_segment

MakeTrain = Callable[[str, Sources, CheckpointStore, str], Train]
"""Sets up training on a source's images; see ``make_train``."""


def choose_device(wanted: DeviceName) -> DeviceKind:
    """Return the kind of device to train on.

    Raises:
        DeviceError: a GPU is asked for where there is none.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise DeviceError(
            "--device", "no CUDA device is here", given=wanted, remedy="use --device cpu"
        )
    return "cuda" if there and wanted != "cpu" else "cpu"


def probe(plan: Plan, sources: Sources, device: DeviceKind) -> Callable[[int], bool]:
    """Return what tells whether so many of a study's widest trials fit into the memory."""
    config = max(samples(plan), key=lambda each: widest_first(plan, each))
    load = sources.open(plan.recipe.source).load
    return lambda lanes: fits(config, lanes, load("train").to(device))


def make_train(source: str, sources: Sources, store: CheckpointStore, device: str) -> Train:
    """Load the training images and return the function that trains a segment on them.

    That raises CohortMemoryError where a segment of several lanes runs out of memory, and
    MachineError where the GPU itself fails: the trials are not to blame.
    """
    images = sources.open(source).load("train").to(device)

    def train(segment: Segment) -> tuple[Progress, ...]:
        try:
            return train_segment(segment, images, store, device)
        except torch.OutOfMemoryError:
            if segment.lanes == 1:
                raise
        except RuntimeError as error:
            if not _is_of_the_gpu(error):
                raise
            raise MachineError(
                device,
                f"the GPU stopped working ({str(error).strip().partition(chr(10))[0]})",
                remedy="run the same command again: what is finished is kept",
            ) from error
        free_memory(device)
        raise CohortMemoryError(
            device,
            f"{segment.lanes} trials together do not fit into the memory that is left",
            remedy="free some there, then run the same command again",
        )

    return train


def _is_of_the_gpu(error: RuntimeError) -> bool:
    """Whether a GPU, its driver or its libraries failed: every later call would fail likewise."""
    libraries = ("CUDA", "CUBLAS", "CUDNN", "cuBLAS", "cuDNN")
    return isinstance(error, torch.AcceleratorError) or any(
        f"{library} error" in str(error) or f"{library}_STATUS" in str(error)
        for library in libraries
    )


def prepared(
    codes: tuple[Code, ...],
    train: MakeTrain,
    source: str,
    sources: Sources,
    store: CheckpointStore,
    device: str,
) -> Train:
    """Set up a worker: the study's code may be run there, as it was where the worker is from."""
    allow(codes)
    return train(source, sources, store, device)


def open_executor(
    plan: Plan,
    sources: Sources,
    store: CheckpointStore,
    device: DeviceKind,
    workers: int | None,
    *,
    train: MakeTrain = make_train,
) -> Executor:
    """Return what runs segments: this process on a GPU or for one worker, else one per core.

    With a limit of time for a trial it is another process, which can be killed (decision 20).

    Args:
        plan: the study.
        sources: where its images are.
        store: gets the weights.
        device: what to train on.
        workers: processes on a CPU; ``None`` for one per core.
        train: makes the function that trains a segment; travels to other processes.

    Raises:
        DeviceError: the device is not here.
    """
    choose_device(device)
    workers = 1 if device == "cuda" else workers or default_workers()
    prepare = partial(prepared, plan.code, train, plan.recipe.source, sources, store, device)
    if workers == 1 and plan.trial_minutes is None:
        return LocalExecutor(prepare)
    return ProcessExecutor(prepare, workers, trial_seconds=60 * (plan.trial_minutes or inf))


OpenExecutor = Callable[[Plan, Sources, CheckpointStore, DeviceKind, int | None], Executor]
"""Opens what runs a study's segments, as ``open_executor`` does."""
