"""The writer process: draws and sends to MLflow while the next generation trains.

What it could not send stays in the ledger and is sent again: with the next generation, with the
next run of the study, or by ``fashion-bench sync``.
"""

import logging
from functools import partial

from fashion_bench.app.mirroring import links, open_mirror, sync, trial_files
from fashion_bench.app.recorder import Mirrored
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.child import incoming
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.mlflow_mirror import Mirror

__all__ = ["main"]

_log = logging.getLogger(__name__)


def main(descriptor: int) -> None:
    """Be the writer: first comes where and what, then trials, last the whole study."""
    pipe, messages = incoming(descriptor)
    folder, study = messages.get()
    workplace, pending = Workplace(folder), list(study.trials)
    mirror: Mirror | None = None
    while True:
        try:
            mirror = mirror or open_mirror(workplace, study)
            mirror.sync_trials(pending, files=partial(trial_files, workplace))
            pending.clear()
        except FashionBenchError as error:
            _log.debug("%s", error)  # the end tells, should it last until then
        message = messages.get()
        if isinstance(message, StudyRecord):
            pipe.send(_finish(workplace, message))
            return
        pending.extend(message)


def _finish(workplace: Workplace, study: StudyRecord) -> Mirrored:
    try:
        sync(workplace, study)
        return Mirrored(links=links(workplace, study))
    except FashionBenchError as error:
        return Mirrored(problem=str(error))
