"""Whether a study is running, stopped or finished, and looking on at a run until it ends."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import TypeAdapter

from fashion_bench.app.live import Live, read_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.plan import study_of

if TYPE_CHECKING:
    from fashion_bench.records import StudyRecord

LOOKS = 0.5  # seconds between two looks at the live file


class Screen(Protocol):
    """Where a run is shown."""

    def say(self, line: str) -> None:
        """Tell one thing."""

    def show(self, live: Live) -> None:
        """What the run is at now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Where a study, or a stage of one, stands.

    Attributes:
        state: ``stopped`` is what is not finished and nobody runs.
        seconds_left: a guess at the time until all of a running study is trained.
        live: what its last run is or was at, where that is known.
    """

    state: Literal["running", "stopped", "finished"]
    seconds_left: float | None = None
    live: Live | None = None


def run_state(runs_folder: RunsFolder, stage: "StudyRecord") -> RunState:
    """Return where a study, or a stage of one, stands."""
    whole = stage.plan.study
    live = read_live(runs_folder, whole)
    own = live is not None and live.stage == stage.name
    if runs_folder.driver(whole) is not None and (own or stage.plan.stage == "search"):
        return RunState(state="running", seconds_left=_left(live), live=live)
    over = stage.plan.stage == "search" and live is not None and live.doing == "ended"
    finished = over or _has_all(stage)
    return RunState(state="finished" if finished else "stopped", live=live)


def _has_all(study: "StudyRecord") -> bool:
    """Whether every stage of a study is trained, and its trials are measured where they may be."""
    unmeasured = (not trial.tests for trial in study.trials if trial.value is not None)
    trained = [stage for stage in study.stages if len(stage.trials) >= stage.planned]
    return len(trained) >= len(study.plan.stages) and not (study.plan.tests and any(unmeasured))


def watch(runs_folder: RunsFolder, name: str, screen: Screen) -> None:
    """Show what a run of a study is at until it ends, and say how it ended.

    Raises:
        StudyError: there is no study of that name.
    """
    study = study_of(name)
    while runs_folder.driver(study) is not None:
        if (live := read_live(runs_folder, study)) is not None:
            screen.show(live)
        time.sleep(LOOKS)
    screen.say(_ended(runs_folder, study))


def watched(runs_folder: RunsFolder, name: str) -> RunState:
    """Return where a study stands.

    Raises:
        StudyError: there is no study of that name.
    """
    study = study_of(name)
    live, driver = read_live(runs_folder, study), runs_folder.driver(study)
    if driver is not None:
        return RunState(state="running", seconds_left=_left(live), live=live)
    if live is not None and live.doing == "ended":
        return RunState(state="finished", live=live)
    if live is not None and live.trials_done < live.trials_planned:
        return RunState(state="stopped", live=live)
    return run_state(runs_folder, runs_folder.existing_ledger().read(study))


def _left(live: Live | None) -> float | None:
    """Return the time left of a running study; its file may still tell of the run before."""
    return None if live is None or live.doing == "ended" else live.seconds_left


def watched_json(runs_folder: RunsFolder, name: str) -> str:
    """Return where a study stands and what its last run is or was at, as JSON."""
    return TypeAdapter(RunState).dump_json(watched(runs_folder, name), indent=2).decode()


def _ended(runs_folder: RunsFolder, study: str) -> str:
    found = watched(runs_folder, study)
    if found.live is None:
        record = runs_folder.existing_ledger().read(study)
        return f"{study} is {found.state}: {len(record.trials):,} of {record.planned:,} trials"
    live = found.live
    told = f"{live.stage} is {found.state}: {live.trials_done:,} of {live.trials_planned:,} trials"
    goes_on = f"; go on with: {live.command}" if live.command else "; the same call goes on"
    return told + (goes_on if found.state == "stopped" else "")
