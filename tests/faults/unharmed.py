"""Whether a study that was killed ended as one that was not."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from fashion_bench.records import Outcome
from tests.faults.tiny_study import NAME, listed, mlflow_runs, points, record

__all__ = ["assert_unharmed", "sound"]

STATUS = {
    Outcome.COMPLETE: "FINISHED",
    Outcome.PRUNED: "FINISHED",
    Outcome.DIVERGED: "FAILED",
    Outcome.FAILED: "FAILED",
}


def assert_unharmed(folder: Path, whole: Path, name: str = NAME) -> None:
    """The same trials, weights and files, once in the ledger and in MLflow; nothing half-done."""
    assert listed(folder, name) == listed(whole, name)
    assert _files(folder, name) == _files(whole, name)
    assert mlflow_runs(folder, name) == mlflow_runs(whole, name)
    assert _artifacts(folder, name) == _artifacts(whole, name)
    sound(folder, name)
    assert not list((folder / "tmp").iterdir())


def sound(folder: Path, name: str = NAME) -> None:
    """Both databases are whole and say the same; nothing is RUNNING, doubled or half-written."""
    trials = record(folder, name).trials
    assert len({trial.trial_id for trial in trials}) == len(trials)
    assert len(_headers(folder, name)) == 1
    runs = mlflow_runs(folder, name)
    expected = [(trial.trial_id, STATUS[trial.outcome]) for trial in trials]
    arms = [run for run in runs if run[0].endswith("#1")]
    assert {run[1] for run in arms} == {"FINISHED"}
    drawn = {of for of, _, _ in arms if points(arms, of, "trials/n")}
    complete = {trial.arm for trial in trials if trial.outcome is Outcome.COMPLETE}
    assert drawn == {f"{name}.{arm}#1" for arm in complete}
    others = [run[:2] for run in runs if run not in arms]
    assert [run for run in others if run[0] not in ("study", "experiment")] == sorted(expected)
    assert [run[1] for run in others if run[0] in ("study", "experiment")] == ["FINISHED"]
    assert all(points(runs, t.trial_id, "valid/accuracy") == len(t.history) for t in trials)
    assert all(points(runs, t.trial_id, "test/accuracy") == len(t.tests) for t in trials)
    ledger, mlflow = folder / "runs" / "ledger.db", folder / "runs" / "mlflow.db"
    assert not _ask(
        ledger, "SELECT * FROM trials WHERE state NOT IN ('COMPLETE', 'PRUNED', 'FAIL')"
    )
    assert not _ask(
        mlflow, "SELECT * FROM runs WHERE status NOT IN ('FINISHED', 'KILLED', 'FAILED')"
    )
    for database in (ledger, mlflow):
        assert _ask(database, "PRAGMA integrity_check") == [("ok",)]
    of_study = folder / "runs" / "trials" / name
    assert not [path for path in of_study.rglob("*") if path.name.startswith(".")]
    assert not list(of_study.glob("resume/*"))


def _ask(database: Path, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query, values).fetchall()


def _headers(folder: Path, name: str) -> set[str]:
    """What its arms say of a study, but for their own names: all the same."""
    query = """
        SELECT s.study_name, a.value_json FROM studies s
        JOIN study_user_attributes a ON a.study_id = s.study_id AND a.key = 'fashion_bench'"""
    found = _ask(folder / "runs" / "ledger.db", query)
    told = [json.loads(header) for key, header in found if key.rpartition(".")[0] == name]
    return {json.dumps({**header, "arm": None}, sort_keys=True) for header in told}


def _files(folder: Path, name: str) -> dict[str, str]:
    """The digest of every file of a study: checkpoints, and what is predicted."""
    of_study = folder / "runs" / "trials" / name
    return {
        str(path.relative_to(of_study)): sha256(path.read_bytes()).hexdigest()
        for path in of_study.rglob("*")
        if path.is_file()
    }


def _artifacts(folder: Path, name: str) -> list[tuple[str, list[str]]]:
    """What is attached to the runs of a study in MLflow; those of its arms have nothing."""
    query = """
        SELECT coalesce(t.value, 'study'), r.run_uuid FROM runs r
        JOIN experiments e ON e.experiment_id = r.experiment_id AND e.name = ?
        JOIN tags k ON k.run_uuid = r.run_uuid AND k.key = 'kind' AND k.value != 'arm'
        LEFT JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'trial_id' ORDER BY 1"""
    of_study = folder / "runs" / "artifacts" / name
    runs = _ask(folder / "runs" / "mlflow.db", query, name)
    assert len(runs) == len(list(of_study.iterdir()))
    return [(of, sorted(p.name for p in (of_study / run).rglob("*.*"))) for of, run in runs]
