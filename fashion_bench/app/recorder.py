"""The driver's end of the writer process, which brings finished trials into MLflow."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fashion_bench.app.workplace import Workplace
from fashion_bench.execution.child import Child
from fashion_bench.records import StudyRecord, TrialRecord

__all__ = ["Mirrored", "Recorder"]

WRITER = "fashion_bench.app.writer:main"


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


class Recorder:
    """Starts the writer and hands it what is in the ledger.

    Args:
        workplace: the folder of runs, and where MLflow is.
        study: the study as it is in the ledger now; what MLflow lacks of it is sent first.
    """

    def __init__(self, workplace: Workplace, study: StudyRecord) -> None:
        self._child = Child(WRITER)
        self._send((workplace, study))

    def send(self, trials: Sequence[TrialRecord]) -> None:
        """Hand over finished trials that are in the ledger."""
        self._send(tuple(trials))

    def finish(self, study: StudyRecord) -> Mirrored:
        """Have the summary written, and end the writer."""
        self._send(study)
        try:
            mirrored: Mirrored = self._child.pipe.recv()
        except (EOFError, OSError):
            mirrored = Mirrored(problem="its writer ended early; `fashion-bench sync`")
        self.close()
        return mirrored

    def close(self) -> None:
        """End the writer where it is; what it had not sent is sent the next time."""
        self._child.end()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # it died; ``finish`` tells
            self._child.pipe.send(message)
