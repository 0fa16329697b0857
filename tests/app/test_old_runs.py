"""A folder of runs of the first version: everything goes on."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fashion_bench.analysis.caveats import caveats
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.browse import read_studies, read_study, sync_studies
from fashion_bench.app.compare import compare
from fashion_bench.app.doctor import examine
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.data.images import Images
from fashion_bench.records import Outcome
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import Told, advance
from tests.app.conftest import Listener
from tests.old.databases import RUNS_OF_0_1, load_runs


@pytest.fixture(name="old")
def make_old(tmp_path: Path, options: RunOptions) -> RunOptions:
    """How to run in a copy of that folder."""
    return replace(options, runs=load_runs(tmp_path / "runs"))


def edited(file: str, before: str, after: str, folder: Path) -> Path:
    """A file of that version with one thing changed."""
    text = (RUNS_OF_0_1 / file).read_text()
    assert before in text
    (folder / file).write_text(text.replace(before, after))
    return folder / file


def test_it_is_listed(old: RunOptions) -> None:
    """Names, kinds, what was asked for and what there is, parameters and figures included."""
    studies = {study.name: study for study in read_studies(old.runs)}
    told = {n: (s.kind, s.arms, s.planned, len(s.trials)) for n, s in studies.items()}
    arms = ("none", "dropout")
    assert told == {
        "finished": ("study", arms, 8, 8),
        "measured": ("experiment", arms, 4, 4),
        "stopped": ("study", arms, 8, 4),
    }
    assert studies["finished"].varying == ("dropout", "lr", "hidden")
    best = studies["finished"].trials[1]
    assert (best.value, best.outcome, best.params["hidden"]) == (0.225, Outcome.COMPLETE, 2)
    assert all(trial.test is not None for trial in studies["measured"].trials)


@pytest.mark.parametrize("name", ["finished", "measured", "stopped"])
def test_it_is_compared(old: RunOptions, name: str) -> None:
    """In words and as data; the predictions of the measured one are found and are its own."""
    compared = compare(old.runs, name)
    assert json.dumps(plain(compared.document), allow_nan=False)
    assert not any(one.images_problem for one in compared.comparisons)
    assert any(one.images for one in compared.comparisons) == (name == "measured")


def test_what_was_stopped_is_finished(
    old: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file goes on behind what was recorded, from the states of the rung."""
    before, begun = read_study(old.runs, "stopped").trials, list[int]()

    def watched(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        begun.append(cohort.epoch)
        advance(cohort, images, until_epoch, told=told, **how)

    monkeypatch.setattr("fashion_bench.training.segment.advance", watched)
    finished = run_study(RUNS_OF_0_1 / "stopped.toml", old, listener)
    assert set(begun) == {1}
    assert finished.trained == 4
    assert len(finished.study.trials) == finished.study.planned == 8
    assert [t for t in finished.study.trials if t.number < 2] == list(before)
    assert not any((old.runs / "trials" / "stopped" / "resume").iterdir())


def test_what_was_finished_grows(old: RunOptions, listener: Listener, tmp_path: Path) -> None:
    """A larger budget keeps every trial there was and trains the others."""
    before = read_study(old.runs, "finished").trials
    file = edited("finished.toml", "trials_per_arm = 4", "trials_per_arm = 6", tmp_path)
    finished = run_study(file, old, listener)
    assert (finished.trained, finished.study.planned) == (4, 12)
    assert [t for t in finished.study.trials if t.number < 4] == list(before)


def test_what_was_measured_is_measured_again(old: RunOptions, listener: Listener) -> None:
    """From the weights of that version, with a reason; given again without one nothing happens."""
    again = run_experiment(RUNS_OF_0_1 / "measured.toml", old, listener, "another version")
    assert [opening.reason for opening in again.study.openings] == ["", "another version"]
    assert {trial.test.opening for trial in again.study.trials if trial.test} == {2}
    assert len(run_experiment(RUNS_OF_0_1 / "measured.toml", old, listener).study.openings) == 2


def test_it_is_synced(old: RunOptions) -> None:
    """MLflow gets the trials it lacks, and nothing twice; then ledger and MLflow agree."""
    lines: list[str] = []
    sync_studies(old.runs, lines.append)
    assert lines == [
        "finished: 8 of 8 trials were sent to MLflow",
        "measured: 4 of 4 trials were sent to MLflow",
        "stopped: 4 of 4 trials were sent to MLflow",
    ]
    found = {each.about: each for each in examine(old.runs) if each.about.startswith("study")}
    assert [found[f"study {name}"].state for name in ("finished", "measured")] == ["ok", "ok"]


def _shown(runs: Path) -> dict[str, tuple[str, int]]:
    """What MLflow says became of each trial: its status and how often its best epoch is told."""
    query = """
        SELECT i.value, r.status,
               (SELECT count(*) FROM params WHERE run_uuid = r.run_uuid AND key = 'best_epoch')
        FROM runs r JOIN tags i ON i.run_uuid = r.run_uuid AND i.key = 'trial_id'"""
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        return {trial: (status, best) for trial, status, best in connection.execute(query)}


def test_its_pruned_trials_are_no_more_killed(
    old: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """A sync brings the statuses of before to what they are now; so does the next run."""
    pruned = [t for t in read_study(old.runs, "finished").trials if t.outcome is Outcome.PRUNED]
    assert {_shown(old.runs)[trial.trial_id] for trial in pruned} == {("KILLED", 0)}
    again = replace(old, runs=load_runs(tmp_path / "again"), no_mlflow=False)
    sync_studies(old.runs, lambda _: None)
    run_study(RUNS_OF_0_1 / "finished.toml", again, listener)
    for runs in (old.runs, again.runs):
        shown = _shown(runs)
        assert {shown[trial.trial_id] for trial in pruned} == {("FINISHED", 1)}
    lines: list[str] = []
    sync_studies(old.runs, lines.append)
    assert lines[0] == "finished: 0 of 8 trials were sent to MLflow"


@pytest.mark.parametrize("gone", ["rungs", "search", "budget", "record"])
def test_another_file_of_the_name_is_refused(
    old: RunOptions, listener: Listener, tmp_path: Path, gone: str
) -> None:
    """A changed key is named, and nothing is trained."""
    from fashion_bench.errors import StudyError

    changes = {
        "rungs": ("rungs = [1]", "rungs = [2]"),
        "search": ("startup = 2", "startup = 3"),
        "budget": ("trials_per_arm = 4", "trials_per_arm = 2"),
        "record": ("[budget]", '[record]\ncheckpoints = "best"\n\n[budget]'),
    }
    file = edited("finished.toml", *changes[gone], tmp_path)
    with pytest.raises(StudyError, match=f"differs from what was stored, in {gone}"):
        run_study(file, old, listener)


def test_its_question_may_be_asked_in_other_words(
    old: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """It trains nothing, and whoever compares it is told that the results were known."""
    before = read_study(old.runs, "finished")
    file = edited("finished.toml", "two units", "2 units", tmp_path)
    after = run_study(file, old, listener)
    assert (after.trained, after.study.trials) == (0, before.trials)
    assert "2 units" in after.study.question
    (amendment,) = after.study.amendments
    assert (amendment.key, amendment.trials) == ("question", len(before.trials))
    assert any(told.startswith("question was changed from") for told in caveats(after.study))
