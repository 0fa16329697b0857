"""Device and workers: where trials are trained, and what each worker is set up with."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from fashion_bench.app.abilities import samples, widest_first
from fashion_bench.code import Code, allow
from fashion_bench.config import DataFacts, TrialConfig
from fashion_bench.data.sources import Dataset, Part, Sources
from fashion_bench.devices import (
    Compute,
    DeviceKind,
    DeviceName,
    EngineName,
    Precision,
    Tried,
)
from fashion_bench.errors import CohortMemoryError, DeviceError, GpuError, MachineError
from fashion_bench.execution.asking import Asking, Ended
from fashion_bench.execution.cards import Cards, user_of
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.executor import Executor, Train
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.execution.gpus import VISIBLE, Gpu, look_for_gpus
from fashion_bench.execution.local import LocalExecutor
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment, Tell
from fashion_bench.training.files import TrialFiles

if TYPE_CHECKING:  # a driver whose workers train does without torch
    from fashion_bench.data.images import Images
    from fashion_bench.execution.cluster.joining import Cluster

_log = logging.getLogger(__name__)

_SECONDS = 120  # to try an engine in: a compilation takes 16 in a new process
_TRIES = 3  # what ends a process once may pass; which engine is kept must not hang on it

MakeTrain = Callable[[str, Sources, TrialFiles, Compute], Train]
"""Sets up training on a source's images; see ``make_train``."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a run may train on.

    Attributes:
        device: the kind of device.
        gpus: of that kind, those that can be used, but for those of other runs.
        trouble: why there are not more, as part of a line; ``None`` where all is well.
    """

    device: DeviceKind
    gpus: tuple[Gpu, ...] = ()
    trouble: str | None = None


def choose_device(wanted: DeviceName) -> Chosen:
    """Return what to train on.

    Raises:
        DeviceError: a GPU is asked for, and none can be used.
    """
    if wanted == "cpu":
        return Chosen("cpu")
    found = look_for_gpus()
    if found.gpus:
        users = {gpu: user_of(gpu) for gpu in found.gpus}
        free = tuple(gpu for gpu, user in users.items() if user is None)
        told = [f"{gpu.name} is in use by {user}" for gpu, user in users.items() if user]
        # Of cards that are all in use, who trains is told when it wants one.
        troubles = [*filter(None, [found.trouble]), *(told if free else [])]
        return Chosen("cuda", free or found.gpus, "; ".join(troubles) or None)
    if wanted == "cuda":
        remedy = " or ".join(filter(None, [found.remedy, "use --device cpu"]))
        problem = found.trouble or "no CUDA device is here"
        raise DeviceError("--device", problem, given=wanted, remedy=remedy)
    return Chosen("cpu", trouble=found.trouble)


def of_one_model(chosen: Chosen, model: str | None) -> Chosen:
    """Leave out GPUs of other models, which would round otherwise.

    Args:
        chosen: what may be trained on.
        model: the one that a study was begun on; where none is here, or known, the first one's.
    """
    if not chosen.gpus:
        return chosen
    names = [gpu.name for gpu in chosen.gpus]
    name = model if model in names else names[0]
    others = [f"{one} is left out beside {name}" for one in dict.fromkeys(names) if one != name]
    told = [*filter(None, [chosen.trouble]), *others]
    same = tuple(gpu for gpu in chosen.gpus if gpu.name == name)
    return replace(chosen, gpus=same, trouble="; ".join(told) or None)


class Trying:
    """Tries cohorts of a study's widest trials on a GPU, in a process that ends with ``close``.

    What ends that process three times is a no. After any no the next question gets another, for a
    capture that broke may keep memory.
    """

    def __init__(
        self, plan: Plan, sources: Sources, gpu: Gpu, server: ForkServer | None = None
    ) -> None:
        self._config = max(samples(plan), key=lambda each: widest_first(plan, each))
        make = partial(_prepared_to_try, plan.code, plan.recipe.source, sources)
        self._gpu, self._study = gpu, plan.name
        self._asking = Asking(make, {VISIBLE: gpu.id}, server)
        self._held: Cards | None = None

    def __call__(self, lanes: int, engine: EngineName, precision: Precision) -> Tried:
        """Return what comes of so many lanes with an engine.

        Raises:
            MachineError: there is no room even for the images, or another run has the GPU.
        """
        if self._held is None:
            self._held = Cards([self._gpu], 1, self._study)
        ends: list[str] = []
        while len(ends) < _TRIES:
            answer = self._asking((self._config, lanes, engine, precision), _SECONDS)
            if isinstance(answer, Ended):
                ends.append(answer.how)
                continue
            if answer != Tried():
                self._asking.end()
            return answer
        return Tried(trouble=f"the process that tried it ended ({ends[-1]})")

    def close(self) -> None:
        """End the process, whose memory is for those that train, and let others have the GPU."""
        self._asking.close()
        if self._held is not None:
            self._held.close()


_Question = tuple[TrialConfig, int, EngineName, Precision]


def _prepared_to_try(
    codes: tuple[Code, ...], source: str, sources: Sources
) -> Callable[[_Question], Tried]:
    """Set up a process that tries, as a worker is."""
    allow(codes)
    return partial(_tried, _images_on("cuda", source, sources))


def _tried(images: "Images", question: _Question) -> Tried:
    from fashion_bench.training.probe import tried

    config, lanes, engine, precision = question
    with _telling_of_the_gpu("cuda"):
        return tried(config, lanes, images, engine, precision)


def make_train(
    source: str, sources: Sources, files: TrialFiles, compute: Compute, *, shared: bool = False
) -> Train:
    """Load the training images and return the function that trains a segment on them.

    That raises CohortMemoryError where a segment of several lanes runs out of memory, MachineError
    where one lane has no room on a GPU, and GpuError where the GPU itself fails: the trials are not
    to blame.

    Args:
        source: of the images.
        sources: where they are.
        files: of the study.
        compute: what to train on, and how.
        shared: whether other GPUs may go on with what this one has trained.
    """
    from fashion_bench.training.checkpoint import CheckpointStore
    from fashion_bench.training.kept import Kept
    from fashion_bench.training.segment import train_segment
    from fashion_bench.training.trouble import out_of_memory

    device = compute.device
    images, store = _images_on(device, source, sources), CheckpointStore(files.folder)
    kept = Kept(shared=shared) if device == "cuda" else None

    def train(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
        try:
            with _telling_of_the_gpu(device):
                return train_segment(segment, images, store, compute, tell, kept)
        except RuntimeError as error:
            if not out_of_memory(error) or (segment.lanes == 1 and device == "cpu"):
                raise
        remedy = "free some there, then run the same command again"
        if segment.lanes == 1:  # whose, nobody knows: others may be on the GPU
            raise MachineError(device, "has no memory left for a trial", remedy=remedy)
        problem = f"{segment.lanes} trials together do not fit into the memory that is left"
        raise CohortMemoryError(device, problem, remedy=remedy)

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
        MachineError: the GPU has no room for them.
        GpuError: it fails.
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
    """Let an error of a GPU that stopped working be told as that, in one line."""
    from fashion_bench.training.trouble import is_of_the_gpu, what_it_said

    try:
        yield
    except Exception as error:
        if device == "cpu" or not is_of_the_gpu(error):
            raise
        raise GpuError(
            device,
            f"the GPU stopped working ({what_it_said(error)})",
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


def prepared_on_a_node(
    codes: tuple[Code, ...],
    train: MakeTrain,
    source: str,
    facts: DataFacts,
    compute: Compute,
    files: TrialFiles,
    images: Path,
) -> Train:
    """Set up a worker on another machine: files and images are where they were brought."""

    def load(_: Part) -> "Images":
        from fashion_bench.data.images import read_packed

        return read_packed(images)

    brought = Dataset(replace(facts, name=source), load)
    sources = Sources(files.folder, files.folder, given=brought)
    return prepared(codes, train, source, sources, files, compute)


def open_on_ray(
    plan: Plan,
    sources: Sources,
    files: TrialFiles,
    compute: Compute,
    workers: int | None,
    *,
    train: MakeTrain,
    cluster: "Cluster",
) -> Executor:
    """Return what runs segments on a Ray's nodes; arguments as of ``open_executor``.

    Raises:
        DeviceError: there are fewer GPUs than are asked for.
    """
    from fashion_bench.data.images import packed
    from fashion_bench.execution.cluster.executor import Carried, RayExecutor
    from fashion_bench.execution.cluster.station import own_facts

    source, on_gpus = plan.recipe.source, compute.device == "cuda"

    def expected() -> dict[str, str]:
        return own_facts(on_gpus) | ({"gpu": str(compute.gpu)} if on_gpus else {})

    if on_gpus:
        cluster.require_gpus(workers or 1)
        train = partial(make_train, shared=True) if train is make_train else train
    images = sources.open(source).load("train")
    return RayExecutor(
        partial(prepared_on_a_node, plan.code, train, source, plan.data, compute),
        cluster,
        trial_seconds=60 * (plan.trial_minutes or inf),
        workers=workers,
        carried=Carried(files=files, digest=images.digest, images=partial(packed, images)),
        on_gpus=on_gpus,
        expected=expected,
    )


def open_executor(
    plan: Plan,
    sources: Sources,
    files: TrialFiles,
    compute: Compute,
    workers: int | None,
    *,
    train: MakeTrain = make_train,
    server: ForkServer | None = None,
    cluster: "Cluster | None" = None,
) -> Executor:
    """Return what runs segments: a process for each GPU; on a CPU one per core, or this for one.

    With a limit of time for a trial it is another process, which can be killed (decision 20).
    Which GPUs other runs have is told in the log.

    Args:
        plan: the study.
        sources: where its images are.
        files: where the weights go.
        compute: what to train on, and how.
        workers: processes; ``None`` for one per core, or per GPU, of which there are never more.
        train: makes the function that trains a segment; travels to other processes.
        server: what these are forked from; by default one that ends with them.
        cluster: a Ray whose nodes run them instead.

    Raises:
        DeviceError: the device is not here.
        MachineError: other runs have all GPUs.
    """
    if cluster is not None:
        return open_on_ray(plan, sources, files, compute, workers, train=train, cluster=cluster)
    cards: Cards | None = None
    if compute.device == "cuda":
        chosen = of_one_model(choose_device("cuda"), compute.gpu)
        cards = Cards(chosen.gpus, workers, plan.name)
        for line in cards.others:
            _log.warning("%s.", line)
        if train is make_train and len(cards.gpus) > 1:
            train = partial(make_train, shared=True)
    prepare = partial(prepared, plan.code, train, plan.recipe.source, sources, files, compute)
    seconds = 60 * (plan.trial_minutes or inf)
    if cards is not None:
        size = len(cards.gpus)
        return ProcessExecutor(prepare, size, trial_seconds=seconds, server=server, cards=cards)
    workers = workers or default_workers()
    if workers == 1 and plan.trial_minutes is None:
        return LocalExecutor(prepare)
    return ProcessExecutor(prepare, workers, trial_seconds=seconds, server=server)


OpenExecutor = Callable[[Plan, Sources, TrialFiles, Compute, int | None], Executor]
"""Opens what runs a study's segments, as ``open_executor`` does."""
