"""The writer process: draws and sends to MLflow while the next generation trains.

What it could not send stays in the ledger and is sent again: with the next generation, with the
next run of the study, or by ``fashion-bench sync``.
"""

import logging
from functools import partial

from fashion_bench.app.recorder import Mirrored
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import BASE_URL, open_mirror, sync, trial_files
from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.child import MessagePipe, Messages
from fashion_bench.faults import reached
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.mlflow_mirror import Mirror

BRIEFLY = 10.0  # seconds to wait for an MLflow that is away: the next generation tries again

_log = logging.getLogger(__name__)


def main(pipe: MessagePipe, messages: Messages) -> None:
    """Be the writer: first comes where and what, then trials, last the whole study."""
    runs_folder, study = messages.get()
    pending = list(study.trials)
    mirror: Mirror | None = None
    reached("writer-ready")
    files = partial(trial_files, runs_folder, study)
    while True:
        try:
            if messages.empty():  # what has come meanwhile is sent with the rest
                mirror = mirror or open_mirror(runs_folder, study)
                mirror.sync_trials(pending, files=files, patience=BRIEFLY)
                pending.clear()
        except Exception as error:  # MLflow's trouble, of whatever kind, must not end the writer
            _log.debug("%s", error, exc_info=error)  # the end tells, should it last until then
        message = messages.get()
        if isinstance(message, StudyRecord):
            pipe.send(_finish(runs_folder, message, mirror))
            return
        pending.extend(message)


def _finish(runs_folder: RunsFolder, study: StudyRecord, mirror: Mirror | None) -> Mirrored:
    try:
        mirror = mirror or open_mirror(runs_folder, study)
        sync(runs_folder, study, mirror)
        if study.plan.stage == "confirm":  # only now has the whole study its last answer
            whole = runs_folder.ledger().read(study.plan.study)
            sync(runs_folder, whole, open_mirror(runs_folder, whole))
        return Mirrored(links=mirror.links(runs_folder.mlflow or BASE_URL))
    except FashionBenchError as error:
        return Mirrored(problem=str(error))
    except Exception as error:
        _log.warning("MLflow could not be written.", exc_info=error)
        return Mirrored(problem=f"{type(error).__name__} in MLflow; then run `fashion-bench sync`")
