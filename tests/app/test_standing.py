"""Tests of ``app/standing.py``: whoever tells where a study stands, tells the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.front_door import StartPage
from fashion_bench.app.listing import listing, shown
from fashion_bench.app.live import write_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import is_finished, is_trained
from fashion_bench.app.watch import watched
from fashion_bench.plan import SurveyPlan
from tests.analysis.conftest import make_study, make_trial, printed
from tests.app.test_live_line import TRAINING
from tests.finished import Finished
from tests.search.made_up_curves import (
    GENERATION,
    Killed,
    MadeUp,
    Silent,
    drive_made_up,
    study_made_up,
)

RECORDING = replace(
    TRAINING, doing="recording", trials_done=8, trials_planned=8, seconds_left=0.0, running=()
)


@pytest.fixture
def folder(tmp_path: Path, finished: Finished) -> RunsFolder:
    """A folder of runs that holds study ``s`` and experiment ``e``, both finished."""
    return RunsFolder(finished.copy(tmp_path).runs)


def page(folder: RunsFolder) -> str:
    """Return the start page as soon as all is known."""
    return StartPage(folder).html(120)


def told(folder: RunsFolder, name: str) -> set[str]:
    """Return what the list, who looks on, and the start page say of a study."""
    listed = {row["name"]: row["state"] for row in plain(listing(folder.folder))}
    before = page(folder).partition(f"<h2>{name}</h2>")[0]
    on_page = before.rpartition('<article class="')[2].partition('"')[0]
    return {listed[name], watched(folder, name).state, on_page}


def test_a_study_that_is_trained_is_finished_whenever_it_was_stopped(folder: RunsFolder) -> None:
    """Ctrl-C is harmless while MLflow catches up, and nobody says that the study goes on."""
    write_live(folder, "s", RECORDING)
    assert told(folder, "s") == {"finished"}


@pytest.mark.parametrize("budget", [{"minutes": 1e-9}, {"plateau": 1}])
def test_a_budget_that_is_used_up_ends_a_study(tmp_path: Path, budget: dict[str, float]) -> None:
    """However many trials it might have had; without a live file the ledger tells."""
    folder = RunsFolder(tmp_path)
    asked = study_made_up("random", 100 * GENERATION, **budget)
    study = drive_made_up(asked, tmp_path, Silent()).read("search")
    assert 0 < len(study.trials) < study.planned
    assert told(folder, "search") == {"finished"}
    assert is_trained(folder, study)
    more = replace(study.plan, **dict.fromkeys(budget, 1000))
    assert not is_trained(folder, replace(study, plan=more))


def test_a_study_that_was_cut_short_is_stopped(tmp_path: Path) -> None:
    """Whoever killed it, and whatever it last said of the time left."""
    folder = RunsFolder(tmp_path)
    with pytest.raises(Killed):
        drive_made_up(study_made_up("random", 2 * GENERATION), tmp_path, Silent(), MadeUp(100))
    assert told(folder, "search") == {"stopped"}
    write_live(folder, "search", replace(TRAINING, stage="search"))
    assert told(folder, "search") == {"stopped"}


def test_a_survey_alone_is_not_finished_before_it_is_trained(tmp_path: Path) -> None:
    """Its study has no search, whose trials would all be there, being none."""
    study = make_study(arms=("plain",))
    points = SurveyPlan(points=2, enqueued={"plain": ()})
    plan = replace(study.plan, survey=points, trials_per_arm=0)
    begun = make_study(make_trial(arm="plain"))
    survey = replace(begun, plan=replace(begun.plan, stage="survey"), planned=2)
    whole = replace(study, plan=plan, planned=0, survey=survey)
    assert not is_finished(RunsFolder(tmp_path), whole)
    assert is_finished(RunsFolder(tmp_path), replace(whole, survey=replace(survey, planned=1)))


def test_no_time_is_left_once_all_is_trained(folder: RunsFolder) -> None:
    """What is told instead is how far MLflow is, on the page and in the list."""
    with folder.driving("s"):
        write_live(folder, "s", replace(RECORDING, handled=6))
        on_page, listed = page(folder), plain(listing(folder.folder))[0]
        summary = printed(shown(folder.folder, "s")) + printed(listing(folder.folder))
    assert "8 of 8 trials, 71 of at most 431 epochs, MLflow: 6 of 8 trials" in on_page
    assert (listed["state"], listed["seconds_left"]) == ("running", None)
    assert "Running: MLflow: 6 of 8 trials; Ctrl-C is harmless" in summary
    assert " left" not in on_page.partition("<main")[2] + summary
