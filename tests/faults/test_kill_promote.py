"""Killed with -9 and given again, a promotion ends as if it had never stopped."""

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from signal import SIGKILL

import pytest

from fashion_bench.app.browse import read_study
from fashion_bench.faults import SWITCH
from tests.faults.tiny_study import order
from tests.finished import Finished, copy_runs, start

RUNS = """
    SELECT r.status, count(*) FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id
    WHERE e.name = 's_confirmed' GROUP BY r.status"""


@pytest.mark.faults
def test_a_killed_promotion_goes_on(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It prints the experiment; every trial is there once, in the ledger and in MLflow."""
    monkeypatch.setenv(SWITCH, str(tmp_path / "faults"))
    order(tmp_path, "rows-added")
    runs = copy_runs(finished.runs, tmp_path / "runs")
    words = ("study", "promote", "s", "--top", "2", "--seeds", "2", "--runs", runs)
    options = ("--device", "cpu", "--workers", "2")
    with start(*words, *options) as killed:
        printed, told = killed.communicate(timeout=300)
    assert (killed.returncode, printed) == (-SIGKILL, ""), told

    with start(*words, *options) as again:
        printed, told = again.communicate(timeout=300)
    assert again.returncode == 0, told
    assert tomllib.loads(printed)["name"] == "s_measured"
    study = read_study(runs, "s_confirmed")
    assert len({trial.trial_id for trial in study.trials}) == len(study.trials) == 8
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        runs_of_all = len(study.trials) + len(study.arms) + 1
        assert connection.execute(RUNS).fetchall() == [("FINISHED", runs_of_all)]
