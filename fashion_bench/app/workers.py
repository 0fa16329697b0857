"""Device and workers: where trials are trained, and what each worker is set up with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from fashion_bench.app.abilities import samples, widest_first
from fashion_bench.app.start import gpu_possible
from fashion_bench.code import Code, allow
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Compute, DeviceKind, DeviceName, EngineName, Precision, Tried
from fashion_bench.errors import CohortMemoryError, DeviceError, MachineError
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.executor import Executor, Train
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.execution.gpus import Gpu
from fashion_bench.execution.local import LocalExecutor, one_torch_thread
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment, Tell
from fashion_bench.training.files import TrialFiles

if TYPE_CHECKING:  # a driver whose workers train does without torch
    from fashion_bench.data.images import Images

OLDEST_ON_A_GPU = (2, 10)  # the first torch to compile the same kernels in every run

MakeTrain = Callable[[str, Sources, TrialFiles, Compute], Train]
"""Sets up training on a source's images; see ``make_train``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What to train on.

    Attributes:
        device: its kind.
        gpus: all that can be used; none on a CPU.
        trouble: why there are no more of them, as part of a sentence.
    """

    device: DeviceKind
    gpus: tuple[Gpu, ...] = ()
    trouble: str | None = None


def choose_device(wanted: DeviceName) -> Chosen:
    """Return what to train on.

    Raises:
        DeviceError: a GPU is asked for where there is none, or torch is too old for it.
    """
    if wanted != "cpu" and gpu_possible():
        import torch  # late: a driver whose workers train does without

        if torch.cuda.is_available():
            if Version(torch.__version__).release >= OLDEST_ON_A_GPU:
                return Chosen(device="cuda", gpus=(Gpu(id="0", name=torch.cuda.get_device_name()),))
            problem = f"torch {torch.__version__} cannot choose a GPU's kernels by rule"
            raise DeviceError("--device", problem, remedy="install torch 2.10, or use --device cpu")
    if wanted == "cuda":
        raise DeviceError(
            "--device", "no CUDA device is here", given=wanted, remedy="use --device cpu"
        )
    return Chosen(device="cpu")


class Trying:
    """Tries so many of a study's widest trials on a GPU.

    A call raises MachineError where the GPU itself fails.
    """

    def __init__(self, plan: Plan, sources: Sources) -> None:
        self._source, self._sources = plan.recipe.source, sources
        self._config = max(samples(plan), key=lambda each: widest_first(plan, each))

    def __call__(self, lanes: int, engine: EngineName, precision: Precision) -> Tried:
        """Tell whether they fit into its memory."""
        from fashion_bench.training.probe import tried

        images = _images_on("cuda", self._source, self._sources)
        with one_torch_thread(), _telling_of_the_gpu("cuda"):
            return tried(self._config, lanes, images, engine, precision)

    def close(self) -> None:
        """Let the GPU go."""


def probe(plan: Plan, sources: Sources, gpu: Gpu, server: ForkServer | None = None) -> Trying:
    """Return what tries cohorts of a study on a GPU."""
    return Trying(plan, sources)


def make_train(source: str, sources: Sources, files: TrialFiles, compute: Compute) -> Train:
    """Load the training images and return the function that trains a segment on them.

    That raises CohortMemoryError where a segment of several lanes runs out of memory, and
    MachineError where the GPU itself fails: the trials are not to blame.
    """
    from fashion_bench.training.checkpoint import CheckpointStore
    from fashion_bench.training.probe import free_memory
    from fashion_bench.training.segment import train_segment
    from fashion_bench.training.trouble import out_of_memory

    device = compute.device
    images, store = _images_on(device, source, sources), CheckpointStore(files.folder)

    def train(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
        try:
            with _telling_of_the_gpu(device):
                return train_segment(segment, images, store, compute, tell)
        except RuntimeError as error:
            if segment.lanes == 1 or not out_of_memory(error):
                raise
        free_memory(device)
        raise CohortMemoryError(
            device,
            f"{segment.lanes} trials together do not fit into the memory that is left",
            remedy="free some there, then run the same command again",
        )

    return train


_SHARED: "dict[tuple[str, Path], Images]" = {}
"""Images of ours by name and folder, which processes forked from this one need not load."""


def share_images(source: str, folder: Path) -> str:
    """Load training images of ours, once, for all processes to be forked; return their digest."""
    if (source, folder) not in _SHARED:
        _SHARED[source, folder] = Sources(folder, folder).open(source).load("train")
    return _SHARED[source, folder].digest


def _images_on(device: str, source: str, sources: Sources) -> "Images":
    """Load the training images to where they are trained on.

    Raises:
        MachineError: the GPU has no room for them, or fails.
    """
    from fashion_bench.training.trouble import out_of_memory

    shared = _SHARED.get((source, sources.folder))
    images = sources.open(source).load("train") if shared is None else shared
    try:
        with _telling_of_the_gpu(device):
            return images.to(device)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        raise MachineError(
            device,
            "has no memory left, not even for the images",
            remedy="free some there, or use --device cpu",
        ) from error


@contextmanager
def _telling_of_the_gpu(device: str) -> Iterator[None]:
    """Let an error of a GPU that stopped working end the run in one line."""
    from fashion_bench.training.trouble import first_line, is_of_the_gpu, out_of_memory

    try:
        yield
    except RuntimeError as error:
        if out_of_memory(error) or not is_of_the_gpu(error):
            raise
        raise MachineError(
            device,
            f"the GPU stopped working ({first_line(error)})",
            remedy="run the same command again: what is finished is kept",
        ) from error


def prepared(
    codes: tuple[Code, ...],
    train: MakeTrain,
    source: str,
    sources: Sources,
    files: TrialFiles,
    compute: Compute,
) -> Train:
    """Set up a worker: the study's code may be run there, as it was where the worker is from."""
    allow(codes)
    return train(source, sources, files, compute)


def open_executor(
    plan: Plan,
    sources: Sources,
    files: TrialFiles,
    compute: Compute,
    workers: int | None,
    *,
    train: MakeTrain = make_train,
    server: ForkServer | None = None,
) -> Executor:
    """Return what runs segments: this process on a GPU or for one worker, else one per core.

    With a limit of time for a trial it is another process, which can be killed (decision 20).

    Args:
        plan: the study.
        sources: where its images are.
        files: where the weights go.
        compute: what to train on, and how.
        workers: processes on a CPU; ``None`` for one per core.
        train: makes the function that trains a segment; travels to other processes.
        server: what these are forked from; by default one that ends with them.

    Raises:
        DeviceError: the device is not here.
    """
    choose_device(compute.device)
    workers = 1 if compute.device == "cuda" else workers or default_workers()
    prepare = partial(prepared, plan.code, train, plan.recipe.source, sources, files, compute)
    if workers == 1 and plan.trial_minutes is None:
        return LocalExecutor(prepare)
    seconds = 60 * (plan.trial_minutes or inf)
    return ProcessExecutor(prepare, workers, trial_seconds=seconds, server=server)


OpenExecutor = Callable[[Plan, Sources, TrialFiles, Compute, int | None], Executor]
"""Opens what runs a study's segments, as ``open_executor`` does."""
