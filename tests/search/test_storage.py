"""Tests of ``search/storage.py``, and of the ledger's care for what others wrote."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.errors import FashionBenchError, MachineError, StudyError
from fashion_bench.faults import SWITCH
from fashion_bench.search.headers import created
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.storage import database, translate_errors
from tests.old.databases import load, mark

OPENED_AT_ONCE = Path(__file__).with_name("ledgers_opened_at_once.py")


def test_a_new_ledger_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Four processes that meet in an empty folder all get the one ledger, five times of five."""
    script = [sys.executable, str(OPENED_AT_ONCE), str(tmp_path), "5", "4"]
    assert subprocess.run(script, check=True, capture_output=True, text=True).stdout == "20\n"
    for path in tmp_path.glob("*/ledger.db"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_ledger_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """Killed before its file was in its place, there is none; the next process makes it."""
    (tmp_path / "ledger-made").write_text("kill")
    script = [sys.executable, str(OPENED_AT_ONCE), str(tmp_path / "runs"), "1", "1"]
    faults = os.environ | {SWITCH: str(tmp_path)}
    killed = subprocess.run(script, env=faults, check=True, capture_output=True, text=True)
    assert killed.stdout == "0\n"
    path = tmp_path / "runs" / "0" / "ledger.db"
    assert path.with_name(".new-ledger.db").exists()
    assert not path.exists()
    assert Ledger(path).names() == ()
    assert not list(path.parent.glob(".new*"))


def test_what_lies_beside_a_new_ledger_stays_but_for_the_log_of_another(tmp_path: Path) -> None:
    """Whose ledger was moved away finds the copy of it that has a name like it."""
    for name in ("ledger.db-wal", "ledger.db-shm", "ledger.db-2026", "ledger.db-journal.txt"):
        (tmp_path / name).write_bytes(b"old")
    Ledger(tmp_path / "ledger.db")._storage.engine.dispose()
    left = {path.name for path in tmp_path.glob("ledger.db-*")}
    assert left == {"ledger.db-2026", "ledger.db-journal.txt"}


def test_a_ledger_is_found_under_any_name(tmp_path: Path) -> None:
    """What has a meaning in URLs and templates has none in a folder's name."""
    path = tmp_path / "100% {mine} #1" / "ledger.db"
    Ledger(path)
    assert path.exists()
    assert database(path).check()


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE mine (n)")


def _old(path: Path) -> None:
    load(path.parent, path.name)


def _new(path: Path) -> None:
    Ledger(path)
    mark(path, "v9.0.0.a")


OTHERS: dict[str, tuple[Callable[[Path], None], type[FashionBenchError], str]] = {
    "garbage": (_garbage, MachineError, "file is not a database"),
    "nothing": (Path.touch, StudyError, "is no database of Optuna; move it away"),
    "a folder": (Path.mkdir, MachineError, "cannot be read"),
    "another's database": (_tables, StudyError, "is no database of Optuna; move it away"),
    "an older Optuna's": (_old, StudyError, r"older Optuna \(given: 'v2.6.0.a'\).*db upgrade"),
    "a newer Optuna's": (_new, StudyError, r"newer Optuna \(given: 'v9.0.0.a'\); install that"),
}


def _check(path: Path) -> None:
    with translate_errors(path):
        database(path).check()


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_ledger_of_ours_is_refused(tmp_path: Path, what: str) -> None:
    """One line says what to do, and not a byte of the file is changed."""
    make, error, line = OTHERS[what]
    path = tmp_path / "ledger.db"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    for look in (Ledger, partial(Ledger, reading=True), _check):
        with pytest.raises(error, match=line):
            look(path)
    assert before is None or path.read_bytes() == before


def test_a_study_of_another_fashion_bench_is_refused(tmp_path: Path) -> None:
    """A header of another schema keeps all of the ledger closed."""
    load(tmp_path, "ledger.db")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        key = "SELECT value_json FROM study_user_attributes WHERE key = 'fashion_bench'"
        header = json.loads(connection.execute(key).fetchone()[0]) | {"schema": 2}
    path = tmp_path / "new" / "ledger.db"
    created(Ledger(path)._storage, "s.none").set_user_attr("fashion_bench", header)
    with pytest.raises(StudyError, match=r"another fashion_bench \(given: 's'\); install a newer"):
        Ledger(path).names()
