import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.errors import MachineError
from fashion_bench.tracking.backend import FolderBackend, private_folder

OPENED_AT_ONCE = Path(__file__).with_name("opened_at_once.py")


def test_a_new_store_may_be_opened_by_many_at_once(tmp_path):
    """Four processes that meet in an empty folder all get the one store."""
    runs = tmp_path / "new" / "runs"
    script = [sys.executable, str(OPENED_AT_ONCE), str(runs)]
    assert subprocess.run(script, check=True, capture_output=True, text=True).stdout == "4\n"
    assert len(FolderBackend(runs).open().search_experiments()) == 1 + 4


def test_a_store_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    """What a killed process left is thrown away; nothing is written but in the folder."""
    monkeypatch.chdir(tmp_path)
    left = private_folder(Path("runs")) / "new"
    left.mkdir()
    (left / "mlflow.db").write_bytes(b"half a database")
    FolderBackend(Path("runs")).open()
    with closing(sqlite3.connect("runs/mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert not Path("runs/mlruns").exists()


def test_a_folder_that_cannot_be_is_the_machines_failure(tmp_path):
    """A runs folder that cannot be written is told in one line."""
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(MachineError, match="cannot be written"):
        FolderBackend(tmp_path / "runs").open()
