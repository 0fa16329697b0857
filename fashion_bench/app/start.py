"""What a run starts before its own imports: the process that imports torch for its workers.

That takes a second or more, which the command needs for Optuna and the ledger. So nothing heavy is
imported here.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fashion_bench.app.options import RunOptions
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.forkserver import FORKS, ForkServer

_AMD = Path("/dev/kfd")  # the driver of its GPUs, which a torch for them opens


def gpu_possible() -> bool:
    """Tell whether torch might find a GPU: whether the driver is here that it would load.

    Where it is not there is no need to import torch, and to ask it.
    """
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return _AMD.exists()
    return True


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
    here = options.device == "cuda" or (options.device == "auto" and gpu_possible())
    if here or not FORKS or (options.workers or default_workers()) == 1:
        yield None
        return
    server = ForkServer()
    try:
        server.prepare(import_training)
        yield server
    finally:
        server.close()


def import_training() -> None:
    """Import what a worker trains with."""
    import fashion_bench.training.segment  # noqa: F401
