"""The driver's end of the writer process, which brings finished trials into MLflow."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.execution.child import Child
from fashion_bench.records import StudyRecord, TrialRecord, unheard
from fashion_bench.tracking import settings

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

    def tell(self, say: Callable[[str], object]) -> None:
        """Say what MLflow lacks, if it lacks anything."""
        if self.problem:
            say(f"MLflow is behind: {self.problem}")


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

    def finish(self, study: StudyRecord) -> None:
        """Have what is left sent and the summary written, beside whatever is trained next.

        Args:
            study: as the ledger holds it.
        """

    def finished(self, sent: Callable[[int], None] = unheard) -> Mirrored:
        """Wait until that is done.

        Args:
            sent: is told now and then, also while nothing moves, how many of the study's trials
                MLflow has.
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
        self._child = Child(WRITER, environment=settings())
        with suppress(OSError):  # it is gone already; ``finished`` tells
            os.setpriority(os.PRIO_PROCESS, self._child.process.pid, NICE)
        self._send((runs_folder, study))

    def send(self, trials: Sequence[TrialRecord]) -> None:
        """See ``Recorder``."""
        self._send(tuple(trials))

    def finish(self, study: StudyRecord) -> None:
        """See ``Recorder``."""
        self._send(study)

    def finished(self, sent: Callable[[int], None] = unheard) -> Mirrored:
        """See ``Recorder``."""
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
        with suppress(OSError):  # it died; ``finished`` tells
            self._child.pipe.send(message)


class Recorders:
    """Has the stages of a study finished in MLflow in their order, each while the next trains."""

    def __init__(self) -> None:
        self._last: tuple[StudyRecord, Recorder] | None = None
        self._links = dict[str, str]()
        self._problem: str | None = None

    def finish(
        self, stage: StudyRecord, recorder: Recorder, sent: Callable[[int], None] = unheard
    ) -> None:
        """Wait for the stage before, telling as ``Recorder.finished``; then have this finished."""
        self.finished(sent)
        recorder.finish(stage)
        self._last = stage, recorder

    def finished(self, sent: Callable[[int], None] = unheard) -> Mirrored:
        """Wait for the last stage, telling likewise; return what they all ended with."""
        if self._last is not None:
            (stage, recorder), self._last = self._last, None
            mirrored = recorder.finished(sent)
            self._links |= _links(stage, mirrored)
            self._problem = mirrored.problem or self._problem
        return Mirrored(links=self._links, problem=self._problem)


def _links(stage: StudyRecord, mirrored: Mirrored) -> dict[str, str]:
    """Return the pages to tell of; of a stage beside the search that of its arms."""
    if stage.plan.stage == "search":
        return dict(mirrored.links)
    return {f"{stage.plan.stage}: {shows}": link for shows, link in [*mirrored.links.items()][:1]}
