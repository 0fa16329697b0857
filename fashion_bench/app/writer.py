"""The writer process: draws and sends to MLflow while the next generation trains.

What it could not send stays in the ledger and is sent again: with the next generation, with the
next run of the study, or by ``fashion-bench sync``.
"""

import logging
import select
import time
from collections.abc import Mapping, Sequence

from fashion_bench.app.recorder import Mirrored, Sent
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import BASE_URL, open_mirror, study_pictures, sync, trial_files
from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.child import MessagePipe, Messages
from fashion_bench.faults import reached
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.tracking.known import File, FilesOf
from fashion_bench.tracking.mlflow_mirror import Mirror

BRIEFLY = 10.0  # seconds to wait for an MLflow that is away: the next generation tries again

EVERY = 0.5  # seconds between two tellings of how many trials are sent

_log = logging.getLogger(__name__)


def main(pipe: MessagePipe, messages: Messages) -> None:
    """Be the writer: first comes where and what, then trials, last the whole study."""
    runs_folder, study = messages.get()
    pending = list(study.trials)
    mirror: Mirror | None = None
    reached("writer-ready")
    told = Told(pipe, runs_folder)
    of_search: dict[str, File] | None = None
    while True:
        try:
            if messages.empty():  # what has come meanwhile is sent with the rest
                mirror = mirror or open_mirror(runs_folder, study)
                mirror.sync_trials(pending, files=told.files(study), patience=BRIEFLY)
                told.sent(pending)
                pending.clear()
                if study.plan.stage == "confirm" and of_search is None:  # they change no more
                    whole = runs_folder.reading().read(study.plan.study)
                    of_search = study_pictures(runs_folder, whole)
        except Exception as error:  # MLflow's trouble, of whatever kind, must not end the writer
            _log.debug("%s", error, exc_info=error)  # the end tells, should it last until then
        message = messages.get()
        if isinstance(message, StudyRecord):
            pipe.send(_finish(runs_folder, message, mirror, told, of_search))
            return
        pending.extend(message)


class Told:
    """Tells the driver now and then how many trials of the study are in MLflow.

    A driver listens only when it has nothing else to do, so nothing is told where the pipe is
    full: the writer would wait for it.
    """

    def __init__(self, pipe: MessagePipe, runs_folder: RunsFolder) -> None:
        self._pipe, self._runs_folder = pipe, runs_folder
        self._sent: set[str] = set()
        self._next = 0.0

    def files(self, study: StudyRecord) -> FilesOf:
        """Return what a trial's files are asked of, right before it is sent."""

        def files(trial: TrialRecord) -> Mapping[str, File]:
            if time.monotonic() >= self._next:
                self._next = time.monotonic() + EVERY
                self.tell()
            self._sent.add(trial.trial_id)
            return trial_files(self._runs_folder, study, trial)

        return files

    def sent(self, trials: Sequence[TrialRecord]) -> None:
        """These are in MLflow."""
        self._sent |= {trial.trial_id for trial in trials}

    def tell(self) -> None:
        """Tell how many are, where the driver may listen."""
        if select.select([], [self._pipe], [], 0)[1]:
            self._pipe.send(Sent(len(self._sent)))


def _finish(
    runs_folder: RunsFolder,
    study: StudyRecord,
    mirror: Mirror | None,
    told: Told,
    of_search: Mapping[str, File] | None,
) -> Mirrored:
    """Bring a stage up to date and, behind the last, the whole study, whose pictures are drawn."""
    try:
        mirror = mirror or open_mirror(runs_folder, study)
        told.tell()

        def trials_sent() -> None:
            told.sent(study.trials)
            told.tell()

        sync(runs_folder, study, mirror, told.files(study), trials_sent)
        if study.plan.stage == "confirm":  # only now has the whole study its last answer
            whole = runs_folder.reading().read(study.plan.study)
            sync(runs_folder, whole, open_mirror(runs_folder, whole), pictures=of_search)
        return Mirrored(links=mirror.links(runs_folder.mlflow or BASE_URL))
    except FashionBenchError as error:
        return Mirrored(problem=str(error))
    except Exception as error:
        _log.warning("MLflow could not be written.", exc_info=error)
        return Mirrored(problem=f"{type(error).__name__} in MLflow; then run `fashion-bench sync`")
