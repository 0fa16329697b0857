"""Killed with -9 and given again, a promotion ends as if it had never stopped."""

import sqlite3
import time
import tomllib
from contextlib import closing
from pathlib import Path
from shutil import copytree
from signal import SIGKILL

from fashion_bench.app.browse import read_study
from tests.finished import Finished, start

RUNS = """
    SELECT r.status, count(*) FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id
    WHERE e.name = 's_confirmed' GROUP BY r.status"""


def test_a_killed_promotion_goes_on(finished: Finished, tmp_path: Path) -> None:
    """It prints the experiment; every trial is there once, in the ledger and in MLflow."""
    runs = copytree(finished.runs, tmp_path / "runs")
    words = ("study", "promote", "s", "--top", "2", "--seeds", "2", "--runs", runs)
    options = ("--device", "cpu", "--workers", "2")
    with start(*words, *options) as killed:
        while not list((runs / "trials" / "s_confirmed").glob("checkpoints/[!.]*.pt")):
            assert killed.poll() is None, killed.communicate()
            time.sleep(0.02)
        killed.send_signal(SIGKILL)
        printed, _ = killed.communicate()
    assert printed == ""

    with start(*words, *options) as again:
        printed, told = again.communicate(timeout=300)
    assert again.returncode == 0, told
    assert tomllib.loads(printed)["name"] == "s_measured"
    trials = read_study(runs, "s_confirmed").trials
    assert len({trial.trial_id for trial in trials}) == len(trials) == 8
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        assert connection.execute(RUNS).fetchall() == [("FINISHED", 8 + 1)]
