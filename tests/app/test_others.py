"""Tests of what is told of other experiments in a folder of runs, through runs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.browse import remove_study
from fashion_bench.app.compare import compare, compare_study, ending
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.search.ledger import Ledger
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write

OTHER = (('name = "e"', 'name = "other"'), ("dropout = 0.3", "dropout = 0.4"))
SECOND = "it is the 2nd of 2 experiments here that opened these test images"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two experiments that share one arm, and a study; not to be written to."""
    folder = tmp_path_factory.mktemp("others")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_experiment(write(folder, EXPERIMENT), options, Listener())
    run_study(write(folder), options, Listener())
    run_experiment(write(folder, EXPERIMENT, *OTHER), options, Listener())
    return folder / "runs"


def test_experiments_are_read_without_their_trials(runs: Path) -> None:
    """All that is known of them besides, the oldest first; trials of those that are wanted."""
    ledger = RunsFolder(runs).ledger()
    whole = [ledger.read("e"), ledger.read("other")]
    assert ledger.read_all("experiment", with_trials=False) == [
        replace(one, trials=()) for one in whole
    ]
    assert ledger.read_all("experiment", with_trials=lambda _: True) == whole


def test_every_way_to_look_at_it_tells_of_the_others(runs: Path) -> None:
    """``compare``, and the table that a run ends with; of what is not linked, no trial is read."""
    folder = RunsFolder(runs)
    with pytest.MonkeyPatch.context() as patch:
        read, records = list[str](), Ledger._records
        patch.setattr(
            Ledger, "_records", lambda self, study: read.append(study.name) or records(self, study)
        )
        told = plain(compare(runs, "other").document)["caveats"]
        assert set(read) == {"other"}
    assert SECOND in told
    assert not any("were compared in" in one for one in told)
    other = folder.ledger().read("other")
    assert plain(ending(other, folder))["others"] == [SECOND]
    assert SECOND not in plain(ending(folder.ledger().read("s"), folder)).get("others", [])


def test_a_record_of_another_folder_is_compared(runs: Path, tmp_path: Path) -> None:
    """Where its ledger is not there, nothing is known of others."""
    study = RunsFolder(runs).ledger().read("other")
    told = plain(compare_study(study, RunsFolder(tmp_path)).document)["caveats"]
    assert SECOND not in told
    assert not (tmp_path / "ledger.db").exists()


def test_removing_an_experiment_does_not_close_its_images(
    tmp_path: Path, options: RunOptions
) -> None:
    """Run, looked at, removed and run again, it is the second to see them, and the third."""
    file = write(tmp_path, EXPERIMENT)
    listener = Listener()
    for place in (1, 2, 3):
        run_experiment(file, options, listener)
        caveats = plain(compare(options.runs, "e").document)["caveats"]
        told = f"of {place} experiments here that opened these test images, {place - 1} of them"
        assert any(told in sentence for sentence in caveats) is (place > 1)
        remove_study(options.runs, "e", None)
    assert any("2 experiments here have opened them before" in line for line in listener.lines)
    kept = RunsFolder(options.runs).ledger().removed_openings()
    assert list(kept) == ["e, removed", "e, removed (2)", "e, removed (3)"]
    assert RunsFolder(options.runs).ledger().names() == ()


def test_removing_says_nothing_of_optuna(tmp_path: Path, options: RunOptions) -> None:
    """The command prints its own line alone."""
    run_experiment(write(tmp_path, EXPERIMENT), options, Listener())
    command = [sys.executable, "-m", "fashion_bench", "study", "rm", "e", "--yes", "--runs"]
    said = subprocess.run([*command, options.runs], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("e is removed.\n", "")
