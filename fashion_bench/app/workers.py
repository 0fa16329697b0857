"""Device and workers: where trials are trained, and what each worker is set up with."""

from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path

import torch

from fashion_bench.config import Hyper, Source, TrialConfig
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


def probe(plan: Plan, data: Path, device: DeviceKind) -> Callable[[int], bool]:
    """Return what tells whether so many of a study's widest trials fit into the memory."""
    config = TrialConfig(
        recipe=plan.recipe,
        widths=plan.padded_widths,
        hyper=Hyper(),
        seed=plan.seed,
        split_seed=plan.seed,
    )
    sources = Sources(folder=data, beside=Path.cwd())
    load = sources.open(plan.recipe.source).load
    return lambda lanes: fits(config, lanes, load("train").to(device))


def make_train(source: Source, data: Path, store: CheckpointStore, device: str) -> Train:
    """Load the training images and return the function that trains a segment on them.

    That raises CohortMemoryError where a segment of several lanes runs out of memory, and
    MachineError where the GPU itself fails: the trials are not to blame.
    """
    sources = Sources(folder=data, beside=Path.cwd())
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


def open_executor(
    plan: Plan,
    data: Path,
    store: CheckpointStore,
    device: DeviceKind,
    workers: int | None,
    *,
    train: Callable[[Source, Path, CheckpointStore, str], Train] = make_train,
) -> Executor:
    """Return what runs segments: this process on a GPU or for one worker, else one per core.

    With a limit of time for a trial it is another process, which can be killed (decision 20).

    Args:
        plan: the study.
        data: the folder of images.
        store: gets the weights.
        device: what to train on.
        workers: processes on a CPU; ``None`` for one per core.
        train: makes the function that trains a segment; travels to other processes.

    Raises:
        DeviceError: the device is not here.
    """
    choose_device(device)
    workers = 1 if device == "cuda" else workers or default_workers()
    prepare = partial(train, plan.recipe.source, data, store, device)
    if workers == 1 and plan.trial_minutes is None:
        return LocalExecutor(prepare)
    return ProcessExecutor(prepare, workers, trial_seconds=60 * (plan.trial_minutes or inf))


OpenExecutor = Callable[[Plan, Path, CheckpointStore, DeviceKind, int | None], Executor]
"""Opens what runs a study's segments, as ``open_executor`` does."""
