"""Tests of ``app/watch.py`` and ``app/listing.py``: whether a study runs, and looking on."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from filelock import FileLock

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.browse import remove_study
from fashion_bench.app.listing import listing, shown
from fashion_bench.app.live import Live, remove_live, write_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.watch import watch
from fashion_bench.errors import StudyError
from tests.analysis.conftest import printed
from tests.app.test_following import Looker
from tests.app.test_live_line import TRAINING
from tests.finished import Finished
from tests.old.databases import load_runs
from tests.saying import Say, say
from tests.test_cli import HEAVY

__all__ = ["say"]

STATE = "37 %, 4 min left, best dropout 0.8812, none 0.8790, 12 of 48 trials"


@pytest.fixture
def folder(tmp_path: Path, finished: Finished) -> RunsFolder:
    """A folder of runs that holds study ``s`` and experiment ``e``, both finished."""
    return RunsFolder(finished.copy(tmp_path).runs)


def states(folder: RunsFolder) -> list[tuple[str, str, float | None]]:
    """Return what the listing says of each study."""
    rows = plain(listing(folder.folder))
    return [(row["name"], row["state"], row["seconds_left"]) for row in rows]


def test_a_study_runs_while_somebody_drives_it(folder: RunsFolder) -> None:
    """The listing and the summary say so, with the time left; then that it stopped."""
    assert states(folder) == [("s", "finished", None), ("e", "finished", None)]
    assert "State" not in printed(listing(folder.folder))
    with folder.driving("s"):
        write_live(folder, "s", TRAINING)
        assert states(folder) == [("s", "running", 245), ("e", "finished", None)]
        assert "running, 4 min" in printed(listing(folder.folder))
        assert f"Running: {STATE}\n" in printed(shown(folder.folder, "s"))
        assert plain(shown(folder.folder, "s"))["state"] == "running"
    assert states(folder)[0] == ("s", "finished", None)  # all its trials are there
    assert "Finished\n" in printed(shown(folder.folder, "s"))


def test_what_lacks_trials_has_stopped(tmp_path: Path) -> None:
    """As the ledger tells, unless the last run came to its end; what is no live file tells nothing.

    Its budget of minutes may have ended it, or its plateau.
    """
    folder = RunsFolder(tmp_path / "old")
    load_runs(folder.folder)
    expected = [("finished", "finished"), ("stopped", "stopped"), ("measured", "finished")]
    assert {(name, state) for name, state, _ in states(folder)} == set(expected)
    folder.live("stopped").write_text("{}")
    assert ("stopped", "stopped", None) in states(folder)
    write_live(folder, "stopped", replace(TRAINING, doing="ended"))
    assert ("stopped", "finished", None) in states(folder)


def test_watching_shows_a_run_until_it_ends(
    folder: RunsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the live file says, whenever it is looked at; in the end how it ended."""
    screen, told = Looker(), list[Live]()
    with ExitStack() as driving:
        driving.enter_context(folder.driving("s"))

        def sleep(_: float) -> None:
            told.append(replace(TRAINING, trials_done=12 + len(told)))
            write_live(folder, "s", told[-1])
            if len(told) == 3:
                driving.close()

        monkeypatch.setattr(time, "sleep", sleep)
        write_live(folder, "s", TRAINING)
        watch(folder, "s", screen)
    assert screen.shown == [TRAINING, *told[:2]]
    assert screen.lines == ["s is stopped: 14 of 48 trials; the same call goes on"]
    write_live(folder, "s", replace(TRAINING, command="fashion-bench study run s.toml"))
    watch(folder, "s", screen)
    goes_on = "s is stopped: 12 of 48 trials; go on with: fashion-bench study run s.toml --runs"
    assert screen.lines[-1] == f"{goes_on} {folder.folder}"
    folder = RunsFolder(folder.folder.rename(folder.folder.with_name("moved")))
    watch(folder, "s", screen)
    assert screen.lines[-1] == f"{goes_on} {folder.folder}"
    write_live(folder, "s", replace(TRAINING, doing="ended"))
    watch(folder, "s", screen)
    assert screen.lines[-1] == "s is finished: 12 of 48 trials"


def test_a_study_without_a_live_file_is_told_by_its_ledger(folder: RunsFolder) -> None:
    """It was run before there were any; of one that is not there, that."""
    screen = Looker()
    remove_live(folder, "s")
    watch(folder, "s", screen)
    assert screen.lines == ["s is finished: 8 of 8 trials"]
    for name in ("t", "s.zzz", "s.survey"):
        with pytest.raises(StudyError, match="holds no study of this name"):
            watch(folder, name, screen)
    with folder.driving("s"), pytest.raises(StudyError, match="holds no study of this name"):
        watch(folder, "s.zzz", screen)


def test_a_study_that_was_not_run_says_how_to(
    folder: RunsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every command does that names one, where its file is here."""
    (folder.folder / "later.toml").write_text('name = "later"\n')
    monkeypatch.chdir(folder.folder)
    with pytest.raises(StudyError, match=r"^later: not run yet; fashion-bench study run"):
        watch(folder, "later", Looker())


def test_the_command_prints_json_once(folder: RunsFolder, say: Say) -> None:
    """The state, and all that the live file has."""
    said = say("watch", "s", "--runs", folder.folder, "--json")
    told = json.loads(said.printed)
    assert (said.code, told["state"]) == (0, "finished")
    assert told["live"]["trials_done"] == 8
    assert say("watch", "s", "--runs", folder.folder).printed == "s is finished: 8 of 8 trials\n"


def test_who_stops_looking_on_stops_nothing(
    folder: RunsFolder, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with 130, and without a word on going on."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fashion_bench.app.watch.watch", interrupted)
    said = say("watch", "s", "--runs", folder.folder)
    assert (said.code, said.printed, said.told) == (130, "", "")


def test_watching_imports_nothing_heavy(folder: RunsFolder) -> None:
    """It is there at once, whatever the libraries take to load."""
    script = """
import sys
from fashion_bench.cli import cli
cli.main(["watch", "s", "--runs", sys.argv[1]], standalone_mode=False)
print(*sys.modules)
"""
    command = [sys.executable, "-c", script, folder.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not HEAVY - {"rich"} & set(done.stdout.splitlines()[-1].split())


def test_who_looks_on_does_not_keep_a_run_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks who drives holds the lock for a moment, and a run waits for that."""
    monkeypatch.setattr("fashion_bench.app.runs_folder.MOMENT", 60)
    folder = RunsFolder(tmp_path)
    with folder.driving("s"):
        pass
    asking = FileLock(tmp_path / "trials" / "s.lock", thread_local=False)
    asking.acquire()
    Timer(0.1, asking.release).start()
    with folder.driving("s"):
        assert not asking.is_locked


def test_a_study_that_is_removed_leaves_no_live_file(folder: RunsFolder) -> None:
    """Nor what a kill left of one."""
    folder.live("s").with_suffix(".part").touch()
    remove_study(folder.folder, "s")
    left = {path.name for path in (folder.folder / "trials").glob("s*")}
    assert left == {"s.lock"}
