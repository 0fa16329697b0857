"""Looking on at a run from another terminal until it ends."""

import time
from typing import Protocol

from pydantic import TypeAdapter

from fashion_bench.app.browse import read_study
from fashion_bench.app.live import Live, read_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import RunState, is_finished, standing
from fashion_bench.plan import study_of

LOOKS = 0.5  # seconds between two looks at the live file


class Screen(Protocol):
    """Where a run is shown."""

    def say(self, line: str) -> None:
        """Tell one thing."""

    def show(self, live: Live) -> None:
        """What the run is at now."""


def watch(runs_folder: RunsFolder, name: str, screen: Screen) -> None:
    """Show what a run of a study is at until it ends, and say how it ended.

    Raises:
        StudyError: there is no study or stage of that name; of one whose file is here, how to run
            it.
    """
    study, _, stage = name.partition(".")
    if stage not in ("", "survey", "confirm"):  # what is never in a ledger is not waited for
        read_study(runs_folder.folder, name)
    while runs_folder.driver(study) is not None:
        if (live := read_live(runs_folder, study)) is not None:
            screen.show(live)
        time.sleep(LOOKS)
    screen.say(_ended(runs_folder, name))


def watched(runs_folder: RunsFolder, name: str) -> RunState:
    """Return where a study, or a stage of one, stands.

    Raises:
        StudyError: there is none of that name; of one whose file is here, how to run it.
    """
    return standing(runs_folder, name, lambda: _is_finished(runs_folder, name))


def _is_finished(runs_folder: RunsFolder, name: str) -> bool:
    """Ask the ledger, which takes seconds to open, unless the last run was cut short."""
    live = read_live(runs_folder, name)  # of a whole study: a stage has none of its own
    if live is not None and live.running:
        return False
    return is_finished(runs_folder, read_study(runs_folder.folder, name))


def watched_json(runs_folder: RunsFolder, name: str) -> str:
    """Return where a study stands and what its last run is or was at, as JSON."""
    return TypeAdapter(RunState).dump_json(watched(runs_folder, name), indent=2).decode()


def _ended(runs_folder: RunsFolder, name: str) -> str:
    found = watched(runs_folder, name)
    live = found.live
    if live is None or name != study_of(name):
        record = read_study(runs_folder.folder, name)
        told = f"{name} is {found.state}: {len(record.trials):,} of {record.planned:,} trials"
    else:
        done, planned = live.trials_done, live.trials_planned
        told = f"{live.stage} is {found.state}: {done:,} of {planned:,} trials"
    if found.state != "stopped" or live is None:
        return told
    return f"{told}; {f'go on with: {live.command}' if live.command else 'the same call goes on'}"
