"""What others did to the ledger, as each command tells it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write
from tests.finished import Finished, copy_runs
from tests.saying import Say
from tests.saying import say as say

TOLD = "1 trial that was added with Optuna is no part of it"


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, to be written to."""
    return copy_runs(finished.runs, tmp_path / "runs")


def test_one_trial_that_a_person_adds_stops_nothing(
    runs: Path, tmp_path: Path, say: Say, listener: Listener
) -> None:
    """Each command works; a run, the doctor and the removal tell of it in one line."""
    commands = (("study", "list"), ("study", "show", "s"), ("compare", "s"))
    before = [say(*words, "--runs", runs) for words in commands]
    url = f"sqlite:///{runs / 'ledger.db'}"
    optuna.load_study(study_name="s.none", storage=url).enqueue_trial({"lr": 0.005})
    assert [say(*words, "--runs", runs) for words in commands] == before
    assert say("sync", "--runs", runs).printed.startswith("s: 0 of 8 trials were sent")
    doctor = say("doctor", "--runs", runs, "--data", tmp_path)
    assert f"{TOLD}: left alone" in doctor.printed
    assert "8 of 8 trials; weights, MLflow and files agree" in doctor.printed

    grown = write(tmp_path, STUDY, ("trials_per_arm = 4", "trials_per_arm = 6"))
    options = RunOptions(runs=runs, device="cpu", workers=1, no_mlflow=True)
    study = run_study(grown, options, listener).study
    assert len(study.trials) == 12
    assert f"s: {TOLD}, and is kept" in listener.lines
    assert len(optuna.load_study(study_name="s.none", storage=url).get_trials()) == 7

    said = say("study", "rm", "s", "--yes", "--runs", runs)
    assert (said.code, said.printed) == (0, "s is removed.\n")
    assert said.told == f"s: {TOLD}, and removed with it\n"
    assert RunsFolder(runs).reading().names() == ("e",)
    assert RunsFolder(runs).reading().created_at("s") is None


DAMAGE = {
    "its file": """UPDATE study_user_attributes
        SET value_json = replace(value_json, '"spec"', '"was"')
        WHERE value_json LIKE '%"study": "e"%'""",
    "a trial": """UPDATE trial_user_attributes SET value_json = '3' WHERE key = 'record' AND
        trial_id = (SELECT trial_id FROM trial_user_attributes WHERE value_json = '"e.none-1"')""",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_study_is_named_and_the_others_are_told_and_sent(
    runs: Path, say: Say, what: str
) -> None:
    """By list and sync, which end with 1; the healthy one is compared, too."""
    with closing(sqlite3.connect(runs / "ledger.db")) as connection, connection:
        assert connection.execute(DAMAGE[what]).rowcount
    damaged = "ledger.db: the ledger is damaged in study e (given: "
    listed, sent = say("study", "list", "--runs", runs), say("sync", "--runs", runs)
    assert (sent.code, sent.printed) == (1, "s: 0 of 8 trials were sent to MLflow\n")
    assert damaged in sent.told
    names = {line.split()[0] for line in listed.printed.splitlines() if line.split()}
    assert "s" in names
    if what == "its file":  # a list reads no trials
        assert listed.code == 1
        assert damaged in listed.told
        assert "e" not in names
    assert say("study", "show", "e", "--runs", runs).code == 1
    assert say("compare", "s", "--runs", runs).code == 0
