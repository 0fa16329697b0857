"""The live file of a study: what a run is at now, for whoever looks on (``watch``, ``/start``).

The driver rewrites it while it works, whole each time. Nothing rests on it: it may be missing, of
another version, or left by a run that was killed.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from fashion_bench.app.options import runs_given
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.training.files import remove_whole

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
        seconds_left: a guess at the time until the whole study is trained; ``None`` if there is
            none.
        best: the best validation accuracy of each arm so far, as far as there is one: of its
            complete trials, before there is any of those that are stopped or running.
        running: trials being trained, those of one arm together.
        written_at: Unix time in seconds.
        share: how much of the whole study's epochs is done, 0-1, with those taken off that its
            pruner is expected to save.
        at_most: whether more may be saved than that, so that ``seconds_left`` is the most.
        stage_number: which of the study's stages it is, from 1.
        stages: how many there are.
        handled: trials measured so far, or sent to MLflow, while it does that.
        resumed: whether the stage had begun before this run.
        command: what goes on with the study where it is stopped; empty where it is no command. It
            is written without the folder of runs, which may be moved.
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
    share: float = 0.0
    at_most: bool = False
    stage_number: int = 1
    stages: int = 1
    handled: int = 0
    resumed: bool = False
    command: str = ""

    @property
    def trains(self) -> bool:
        """Whether it trains, or is about to: only then a time left is told."""
        return self.doing in ("starting", "training")


_LIVE = TypeAdapter(Live)


def write_live(runs_folder: RunsFolder, study: str, live: Live) -> None:
    """Say what a whole study is at, if it can be said.

    It is not synced to the disk, and a disk that is full or read-only keeps what was said before:
    a run neither waits for this file nor stops for it.
    """
    path = runs_folder.live(study)
    part = path.with_suffix(".part")  # one name, as one process drives: a kill leaves one at most
    with suppress(OSError):
        part.write_bytes(_LIVE.dump_json(live))
        part.replace(path)


def read_live(runs_folder: RunsFolder, study: str) -> Live | None:
    """Return what the last run of a whole study was at, ``None`` where nothing tells.

    Whether it still is: ``RunsFolder.driver``. Its command names the folder where that is now.
    """
    try:
        live = _LIVE.validate_json(runs_folder.live(study).read_bytes())
    except (OSError, ValidationError):
        return None
    there = live.command and f"{live.command}{runs_given(runs_folder.folder)}"
    return replace(live, command=there)


def remove_live(runs_folder: RunsFolder, study: str) -> None:
    """Remove what is said of a whole study.

    Raises:
        MachineError: it cannot be removed.
    """
    path = runs_folder.live(study)
    for each in (path, path.with_suffix(".part")):
        remove_whole(each)
