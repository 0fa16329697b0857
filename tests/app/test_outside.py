"""Success is told of what is on the disk, not of what a process remembers."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from fashion_bench.app import export
from fashion_bench.app.options import PromoteOptions, RunOptions
from fashion_bench.app.promote import promote
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.errors import MachineError
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.rows import Row
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write
from tests.saying import Say
from tests.saying import say as say


def _remove(ledger: Path) -> None:
    for file in ledger.parent.glob("ledger.db*"):
        file.unlink()


def _replace_by_a_backup(ledger: Path) -> None:
    backup = ledger.with_name("backup")
    with closing(sqlite3.connect(ledger)) as old, closing(sqlite3.connect(backup)) as new:
        old.backup(new)
        new.execute("DELETE FROM trials")
        new.commit()
    backup.rename(ledger)


def _move_the_folder(ledger: Path) -> None:
    ledger.parent.rename(ledger.parent.with_name("moved"))


def _mount_another(ledger: Path) -> None:
    _move_the_folder(ledger)
    shutil.copytree(ledger.parent.with_name("moved"), ledger.parent)


LOSSES = (_remove, _replace_by_a_backup, _move_the_folder, _mount_another)


def losing(
    monkeypatch: pytest.MonkeyPatch, lose: Callable[[Path], None], generation: int
) -> list[int]:
    """Let something befall the ledger behind a generation; return how many are recorded then."""
    append, recorded = Ledger.append, list[int]()

    def appended(self: Ledger, rows: Sequence[Row]) -> None:
        append(self, rows)
        recorded.append(len(rows))
        if len(recorded) == generation:
            lose(self.path)

    monkeypatch.setattr(Ledger, "append", appended)
    return recorded


@pytest.mark.parametrize("lose", LOSSES)
def test_a_ledger_that_is_gone_ends_a_run(
    options: RunOptions,
    tmp_path: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    lose: Callable[[Path], None],
) -> None:
    """At the next generation, before more is trained for nothing; the same command goes on."""
    file = write(tmp_path)
    with monkeypatch.context() as patch:
        recorded = losing(patch, lose, 1)
        with pytest.raises(MachineError, match=r"ledger\.db: was removed or replaced meanwhile"):
            run_study(file, options, listener)
    assert len(recorded) == 1
    assert len(run_study(file, options, listener).study.trials) == 8


def test_a_ledger_that_is_gone_at_the_end_is_no_success(
    options: RunOptions, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was trained and recorded, and nothing is there: exit 1, and no answer."""
    with monkeypatch.context() as patch:
        losing(patch, _remove, 2)
        with pytest.raises(MachineError, match="was removed or replaced meanwhile"):
            run_study(write(tmp_path), options, listener)


def test_trials_that_are_gone_are_named(
    options: RunOptions, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is the same one and lacks what was written to it."""

    def forget(ledger: Path) -> None:
        with closing(sqlite3.connect(ledger)) as connection, connection:
            connection.execute("DELETE FROM trials WHERE number = 3")

    losing(monkeypatch, forget, 2)
    lacks = r"lacks 2 trials that were recorded in it \(given: 's.dropout-3, s.none-3'\)"
    with pytest.raises(MachineError, match=lacks):
        run_study(write(tmp_path), options, listener)


def test_weights_that_are_gone_are_told(
    options: RunOptions, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed while it ran or long before, emptied or deleted: no success, as often as asked."""
    file, weights = write(tmp_path), Path(options.runs) / "trials" / "s" / "checkpoints"
    with monkeypatch.context() as patch:
        losing(patch, lambda _: shutil.rmtree(weights.parent), 1)
        with pytest.raises(MachineError, match="of 8 files that were written 4 are not there"):
            run_study(file, options, listener)
    with pytest.raises(MachineError, match="4 are not there") as told:
        run_study(file, options, listener)
    assert (told.value.exit_code, told.value.where) == (1, str(weights))
    assert "s.none-0.pt, s.none-1.pt, s.dropout-0.pt" in str(told.value)
    assert str(told.value).endswith("MLflow's copy; see `fashion-bench doctor`")


def test_an_experiment_and_a_confirmation_are_looked_at_too(
    options: RunOptions, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their predictions are, and the ledger of what `promote` trains."""
    run_experiment(write(tmp_path, EXPERIMENT), options, listener)
    predictions = Path(options.runs) / "trials" / "e" / "predictions" / "plain"
    os.truncate(predictions / "e.none-0.npz", 0)
    with pytest.raises(MachineError, match="of 8 files that were written 1 are not there"):
        run_experiment(write(tmp_path, EXPERIMENT), options, listener)
    run_study(write(tmp_path), options, listener)
    losing(monkeypatch, _remove, 1)
    with pytest.raises(MachineError, match="was removed or replaced meanwhile"):
        promote("s", PromoteOptions(top=1, seeds=2), options, listener)


def test_what_is_exported_is_there_when_it_is_told(
    options: RunOptions,
    tmp_path: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    say: Say,
) -> None:
    """A cleaner that takes the first file while the second is written is noticed."""
    run_study(write(tmp_path), options, listener)
    write_whole = export.write_whole

    def cleaned(path: Path, content: bytes) -> str:
        for other in path.parent.glob("*.csv"):
            other.unlink()
        return write_whole(path, content)

    monkeypatch.setattr(export, "write_whole", cleaned)
    said = say("study", "export", "s", "--runs", options.runs, "--out", tmp_path / "out")
    assert (said.code, said.printed) == (1, "")
    assert "of 2 files that were written 1 are not there (given: 's-trials.csv')" in said.told
