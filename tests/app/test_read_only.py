"""What only looks needs to write nothing, and makes nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.analysis.plots import embedding
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.database import Database
from fashion_bench.search.ledger import Ledger
from tests.faults.disks import mounted
from tests.finished import Finished, copy_runs
from tests.saying import Say
from tests.saying import say as say

READERS = (
    ("study", "list"),
    ("study", "show", "s"),
    ("compare", "e"),
    ("study", "export", "s", "--out", "."),
    ("watch", "s"),
)


@pytest.fixture
def runs(tmp_path: Path, finished: Finished, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished runs, and another folder to be in."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return copy_runs(finished.runs, tmp_path / "runs")


@pytest.fixture
def archive(runs: Path, tmp_path: Path) -> Iterator[Path]:
    """Those runs on a read-only disk."""
    with mounted(tmp_path / "disk") as disk:
        for database in runs.glob("*.db"):
            with closing(sqlite3.connect(database)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(runs, disk.folder / "runs", ignore=lambda *_: ["e.lock"])
        disk.allow_writing(False)
        yield disk.folder / "runs"


def test_a_read_only_folder_is_read(
    archive: Path, runs: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed, shown, compared and exported; a report elsewhere says that MLflow has not got it."""
    monkeypatch.setattr(embedding, "MOST_IMAGES", 20)  # t-SNE of all takes most of a minute
    for command in READERS:
        here, there = (
            say(*command, "--runs", runs),
            say(*command, "--runs", archive, *_force(command)),
        )
        assert (there.code, there.printed) == (0, here.printed.replace(str(runs), str(archive)))
    assert RunsFolder(archive).names() == ("s", "e")  # as a shell completes them
    said = say("report", "e", "--runs", archive, "--out", "out")
    assert said.code == 0, said.told
    assert "MLflow has not got the report" in said.told
    assert Path("out/e.html").exists()
    doctor = say("doctor", "--runs", archive, "--data", archive)
    assert "Traceback" not in doctor.told
    assert "weights, MLflow and files agree" in doctor.printed
    register = say("model", "register", "e", "--runs", archive)  # which does write
    assert (register.code, len(register.told.splitlines())) == (1, 1), register.told


def _force(command: tuple[str, ...]) -> tuple[str, ...]:
    return ("--force",) if "export" in command else ()


def test_commits_beside_the_file_are_read(runs: Path, tmp_path: Path, say: Say) -> None:
    """A folder that was copied while it was written: what is in the log alone is seen."""
    with mounted(tmp_path / "disk") as disk:
        with closing(sqlite3.connect(runs / "ledger.db")) as connection:
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute("DELETE FROM studies WHERE study_name LIKE 'e.%'")
            connection.commit()
            for name in ("ledger.db", "ledger.db-wal"):
                shutil.copy(runs / name, disk.folder)
        assert b"e.none" in (disk.folder / "ledger.db").read_bytes()
        disk.allow_writing(False)
        ledger = Ledger(disk.folder / "ledger.db", reading=True)
        assert ledger.names() == ("s",)
        assert Ledger(disk.folder / "ledger.db", reading=True).names() == ("s",)
    assert say("study", "list", "--runs", runs).code == 0


def test_a_full_disk_is_read(runs: Path, tmp_path: Path, say: Say) -> None:
    """To its last byte, and with nothing beside the ledger."""
    with mounted(tmp_path / "disk", 2048) as disk:
        shutil.copy(runs / "ledger.db", disk.folder)
        fill = ["dd", "if=/dev/zero", f"of={disk.folder / 'full'}", "bs=4096"]
        assert subprocess.run(fill, check=False, capture_output=True).returncode
        said = say("study", "list", "--runs", disk.folder)
        assert (said.code, said.told) == (0, "")


def test_where_no_copy_can_be_made_that_is_told(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    """One line names the folder of temporary files."""
    with mounted(tmp_path / "small", 64) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk.folder))
        said = say("study", "list", "--runs", archive)
    assert (said.code, len(said.told.splitlines())) == (1, 1)
    assert "cannot be written: No space left on device; free space, or name in TMPDIR" in said.told
    assert said.told.endswith("another folder, for a copy of ledger.db\n")


def test_the_folder_of_another_user_is_read(runs: Path) -> None:
    """Who may read the files but write nothing beside them gets what the owner gets."""
    if os.geteuid():
        pytest.skip("only root can be somebody else")
    script = """
import os, sys
from pathlib import Path
from fashion_bench.search.ledger import Ledger
path = Path(sys.argv[1])
Ledger(path, reading=True).names()  # imports what only root may read
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    (path.parent / "mine").touch()
except PermissionError:
    print(*Ledger(path, reading=True).names())
"""
    folder = runs.parent / "ledger"
    folder.mkdir()
    shutil.copy(runs / "ledger.db", folder)
    for above in folder.parents[:4]:
        above.chmod(0o755)
    for beside in (0, 1):  # nothing, then what a process that has it open leaves there
        with closing(sqlite3.connect(folder / "ledger.db")) as owner:
            if beside:
                owner.execute("SELECT count(*) FROM studies").fetchone()
            command = [sys.executable, "-c", script, str(folder / "ledger.db")]
            told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (told.stdout, told.returncode) == ("s e\n", 0), told.stderr


def test_what_only_looks_makes_nothing(runs: Path, say: Say) -> None:
    """A slip in the folder's name is told, by every command that looks."""
    for words in (*READERS, ("report", "s"), ("sync",), ("ui",), ("study", "rm", "s", "--yes")):
        said = say(*words, "--runs", "typo")
        assert said.code == 2, words
        assert len(said.told.splitlines()) == 1
    say("doctor", "--runs", "typo")
    assert not list(Path().iterdir())


def test_an_empty_name_of_a_folder_is_a_mistake(runs: Path, say: Say) -> None:
    """What an unset variable of a script leaves does not mean the folder one is in."""
    for words in (*READERS, ("study", "run", "file.toml"), ("ui",), ("doctor",)):
        said = say(*words, "--runs", "")
        assert (said.code, said.told) == (
            2,
            "Error: --runs: is empty; name one, or leave the option out\n",
        )
    assert say("data", "fetch", "--data", "").code == 2
    assert not list(Path().iterdir())


def test_a_copy_is_made_again_when_something_changed(archive: Path, runs: Path) -> None:
    """Not for each who reads: a listing opens the ledger once for every study."""
    from fashion_bench.search.storage import database

    one: Database = database(archive / "ledger.db")
    assert one.reading() == one.reading()
    assert one.reading() != one.path
    assert database(runs / "ledger.db").reading() == runs / "ledger.db"
