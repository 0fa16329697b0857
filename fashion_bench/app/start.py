"""What a run starts before its own imports: the process that imports torch for its workers.

That takes a second or more, which the command needs for Optuna and the ledger. So nothing heavy is
imported here. With Ray it is each node that has such processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fashion_bench.app.options import RunOptions
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.forkserver import FORKS, ForkServer
from fashion_bench.execution.gpus import gpu_possible

if TYPE_CHECKING:
    from fashion_bench.execution.cluster.joining import Cluster


@contextmanager
def workers_started(
    options: RunOptions, already: ForkServer | None = None
) -> Iterator[ForkServer | None]:
    """Start what workers are forked from, and end it; ``None`` where a run trains by itself.

    Args:
        options: of the run.
        already: what was started for it before; that is left to who did.
    """
    if already is not None:
        yield already
        return
    gpu = options.device != "cpu" and gpu_possible()
    alone = not gpu and (options.workers or default_workers()) == 1
    if not FORKS or alone or options.executor == "ray":
        yield None
        return
    server = ForkServer()
    try:
        server.prepare(import_training_of_many if gpu else import_training)
        yield server
    finally:
        server.close()


@contextmanager
def cluster_of(options: RunOptions) -> Iterator["Cluster | None"]:
    """Look for the Ray that a run is to train on, and leave it at the end; ``None`` without one.

    Raises:
        SpecError: it cannot be joined, or Ray is not installed.
    """
    if options.executor == "local":
        yield None
        return
    from fashion_bench.execution.cluster.joining import Cluster

    with Cluster(options.address, options.workers or default_workers()) as cluster:
        yield cluster


def import_training() -> None:
    """Import what a worker trains with; nothing of it may call CUDA before it is forked."""
    import fashion_bench.training.segment  # noqa: F401


def import_training_of_many() -> None:
    """Import what a worker on a GPU trains with: torch loads some of it at the first step."""
    import torch._dynamo  # noqa: F401  # with it comes sympy

    import fashion_bench.training.probe  # noqa: F401
