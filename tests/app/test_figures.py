"""Tests of ``app/figures.py``; what the pictures show is tested with the pictures."""

from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.app import figures
from fashion_bench.app.browse import read_study
from fashion_bench.app.figures import MOST_PAIRS, comparison_figures, write_figures
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.sync import study_files
from fashion_bench.errors import MachineError
from fashion_bench.records import Outcome, StudyRecord
from tests.finished import Finished

PNG = b"\x89PNG"
OF_EXPERIMENT = ["differences_test_accuracy.png", "differences_valid_accuracy.png"]


@pytest.fixture
def study(finished: Finished) -> StudyRecord:
    """A study of two arms."""
    return read_study(finished.runs, "s")


@pytest.fixture
def experiment(finished: Finished) -> StudyRecord:
    """An experiment of two arms, measured."""
    return read_study(finished.runs, "e")


def test_pictures_are_written_into_a_folder(
    tmp_path: Path, study: StudyRecord, experiment: StudyRecord
) -> None:
    """Each named after its study, the folder made where there is none, and over old ones."""
    folder = tmp_path / "new" / "figures"
    names = [path.name for path in write_figures(experiment, folder)]
    names += [path.name for path in write_figures(study, folder)]
    assert names == [
        "e-arms.png",
        *(f"e-{name}" for name in OF_EXPERIMENT),
        "s-arms.png",
        "s-expected.png",
    ]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert all(path.read_bytes().startswith(PNG) for path in folder.iterdir())
    assert write_figures(study, folder)


def test_mlflow_gets_them_with_the_files_of_the_study(
    finished: Finished, study: StudyRecord, experiment: StudyRecord
) -> None:
    """Beside the tables and the other pictures."""
    runs_folder = RunsFolder(finished.runs)
    assert study_files(runs_folder, study).items() >= comparison_figures(study).items()
    assert study_files(runs_folder, experiment).keys() >= {*OF_EXPERIMENT, "arms.png"}


def test_nothing_is_drawn_of_nothing(study: StudyRecord, experiment: StudyRecord) -> None:
    """One arm, no trial, no value, no common seed: no empty picture."""
    one_arm = replace(experiment, arms=("none",), trials=experiment.of_arm("none"))
    lost = [replace(trial, outcome=Outcome.FAILED, tests={}) for trial in experiment.trials]
    for empty in (
        one_arm,
        replace(experiment, trials=()),
        replace(experiment, trials=tuple(lost)),
        replace(study, trials=()),
        replace(study, trials=tuple(replace(t, outcome=Outcome.FAILED) for t in study.trials)),
    ):
        assert comparison_figures(empty) == {}


@pytest.mark.parametrize(("arms", "rows"), [(10, MOST_PAIRS), (11, 10)])
def test_of_many_arms_those_with_the_first_are_drawn(
    experiment: StudyRecord, monkeypatch: pytest.MonkeyPatch, arms: int, rows: int
) -> None:
    """A picture of every pair of eleven arms would be taller than a screen."""
    drawn: list[tuple[list[Comparison], str]] = []

    def draw(_: str, comparisons: list[Comparison], *, quantity: str, interval: str) -> bytes:
        drawn.append((comparisons, interval))
        return quantity.encode()

    monkeypatch.setattr(figures, "draw_differences", draw)
    names = tuple(f"a{i}" for i in range(arms))
    trials = [replace(trial, arm=arm) for arm in names for trial in experiment.of_arm("none")]
    comparison_figures(replace(experiment, arms=names, trials=tuple(trials)))
    comparisons, interval = drawn[0]
    assert len(comparisons) == rows
    assert interval.endswith("; drawn: those with the first arm") is (arms == 11)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, study: StudyRecord) -> None:
    """A file in its place is one line."""
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(MachineError, match="cannot be written"):
        write_figures(study, tmp_path / "mine")
