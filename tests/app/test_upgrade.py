"""``fashion-bench db upgrade``: real databases of old releases, real kills."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.upgrade import upgrade_databases
from fashion_bench.database import check
from fashion_bench.errors import StudyError
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.backend import FolderBackend
from tests.old.databases import OLD_SCHEMAS, load, mark, schema
from tests.saying import Said, Say
from tests.saying import say as say

KILLED = """
import os, signal, sys
from pathlib import Path
from fashion_bench import database
from fashion_bench.app.upgrade import upgrade_databases

place = database.copy

def killed(source, target):
    if target == Path(sys.argv[1]) / sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    place(source, target)

database.copy = killed
upgrade_databases(Path(sys.argv[1]), print)
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of runs whose databases were written by Optuna 2.10.1 and MLflow 2.9.2."""
    for name in OLD_SCHEMAS:
        load(tmp_path / "runs", name)
    return tmp_path / "runs"


def trials(runs: Path) -> list[tuple[str, int, float | None]]:
    """What the ledger holds of the study."""
    study = Ledger(runs / "ledger.db").read("s")
    return [(t.trial_id, len(t.history), t.value) for t in study.trials]


def mlflow_run(runs: Path) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What MLflow holds of the one run there is."""
    client: MlflowClient = FolderBackend(runs).open()
    experiment = client.get_experiment_by_name("s")
    assert experiment is not None
    (found,) = client.search_runs([experiment.experiment_id])
    return found.info.status, found.data.params, found.data.metrics


def recorded() -> list[tuple[str, int, float | None]]:
    """What the dump says of the same trials, read without Optuna."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((Path(__file__).parents[1] / "old" / "ledger.sql").read_text())
        rows = connection.execute(
            "SELECT a.value_json, v.value FROM trial_user_attributes a "
            "JOIN trial_values v USING (trial_id) WHERE a.key = 'record' ORDER BY trial_id"
        ).fetchall()
    records = [(json.loads(text), value) for text, value in rows]
    return [(record["trial_id"], len(record["history"]), value) for record, value in records]


def test_old_databases_are_refused_upgraded_and_read(old: Path, say: Say) -> None:
    """One line before; then every trial and run is there, and the backups are as it was."""
    before = {name: (old / name).read_bytes() for name in OLD_SCHEMAS}
    for words in (("study", "show", "s"), ("sync",), ("compare", "s")):
        said = say(*words, "--runs", old)
        assert (said.code, said.printed, len(said.told.splitlines())) == (2, "", 1)
        older = "ledger.db: was written by an older Optuna (given: 'v2.6.0.a'); upgrade it"
        assert older in said.told
    assert {name: (old / name).read_bytes() for name in OLD_SCHEMAS} == before

    said = say("db", "upgrade", "--runs", old)
    assert (said.code, said.told) == (0, "")
    lines = said.printed.splitlines()
    assert [line.split(" was upgraded")[0] for line in lines] == [
        str(old / "ledger.db"),
        str(old / "mlflow.db"),
    ]
    for line, name in zip(lines, OLD_SCHEMAS, strict=True):
        backup = Path(line.split("it is ")[1])
        assert backup.parent == old / "backups"
        assert schema(backup) == OLD_SCHEMAS[name]
        check(backup)

    assert trials(old) == recorded()
    assert mlflow_run(old) == ("FINISHED", {"lr": "0.001"}, {"valid/accuracy": 0.85})
    current = {path: path.read_bytes() for path in sorted(old.rglob("*.db"))}
    assert say("db", "upgrade", "--runs", old) == Said(
        0,
        f"{old / 'ledger.db'} is current\n{old / 'mlflow.db'} is current\n",
        "",
    )
    assert {path: path.read_bytes() for path in sorted(old.rglob("*.db"))} == current


@pytest.mark.parametrize("name", OLD_SCHEMAS)
def test_killed_it_leaves_the_old_databases_and_their_backups(
    old: Path, say: Say, name: str
) -> None:
    """Killed when a database is upgraded but not yet in its place; the same command finishes."""
    killed = subprocess.run([sys.executable, "-c", KILLED, str(old), name], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert schema(old / name) == OLD_SCHEMAS[name]
    (backup,) = (old / "backups").glob(f"{Path(name).stem}-*.db")
    assert schema(backup) == OLD_SCHEMAS[name]
    assert say("db", "upgrade", "--runs", old).code == 0
    assert not (old / "backups" / ".upgrade").exists()
    assert trials(old) == recorded()
    assert mlflow_run(old)[0] == "FINISHED"


def test_a_study_that_is_being_run_keeps_it_away(old: Path) -> None:
    """Nothing is upgraded, not even what the study does not use."""
    with RunsFolder(old).driving("s"), pytest.raises(StudyError, match="is being run by"):
        upgrade_databases(old, print)
    assert {name: schema(old / name) for name in OLD_SCHEMAS} == OLD_SCHEMAS
    assert not (old / "backups").exists()


@pytest.mark.parametrize(("name", "library"), [("ledger.db", "Optuna"), ("mlflow.db", "MLflow")])
def test_what_is_newer_is_not_upgraded(old: Path, name: str, library: str) -> None:
    """One line says what to install; the database stays as it is."""
    mark(old / name, "fedcba987654")
    with pytest.raises(StudyError, match=f"was written by a newer {library}"):
        _only(old, name)
    assert schema(old / name) == "fedcba987654"


def _only(runs: Path, name: str) -> None:
    """Upgrade one of the databases."""
    for other in set(OLD_SCHEMAS) - {name}:
        (runs / other).unlink()
    upgrade_databases(runs, print)


def test_without_databases_there_is_nothing_to_upgrade(tmp_path: Path) -> None:
    """A folder of none is told, and none is made."""
    with pytest.raises(StudyError, match="holds no database; name the folder"):
        upgrade_databases(tmp_path / "runs", print)
    assert not (tmp_path / "runs").exists()
