"""The live file of a study: what a run is at now, for whoever looks on (``watch``, ``/start``).

The driver rewrites it while it works, whole each time. Nothing rests on it: it may be missing, of
another version, or left by a run that was killed.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.training.files import write_whole

Doing = Literal["starting", "training", "measuring", "recording", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTrial:
    """A trial that is being trained.

    Attributes:
        arm: which arm it is of.
        number: which of the arm's trials.
        epoch: the last epoch it finished; 0 before any.
        valid_accuracy: as of that epoch; ``None`` before any.
    """

    arm: str
    number: int
    epoch: int
    valid_accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a run of a study is at.

    Attributes:
        stage: the name of the study, or of its stage, that is worked on.
        doing: ``recording`` is MLflow's catching up after the last trial; ``ended`` is the last
            word of a run that came to its end, which one that was stopped never says.
        trials_done: finished trials of the stage, pruned ones included.
        trials_planned: of the stage.
        epochs_done: epochs of the stage trained so far, those of running trials included.
        epochs_planned: at most so many, if nothing is pruned any more.
        epochs: how many a trial has that nothing stops.
        seconds_left: a guess at the time until the stage is trained; ``None`` if there is none.
        best: the best validation accuracy of each arm so far, as far as there is one.
        running: trials being trained, those of one arm together.
        written_at: Unix time in seconds.
    """

    stage: str
    doing: Doing
    trials_done: int
    trials_planned: int
    epochs_done: int
    epochs_planned: int
    epochs: int
    seconds_left: float | None
    best: dict[str, float]
    running: tuple[RunningTrial, ...]
    written_at: float


_LIVE = TypeAdapter(Live)


def write_live(runs_folder: RunsFolder, study: str, live: Live) -> None:
    """Say what a whole study is at.

    Raises:
        MachineError: the folder cannot be written.
    """
    write_whole(runs_folder.live(study), _LIVE.dump_json(live))


def read_live(runs_folder: RunsFolder, study: str) -> Live | None:
    """Return what the last run of a whole study was at, ``None`` where nothing tells.

    Whether it still is: ``RunsFolder.driver``.
    """
    try:
        return _LIVE.validate_json(runs_folder.live(study).read_bytes())
    except (OSError, ValidationError):
        return None
