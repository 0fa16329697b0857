"""The driver's end of the writer process, which brings finished trials into MLflow."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.execution.child import Child
from fashion_bench.records import StudyRecord, TrialRecord, unheard

WRITER = "fashion_bench.app.writer:main"
NICE = 5  # it takes a third of a core that training wants; at the end nothing else does
REPEATED = 1.0  # seconds after which what was told last is told again


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What the writer ended with.

    Attributes:
        links: pages of the study by what they show, on the server that was written to, or on one
            at the usual address.
        problem: why MLflow lacks something; ``None`` when it does not.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """So many trials of the study are in MLflow."""

    trials: int


class Recorder:
    """Brings finished trials to where people look at them, beside the training.

    This one tells nobody: ``fashion-bench sync`` brings MLflow up to date later.
    """

    def send(self, trials: Sequence[TrialRecord]) -> None:
        """Hand over finished trials that are in the ledger."""

    def finish(self, study: StudyRecord, sent: Callable[[int], None] = unheard) -> Mirrored:
        """Have what is left sent and the summary written, and end.

        Args:
            study: as the ledger holds it.
            sent: is told now and then, also while nothing moves, how many of its trials MLflow has.
        """
        return Mirrored()

    def close(self) -> None:
        """End it where it is; what it had not sent is sent the next time."""


class MlflowRecorder(Recorder):
    """Starts the writer process and hands it what is in the ledger.

    Args:
        runs_folder: the folder of runs, and where MLflow is.
        study: the study as it is in the ledger now; what MLflow lacks of it is sent first.
    """

    def __init__(self, runs_folder: RunsFolder, study: StudyRecord) -> None:
        self._child = Child(WRITER)
        with suppress(OSError):  # it is gone already; ``finish`` tells
            os.setpriority(os.PRIO_PROCESS, self._child.process.pid, NICE)
        self._send((runs_folder, study))

    def send(self, trials: Sequence[TrialRecord]) -> None:
        """See ``Recorder``."""
        self._send(tuple(trials))

    def finish(self, study: StudyRecord, sent: Callable[[int], None] = unheard) -> Mirrored:
        """See ``Recorder``."""
        self._send(study)
        told: Sent | Mirrored = Sent(0)
        while isinstance(told, Sent):
            sent(told.trials)
            told = self._told(told)
        self.close()
        return told

    def _told(self, before: Sent) -> Sent | Mirrored:
        """Wait for what the writer says; after a while without a word it is what it said before."""
        told: Sent | Mirrored = before
        try:
            if self._child.pipe.poll(REPEATED):
                told = self._child.pipe.recv()
        except (EOFError, OSError):
            told = Mirrored(problem="its writer ended early; `fashion-bench sync`")
        return told

    def close(self) -> None:
        """See ``Recorder``."""
        self._child.end()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # it died; ``finish`` tells
            self._child.pipe.send(message)
