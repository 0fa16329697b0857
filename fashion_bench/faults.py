"""Fault injection: named points at which a test makes this program fail; else they do nothing.

``FASHION_BENCH_FAULTS`` names a folder. A file there, named after a point, says what befalls the
first process that gets to the point: ``kill``, ``hang`` or ``raise``. The file is removed before,
so it happens once, in one process, also when that process is started again (decision 21).
"""

import os
import signal
import time
from pathlib import Path
from typing import Literal

SWITCH = "FASHION_BENCH_FAULTS"

Point = Literal[
    "ledger-made",  # its file is whole, but not yet in its place
    "mlflow-made",  # likewise
    "arm-opened",  # of a study that begins, one arm is in the ledger
    "worker-ready",
    "writer-ready",
    "asked",  # a generation's trials are drawn
    "mid-epoch",  # trained, not yet validated
    "before-rename",  # a checkpoint or state is written under another name
    "after-rename",
    "checkpoint-saved",  # the state that holds its digest is not
    "trained",  # the whole generation
    "rows-added",  # a generation is in the ledger's tables, not committed
    "ledger-written",  # it is committed; MLflow knows nothing of it
    "run-created",  # in MLflow, empty
    "run-logged",  # all is in it but its end
    "arm-told",  # the run of an arm has points; those of the others lag behind
    "test-opened",  # the opening is in the ledger
    "predicted",  # what one trial says of the test images is on the disk
    "arm-scored",  # an arm's scores are in the ledger
]


def reached(point: Point) -> None:
    """Fail here, if a test asks for it."""
    if folder := os.environ.get(SWITCH):
        _fail_at(Path(folder) / point)


def _fail_at(order: Path) -> None:
    try:
        fault = order.read_text()
        order.unlink()  # of several processes, one
    except FileNotFoundError:
        return
    match fault.strip():
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "raise":
            raise RuntimeError(f"a test asked for this at {order.name}")
