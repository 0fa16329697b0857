"""Damaged databases: opened and read, each gives a sound answer or one line."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import given

from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.mlflow_mirror import Mirror
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.fuzzing import fuzz
from tests.search.made_up_curves import Silent, drive_made_up, study_made_up

TRIALS = 64
STUDY = "search"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of a finished study, in one file."""
    folder = tmp_path_factory.mktemp("ledger")
    drive_made_up(study_made_up("random", TRIALS), folder, Silent())
    return in_one_file(folder / "ledger.db")


@pytest.fixture(scope="module")
def mlflow(ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database of a few of its trials."""
    folder = tmp_path_factory.mktemp("mlflow")
    study = Ledger(ledger).read(STUDY)
    send(folder, study, 4)
    return in_one_file(folder / "mlflow.db")


@pytest.mark.soak
def test_a_damaged_ledger_is_read_or_refused(ledger: Path, tmp_path: Path) -> None:
    """Every trial it still gives is whole."""
    raw, whole = ledger.read_bytes(), Ledger(ledger).read(STUDY)
    plan = study_made_up("random", TRIALS).plan

    def look(folder: Path) -> None:
        found = Ledger(folder / "ledger.db")
        assert all(isinstance(study, StudyRecord) for study in found.read_all())
        if found.names() == (STUDY,):
            assert len(found.read(STUDY).trials) <= len(whole.trials)
            assert found.past(plan).generations <= 1

    try_damage(raw, tmp_path, "ledger.db", look, 200)


@pytest.mark.soak
def test_a_damaged_database_of_mlflow_is_written_or_refused(
    ledger: Path, mlflow: Path, tmp_path: Path
) -> None:
    """Whatever MLflow makes of it, the training hears one line."""
    raw, study = mlflow.read_bytes(), Ledger(ledger).read(STUDY)
    try_damage(raw, tmp_path, "mlflow.db", lambda folder: send(folder, study, 6), 200)


def try_damage(
    raw: bytes, folder: Path, name: str, look: Callable[[Path], None], examples: int
) -> None:
    """Damage a database again and again, each time in a folder of its own."""
    found: Counter[str] = Counter()

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        place = Path(mkdtemp(dir=folder))  # connections to the last one may be open
        (place / name).write_bytes(damaged(raw, done))
        try:
            look(place)
        except FashionBenchError as error:
            found["refused" if is_short(error, place) else "told at length"] += 1
        else:
            found["read"] += 1
        rmtree(place)

    check()
    print(dict(found))
    assert set(found) == {"refused", "read"}


def is_short(error: FashionBenchError, where: Path) -> bool:
    """Whether it is one line, and not a long one."""
    told = str(error).replace(str(where), "")
    return len(told.splitlines()) == 1 and len(told) < 500


def send(folder: Path, study: StudyRecord, trials: int) -> None:
    """Bring some trials into the MLflow of a folder."""
    mirror = Mirror(folder, replace(study, provenance={"data_digest": "d" * 64}))
    mirror.sync_trials(study.trials[:trials], files=lambda _: {})


def in_one_file(database: Path) -> Path:
    """Bring what is in a database's journal into its file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database
