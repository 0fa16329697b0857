"""A trial that goes wrong is a result with its reason; the rest go on, and the study ends."""

import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.records import Outcome, TrialRecord
from tests.faults.tiny_study import FILE, NAME, end, order, record, start, wait_until
from tests.faults.unharmed import assert_unharmed, sound

LIMITED = FILE + "trial_minutes = 0.2\n"
HOPELESS = FILE + "trial_minutes = 1e-5\n"
WILD = FILE.replace("lr = { low = 1e-4, high = 1e-2, log = true }\n", "")
WILD = WILD.replace("[arms.none]", "[arms.none]\nlr = 1e-3")
WILD = WILD.replace("[arms.dropout]", "[arms.dropout]\nlr = 1e6")


def failed(folder: Path) -> list[TrialRecord]:
    """The trials without a result; all others have one, and all are there."""
    trials = record(folder).trials
    assert len(trials) == 12
    assert all((trial.value is None) == (trial.outcome is Outcome.FAILED) for trial in trials)
    return [trial for trial in trials if trial.outcome is Outcome.FAILED]


def in_mlflow(folder: Path, trial: TrialRecord) -> tuple[str, str]:
    """The status of a trial's run, and why it ended so."""
    query = """
        SELECT r.status, why.value FROM runs r
        JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'trial_id' AND t.value = ?
        JOIN tags why ON why.run_uuid = r.run_uuid AND why.key = 'reason'"""
    with closing(sqlite3.connect(folder / "runs" / "mlflow.db")) as connection:
        ((status, reason),) = connection.execute(query, (trial.trial_id,)).fetchall()
        return status, reason


@pytest.mark.faults
def test_a_trial_that_raises_fails_alone(tmp_path: Path) -> None:
    """Its error is its reason in the ledger and in MLflow; the table counts it; it stays so."""
    order(tmp_path, "mid-epoch", "raise")
    printed, told = end(start(tmp_path))
    (trial,) = failed(tmp_path)
    assert trial.reason == "RuntimeError: a test asked for this at mid-epoch"
    assert in_mlflow(tmp_path, trial) == ("FAILED", trial.reason)
    assert told.count("Training failed.") == 1
    lines = [line.split() for line in printed.splitlines()]
    counted = [words for words in lines if words[:2] == [trial.arm, "6"]]
    assert counted[0][5] == "1"
    sound(tmp_path)
    end(start(tmp_path))
    assert failed(tmp_path) == [trial]


@pytest.mark.faults
def test_a_trial_that_hangs_fails_alone(tmp_path: Path) -> None:
    """After the file's time limit its worker is killed, and another one trains the rest."""
    order(tmp_path, "mid-epoch", "hang")
    end(start(tmp_path, file_text=LIMITED))
    (trial,) = failed(tmp_path)
    assert trial.reason == "no result within 12 seconds per trial"
    assert in_mlflow(tmp_path, trial) == ("FAILED", trial.reason)
    sound(tmp_path)


def stopped_by_kills(folder: Path) -> str:
    """Run the study until three workers were killed at one trial; return what it told at last."""
    killed = order(folder, "mid-epoch")
    run = start(folder, "--workers", "1", file_text=LIMITED)
    for _ in range(2):
        wait_until(run, lambda: not killed.exists())
        order(folder, "mid-epoch")
    _, told = end(run, 1)
    assert told.count("A worker died (signal 9).") == 3
    return told.splitlines()[-1]


@pytest.mark.faults
def test_workers_that_are_killed_fail_no_trial(tmp_path: Path, whole: Path) -> None:
    """Killed as for want of memory, they stop the study; with memory it goes on."""
    said = stopped_by_kills(tmp_path)
    assert (
        "worker ended by signal 9 three times, so training stops, and no trial has failed" in said
    )
    assert not record(tmp_path).trials
    end(start(tmp_path))
    assert_unharmed(tmp_path, whole)


@pytest.mark.faults
def test_a_trial_that_is_given_up_fails_alone(tmp_path: Path) -> None:
    """The line names the command; then it is recorded with the signal, in MLflow too."""
    said = stopped_by_kills(tmp_path)
    command = shlex.split(said.partition("`fashion-bench ")[2].partition("`")[0])
    assert command[:2] == ["study", "give-up"]
    subprocess.run([sys.executable, "-m", "fashion_bench", *command], check=True)
    end(start(tmp_path, file_text=LIMITED))
    (trial,) = failed(tmp_path)
    assert trial.trial_id == f"{NAME}.{command[3]}"
    assert trial.reason == "given up by hand: worker ended by signal 9 three times"
    assert in_mlflow(tmp_path, trial) == ("FAILED", trial.reason)
    sound(tmp_path)


@pytest.mark.faults
def test_a_learning_rate_that_is_far_too_high_is_a_result(tmp_path: Path) -> None:
    """Its trials diverge, and say so; those of the other arm are trained as ever."""
    end(start(tmp_path, file_text=WILD))
    for trial in record(tmp_path).trials:
        assert (trial.outcome is Outcome.DIVERGED) == (trial.arm == "dropout")
        if trial.outcome is Outcome.DIVERGED:
            assert in_mlflow(tmp_path, trial) == ("FAILED", Outcome.DIVERGED.sentence)
    sound(tmp_path)


@pytest.mark.faults
def test_a_study_whose_every_trial_fails_stops(tmp_path: Path) -> None:
    """After its first generation one line says so, and says the same when it is run again."""
    last = []
    for _ in range(2):
        _, told = end(start(tmp_path, file_text=HOPELESS), 1)
        last.append(told.splitlines()[-1])
    assert last[0] == last[1]
    assert last[0].startswith(f"Error: {NAME}: ")
    trials = record(tmp_path).trials
    assert [trial.outcome for trial in trials] == [Outcome.FAILED] * 4
    sound(tmp_path)
