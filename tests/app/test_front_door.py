"""What the start page says of a folder of runs, without a server."""

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from markupsafe import escape

from fashion_bench.app.front_door import MOST_RUNNING, StartPage
from fashion_bench.app.live import Live, RunningTrial, write_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.search.headers import HEADER
from fashion_bench.search.layout import Layout
from tests.finished import Finished, copy_runs
from tests.search.made_up_curves import Silent, drive_made_up, study_made_up

PATIENCE = 120.0
LAYOUT = Layout(device="cpu", lanes=1, padded_widths=(256,))


def live_of(study: str = "s", running: int = 0, **given: object) -> Live:
    """Return what a run of a study is at, with so many trials under way."""
    plain = {
        "stage": study,
        "doing": "training",
        "trials_done": 412,
        "trials_planned": 1024,
        "epochs_done": 900,
        "epochs_planned": 2048,
        "epochs": 10,
        "seconds_left": 840.0,
        "best": {"none": 0.8871},
        "running": tuple(
            RunningTrial(arm="none", number=number, epoch=number % 10, valid_accuracy=0.5)
            for number in range(running)
        ),
        "written_at": 1_800_000_000.0,
    }
    return Live(**plain | given)  # type: ignore[arg-type]


def page(runs: Path) -> str:
    """Return the page as soon as all is known."""
    return StartPage(RunsFolder(runs)).html(PATIENCE)


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, to be written to."""
    return copy_runs(finished.runs, tmp_path / "runs")


def test_each_study_has_its_answer_its_curves_and_its_links(finished: Finished) -> None:
    """The newest first, in the words of ``compare``; one click from the trials."""
    told = page(finished.runs)
    e, s = told.index("<h2>e</h2>"), told.index("<h2>s</h2>")
    assert e < s
    assert "What does it reach?" in told[e:s]
    assert "2 pairs of seeds are too few, a verdict takes 6." in told[e:s]
    assert "Ahead so far: " in told[s:]
    for card, experiment in ((told[e:s], 2), (told[s:], 1)):
        assert "finished" in card
        assert card.count("<svg") == 1
        assert "none (n = " in card
        assert f'href="./#/experiments/{experiment}/runs?' in card
        assert "viewStateShareKey=trials" in card
        assert f'href="./#/experiments/{experiment}/runs/' in card


def test_a_running_study_shows_its_trials_by_epoch(runs: Path) -> None:
    """The most advanced first, a screen of them, with time left and the best of each arm."""
    folder = RunsFolder(runs)
    write_live(folder, "s", live_of(running=20))
    with folder.driving("s"):
        told = page(runs)
    assert "412 of 1,024 trials, 900 of at most 2,048 epochs, 14 min left" in told
    assert "0.8871" in told
    assert told.count("<progress") == MOST_RUNNING
    assert f"and {20 - MOST_RUNNING} more" in told
    assert told.index("none 19<") < told.index("none 8<") < told.index("none 17<")
    assert '<article class="running">' in told


def test_a_run_that_was_killed_is_stopped(tmp_path: Path) -> None:
    """What it last said of trials is not shown as if it went on; the way on is."""
    drive_made_up(study_made_up("random", 64), tmp_path, Silent())
    RunsFolder(tmp_path).ledger().open(study_made_up("random", 128), layout=LAYOUT, provenance={})
    (tmp_path / "trials").mkdir()
    assert "The command that began it goes on from here." in page(tmp_path)
    command = "fashion-bench study run 'a & b.toml'"
    write_live(RunsFolder(tmp_path), "search", live_of("search", running=20, command=command))
    told = page(tmp_path)
    assert '<article class="stopped">' in told
    assert f"<code>{escape(command)} --runs {tmp_path}</code>" in told
    assert "<progress" not in told


def test_a_run_that_ended_is_finished(runs: Path) -> None:
    """Its last word says so, unless somebody drives it again and has not said anything yet."""
    folder = RunsFolder(runs)
    write_live(folder, "s", live_of(doing="ended"))
    with folder.driving("s"):
        assert '<article class="running">' in page(runs).partition("<h2>s</h2>")[0][-40:]
    assert '<article class="finished">' in page(runs).partition("<h2>s</h2>")[0][-40:]


def test_a_new_generation_is_read_and_others_are_not(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what has changed in the ledger is read again, and that not all the time."""
    from fashion_bench.app import front_door

    read, really = [], front_door._read
    monkeypatch.setattr(front_door, "_read", lambda *given: read.append(given[1]) or really(*given))
    monkeypatch.setattr(front_door, "REST", 0)
    start = StartPage(RunsFolder(runs))
    start.html(PATIENCE)
    start.html(PATIENCE)
    assert sorted(read) == ["e", "s"]
    drive_made_up(study_made_up("random", 64), runs, Silent())
    assert "<h2>search</h2>" in start.html(PATIENCE)
    assert read[2:] == ["search"]
    monkeypatch.setattr(front_door, "REST", 1e9)
    RunsFolder(runs).ledger()._set_attr("e.none", "scores", {})
    start.html(PATIENCE)
    assert read[3:] == ["e"]
    RunsFolder(runs).ledger()._set_attr("e.none", "scores", {"other": {}})
    start.html(PATIENCE)
    assert read[4:] == []


def test_nobody_waits_for_what_is_long_to_read(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page names a study that is being read, and loads itself again soon."""
    from fashion_bench.app import front_door

    go_on, really = Event(), front_door._read
    monkeypatch.setattr(front_door, "_read", lambda *given: go_on.wait() and really(*given))
    start = StartPage(RunsFolder(runs))
    told = start.html(0)
    go_on.set()
    assert told.count("is being read") == 2
    assert 'data-seconds="3"' in told
    later = start.html(PATIENCE)
    assert "is being read" not in later
    assert 'data-seconds="15"' in later


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    """And one with a ledger that nobody can read says what is wrong."""
    assert "There is no study here yet" in page(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    assert "There is no study here yet" in page(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "ledger.db").write_bytes(b"not a database " * 1000)
    assert "ledger.db" in page(tmp_path)


def test_a_study_that_cannot_be_shown_hides_no_other(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why, in the place of its answer."""
    from fashion_bench.app import front_door

    really = front_door.compare_study

    def broken(study, folder):
        if study.name == "e":
            raise ValueError("a <b>bug</b>")
        return really(study, folder)

    monkeypatch.setattr(front_door, "compare_study", broken)
    told = page(runs)
    assert "ValueError: a &lt;b&gt;bug&lt;/b&gt;" in told
    assert "Ahead so far: " in told


@pytest.mark.parametrize("lacks", ["created_at", "spec"])
@pytest.mark.parametrize("damaged", ["s", "e"])
def test_a_damaged_study_hides_no_other(runs: Path, damaged: str, lacks: str) -> None:
    """It says that it is damaged, in the place of its answer."""
    ledger = RunsFolder(runs).ledger()
    for arm in ledger.read(damaged).arms:
        header = {**ledger._known(damaged).arms[f"{damaged}.{arm}"][HEADER]}
        del header[lacks]
        ledger._set_attr(f"{damaged}.{arm}", HEADER, header)
    told = {one[one.index("<h2>") + 4]: one for one in page(runs).split("<article")[1:]}
    assert "the ledger is damaged" in told[damaged]
    (other,) = told.keys() - {damaged}
    assert told[other].startswith(' class="finished">')
    assert "<svg" in told[other]


def test_without_mlflow_the_page_is_there(runs: Path) -> None:
    """And says how the trials come into it."""
    (runs / "mlflow.db").unlink()
    told = page(runs)
    assert "Ahead so far: " in told
    assert "<code>fashion-bench sync</code>" in told


def test_the_server_holds_no_torch() -> None:
    """What the page is made of needs half a gigabyte less than what trains."""
    code = "import fashion_bench.app.front_door, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
