"""What is removed is gone when that is said; who acts beside a removal looks again."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import optuna
import pytest
from filelock import FileLock
from mlflow import MlflowClient

from fashion_bench.app import browse
from fashion_bench.app.browse import read_study, remove_study
from fashion_bench.app.doctor import examine, repair
from fashion_bench.app.health.finding import Finding
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import open_mirror, sync
from fashion_bench.errors import MachineError, StudyError
from fashion_bench.search.headers import HEADER
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking import experiments
from fashion_bench.tracking.backend import tracking_uri
from fashion_bench.training.files import remove_whole
from tests.app.conftest import Listener
from tests.app.small_files import write
from tests.finished import Finished, copy_runs
from tests.saying import Say, say

__all__ = ["say"]


@pytest.fixture
def runs(tmp_path: Path, finished: Finished) -> Path:
    """A copy of the finished runs, MLflow's files included."""
    return copy_runs(finished.runs, tmp_path / "runs")


def problems(runs: Path) -> list[Finding]:
    """What the doctor says of studies, files and MLflow."""
    return [
        one
        for one in examine(runs, runs)
        if one.state == "problem" and one.about.split()[0] in {"study", "studies", "mlflow"}
    ]


def experiment_names(runs: Path) -> set[str]:
    """What MLflow shows."""
    return {one.name for one in MlflowClient(tracking_uri(runs)).search_experiments()} - {"Default"}


# Files that stay ---------------------------------------------------------------------------------


@pytest.fixture(params=["weights", "artifacts"])
def kept(request: pytest.FixtureRequest, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the study in which the system lets nothing be removed."""
    folder = "trials/s/checkpoints" if request.param == "weights" else "artifacts/s"
    held, unlink = (runs / folder).stat().st_ino, os.unlink

    def refuse(path: str, *, dir_fd: int | None = None) -> None:
        inside = Path(path).parent if dir_fd is None else Path(f"/proc/self/fd/{dir_fd}")
        if held in {inside.stat().st_ino, *(one.stat().st_ino for one in inside.resolve().parents)}:
            raise PermissionError(1, "Operation not permitted", path)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    return runs / folder


def test_what_stays_is_told_and_the_study_with_it(
    kept: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, say: Say, listener: Listener
) -> None:
    """Nothing is said to be removed; once it can be, the same command ends what it began."""
    said = say("study", "rm", "s", "--yes", "--runs", runs)
    assert (said.code, said.printed) == (1, "")
    assert "cannot be removed (given: 'Operation not permitted')" in said.told
    assert said.told.count("\n") == 1
    assert {one.name for one in browse.read_studies(runs)} == {"s", "e"}
    if "checkpoints" in str(kept):
        (found,) = problems(runs)
        assert found.says == f"{runs / 'trials' / '.removed-s'}: what its removal left"
        assert "`fashion-bench study rm s` again" in found.remedy
        with pytest.raises(StudyError, match=r"is half removed .*`fashion-bench study rm s`"):
            run_study(write(runs.parent), RunOptions(runs=runs, device="cpu"), listener)
    monkeypatch.undo()
    assert say("study", "rm", "s", "--yes", "--runs", runs).printed == "s is removed.\n"
    assert [one.name for one in browse.read_studies(runs)] == ["e"]
    assert [*runs.rglob("*s.none-0*"), *runs.rglob(".removed*")] == []
    assert problems(runs) == []


def test_files_are_removed_where_mlflow_has_no_database_any_more(runs: Path) -> None:
    """They are the study's all the same: its artifacts go with it, those of others stay."""
    for file in runs.glob("mlflow.db*"):
        file.unlink()
    remove_study(runs, "s")
    assert [path.name for path in (runs / "artifacts").iterdir()] == ["e"]


def test_what_a_link_leads_to_is_not_ours_to_remove(runs: Path, tmp_path: Path) -> None:
    """Weights that were moved to another disk are told of, and stay."""
    elsewhere = (runs / "trials" / "s").rename(tmp_path / "elsewhere")
    (runs / "trials" / "s").symlink_to(elsewhere)
    with pytest.raises(MachineError, match=f"trials/s: is a link .given: '{elsewhere}'.; remove"):
        remove_study(runs, "s")
    assert len(list((elsewhere / "checkpoints").iterdir())) == 8
    assert read_study(runs, "s").trials


def test_a_left_over_of_a_removal_is_removed_with_the_left_overs(runs: Path) -> None:
    """Its study is not in the ledger, so nobody can be told to give the command again."""
    remove_study(runs, "s")
    (runs / "trials" / ".removed-s" / "checkpoints").mkdir(parents=True)
    (runs / "trials" / ".removed-s" / "checkpoints" / "s.none-0.pt").touch()
    (found,) = problems(runs)
    assert found.fix == "leftovers"
    repair(runs, ["leftovers"], print)
    assert problems(runs) == []


def test_what_is_removed_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    """Put aside or not, of a folder and of a file nothing is left; of nothing, nothing is."""
    for name in ("folder", ".removed-folder"):
        (tmp_path / name / "inner").mkdir(parents=True)
    remove_whole(tmp_path / "folder")
    (tmp_path / "file").touch()
    remove_whole(tmp_path / "file")
    remove_whole(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


# Beside others -----------------------------------------------------------------------------------


def test_what_was_read_before_a_removal_is_not_sent_after_it(runs: Path) -> None:
    """A sync that had read the study says so, and neither experiment nor file is made."""
    runs_folder, study = RunsFolder(runs), read_study(runs, "s")
    mirror = open_mirror(runs_folder, study)
    remove_study(runs, "s")
    with pytest.raises(StudyError, match="s: was removed meanwhile"):
        sync(runs_folder, study, mirror)
    assert experiment_names(runs) == {"e"}
    assert not (runs / "artifacts" / "s").exists()


def test_a_study_begun_anew_is_not_removed_for_the_one_before(
    runs: Path, monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    """Two remove at once, and one runs the name anew in between: the other leaves that alone."""
    reading = browse.stages_to_remove

    def late(runs: Path, name: str) -> object:
        study = reading(runs, name)
        monkeypatch.undo()
        remove_study(runs, name)
        run_study(write(runs), RunOptions(runs=runs, device="cpu", no_mlflow=True), listener)
        return study

    monkeypatch.setattr(browse, "stages_to_remove", late)
    with pytest.raises(StudyError, match="was removed and begun anew meanwhile"):
        remove_study(runs, "s")
    assert len(list((runs / "trials" / "s" / "checkpoints").iterdir())) == 8


def test_of_two_removals_the_later_is_told(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had read the study; when it may act there is none."""
    reading = browse.stages_to_remove

    def late(runs: Path, name: str) -> object:
        study = reading(runs, name)
        monkeypatch.undo()
        remove_study(runs, name)
        return study

    monkeypatch.setattr(browse, "stages_to_remove", late)
    with pytest.raises(StudyError, match="holds no study of this name"):
        remove_study(runs, "s")


@pytest.mark.parametrize("does", ["removes", "attaches"])
def test_who_is_being_written_is_waited_for(
    does: str, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal, and a report's file, keep out of the way of who writes; not for ever."""
    study = read_study(runs, "s")
    act: dict[str, Callable[[], object]] = {
        "removes": lambda: remove_study(runs, "s"),
        "attaches": lambda: experiments.attach(runs, study, "a.txt", "a"),
    }
    with FileLock(runs / ".mlflow" / "s.lock"):
        monkeypatch.setattr(experiments, "BRIEFLY", 0)
        with pytest.raises(StudyError, match="s: is being written to MLflow by another process"):
            act[does]()
        monkeypatch.undo()
        waits = Thread(target=act[does])
        waits.start()
        assert len(read_study(runs, "s").trials) == 8
    waits.join()
    assert bool(list(runs.glob("artifacts/s/*/artifacts/a.txt"))) == (does == "attaches")


def test_who_reads_beside_a_removal_is_not_told_of_damage(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that had found the study says that there is none, not that the ledger is damaged."""
    ledger = Ledger(runs / "ledger.db")
    finding = ledger._study

    def late(key: str) -> object:
        found = finding(key)
        if key == "s.dropout":
            Ledger(runs / "ledger.db").remove("s")
        return found

    monkeypatch.setattr(ledger, "_study", late)
    with pytest.raises(StudyError, match="a study was removed meanwhile; look again"):
        ledger.read("s")


# Left by an earlier version ----------------------------------------------------------------------


def test_an_experiment_of_a_removed_study_is_told_and_its_name_freed(runs: Path) -> None:
    """The doctor names it; mended, the name can be run again, and MLflow can restore it."""
    client = MlflowClient(tracking_uri(runs))
    client.create_experiment("mine")  # of a person's: not touched
    Ledger(runs / "ledger.db").remove("s")
    remove_whole(runs / "trials" / "s")
    (found,) = problems(runs)
    assert (found.says, found.fix) == (
        "experiment s: of a study that the ledger does not hold",
        "mirror",
    )
    told: list[str] = []
    repair(runs, ["mirror"], told.append)
    assert "deleted in MLflow; `mlflow experiments restore -x " in told[0]
    assert problems(runs) == []
    assert experiment_names(runs) == {"e", "mine"}
    assert list(runs.glob("artifacts/s/*"))  # the ledger may be what is lost


# Records that cannot be read ---------------------------------------------------------------------


def test_a_study_whose_record_is_damaged_can_be_removed(runs: Path, say: Say) -> None:
    """It is told and hides no other; then it is gone, and the doctor frees its name in MLflow."""
    ledger = RunsFolder(runs).ledger()
    for arm in ledger._known("s").arms:
        ledger._set_attr(arm, HEADER, 3)
    said = say("study", "show", "s", "--runs", runs)
    assert (said.code, said.told.count("\n")) == (1, 1)
    assert "the ledger is damaged in study s" in said.told
    assert say("study", "rm", "s", "--yes", "--runs", runs).printed == "s is removed.\n"
    assert [one.name for one in browse.read_studies(runs)] == ["e"]
    assert not (runs / "trials" / "s").exists()
    repair(runs, ["mirror"], print)
    assert experiment_names(runs) == {"e"}


def test_a_removal_that_left_a_stage_alone_goes_on(runs: Path, say: Say) -> None:
    """Killed while it took a study out of the ledger, whose first stage was gone already."""
    ledger = RunsFolder(runs).ledger()
    for key in ledger._known("s").arms:
        study = optuna.load_study(study_name=key, storage=ledger._storage)
        header = {**study.user_attrs[HEADER], "study": "s.survey"}
        optuna.create_study(
            study_name=f"s.survey.{header['arm']}", storage=ledger._storage
        ).set_user_attr(HEADER, header)
        optuna.delete_study(study_name=key, storage=ledger._storage)
    assert say("study", "rm", "s", "--yes", "--runs", runs).printed == "s is removed.\n"
    assert ledger.names() == ("e",)
