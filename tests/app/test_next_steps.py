"""`fashion-bench` alone says what to type next; what is shipped goes on by its name."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.live import read_live, write_live
from fashion_bench.app.next_steps import next_steps
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.search import shipped
from tests.app.small_files import STUDY
from tests.finished import Finished, copy_runs
from tests.saying import Say
from tests.saying import say as say


def commands(told: str) -> list[str]:
    """The commands that a text tells, each on a line of its own."""
    return re.findall(r"^  (fashion-bench .+?)(?:   .*)?$", told, re.MULTILINE)


def test_in_an_empty_folder_a_first_study_is_named(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one that is shipped; nothing is made, and no line is wider than 80 columns."""
    monkeypatch.chdir(tmp_path)
    said = say()
    assert (said.code, said.told) == (0, "")
    assert commands(said.printed) == [
        "fashion-bench study run smoke",
        "fashion-bench compare smoke",
        "fashion-bench ui",
    ]
    assert "mlp_dropout_effect" in said.printed
    assert max(map(len, said.printed.splitlines())) <= 80
    assert not [*tmp_path.iterdir()]


def test_where_something_was_run_it_is_led_on(
    say: Say, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stopped goes on, what runs is looked at, and the newest is compared."""
    runs = copy_runs(finished.runs, tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    ended = ["compare e", "study list", "ui", "--help"]
    assert commands(say().printed) == [f"fashion-bench {one}" for one in ended]
    folder = RunsFolder(Path("runs"))
    live = read_live(folder, "s")
    assert live is not None
    write_live(folder, "s", replace(live, doing="training", command="fashion-bench study run s"))
    assert commands(next_steps(Path("runs")))[0] == "fashion-bench study run s"
    with folder.driving("s"):
        assert commands(next_steps(Path("runs")))[0] == "fashion-bench watch s"
    assert runs.exists()


def test_a_ledger_that_cannot_be_read_is_told(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for a folder in which nothing was run yet, as one without studies is."""
    monkeypatch.chdir(tmp_path)
    RunsFolder(Path("runs")).ledger()
    assert commands(say().printed)[0] == "fashion-bench study run smoke"
    Path("runs/ledger.db").write_bytes(b"no database" * 1000)
    said = say()
    assert (said.code, said.printed, len(said.told.splitlines())) == (1, "", 1)
    assert said.told.startswith("Error: runs/ledger.db: ")


def test_names_are_read_at_once_or_not_at_all(finished: Finished, tmp_path: Path) -> None:
    """The oldest first; of a folder without a ledger, and of a broken one, there are none."""
    assert RunsFolder(finished.runs).names() == ("s", "e")
    assert RunsFolder(tmp_path).names() == ()
    (tmp_path / "ledger.db").write_bytes(b"no database" * 1000)
    assert RunsFolder(tmp_path).names() == ()
    assert [*tmp_path.iterdir()] == [tmp_path / "ledger.db"]


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as a wheel has it, that ships the study `s`; returns that file."""
    file = tmp_path / "package" / "shipped" / "studies" / "s.toml"
    file.parent.mkdir(parents=True)
    file.write_text(STUDY)
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "package")
    return file


def test_what_is_shipped_goes_on_by_name(
    say: Say, finished: Finished, tmp_path: Path, wheel: Path
) -> None:
    """A study that was begun by a path has no trial added, and its command is the name from now."""
    runs = copy_runs(finished.runs, tmp_path / "runs")
    on = ("--runs", runs, "--device", "cpu", "--workers", "1", "--no-mlflow")
    run = say("study", "run", "s", *on, "--json")
    assert run.code == 0, run.told
    known = ("study", "show", "s", "--json", "--runs")
    assert say(*known, runs).printed == say(*known, finished.runs).printed
    live = read_live(RunsFolder(runs), "s")
    assert live is not None
    assert live.command == f"fashion-bench study run s --runs {runs}"
    wheel.write_text(STUDY.replace("seed = 3", "seed = 4"))
    other = say("study", "run", "s", *on)
    assert (other.code, other.told.splitlines()[-1].split(";")[0]) == (
        2,
        "Error: s: differs from what was stored, in seed",
    )


def test_a_shipped_study_that_was_not_run_is_told(
    say: Say, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command that runs it."""
    monkeypatch.chdir(tmp_path)
    for runs in ("runs", str(finished.runs)):
        said = say("compare", "smoke", "--runs", runs)
        assert said.code == 2
        assert "smoke: not run yet; fashion-bench study run smoke" in said.told
    assert not [*tmp_path.iterdir()]
