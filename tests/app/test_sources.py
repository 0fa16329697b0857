"""An experiment that crosses seeds, from its file to its answer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.analysis.document import Placeholder, Table
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.tables import trials_table
from fashion_bench.analysis.views.study import show_document
from fashion_bench.app.api import differences
from fashion_bench.app.browse import read_study
from fashion_bench.app.compare import compare, ending
from fashion_bench.app.options import RunOptions
from fashion_bench.app.report import make_report
from fashion_bench.app.run import run_experiment
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.studies import Experiment
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.rng import crossed_seeds
from tests.app.conftest import Listener, killed_after
from tests.app.small_files import EXPERIMENT, write

SOURCES = ("seeds = [1, 2]", "seeds = { sources = 5 }")
ONE_ARM = ("[arms.none]\ndropout = 0.0\n", "")
MORE = ("seeds = [1, 2]", "seeds = { sources = 7 }")


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [(t.trial_id, t.config, t.value, t.checkpoint_sha256) for t in study.trials]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with such an experiment, of one arm."""
    folder = tmp_path_factory.mktemp("sources")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_experiment(write(folder, EXPERIMENT, SOURCES, ONE_ARM), options, Listener())
    return folder / "runs"


def test_its_trials_cross_the_seeds(runs: Path) -> None:
    """As the ledger has them, with test scores; tables and exports name all four."""
    study = read_study(runs, "e")
    assert (study.plan.sources, len(study.trials), study.planned) == (5, 25, 25)
    for trial in study.trials:
        assert trial.config.seeds == crossed_seeds("e", 5, trial.number)
        assert trial.test is not None
    table = trials_table(study)
    for source in ("seed", "split_seed", "order_seed", "dropout_seed"):
        assert sorted(table[source].value_counts()) == [5] * 5


def test_each_source_changes_what_comes_out(runs: Path) -> None:
    """In no row and no column of the square are two trainings alike."""
    study = read_study(runs, "e")
    assert len({trial.checkpoint_sha256 for trial in study.trials}) == 25
    assert len({trial.history[0].train_loss for trial in study.trials}) == 25


def test_the_answer_is_where_the_spread_comes_from(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In compare, in a run's ending and in the report, with the table; no arms are compared."""
    compared = compare(runs, "e")
    sentence = compared.document.answer
    assert sentence.startswith("Of the spread of ")
    assert "n = 25 trainings" in sentence
    assert compared.comparisons == ()
    assert ending(compared.study, RunsFolder(runs)).answer == sentence
    monkeypatch.setattr("fashion_bench.app.report.sections_of_experiment", lambda *_: ())  # slow
    report = make_report(runs, "e", None, lambda _: None)
    assert report.answer == sentence
    for document in (
        compared.document,
        ending(compared.study, RunsFolder(runs)),
        report,
        show_document(compared.study),
    ):
        assert sum("spread in test accuracy" in table.title for table in document.all(Table)) == 1
    assert not any("Differences" in one.what for one in report.all(Placeholder))
    told = json.loads(json.dumps(plain(compared.document), allow_nan=False))
    assert sum(row["share"] for row in told["sources"][:5]) == pytest.approx(1)
    assert differences(compared.study).empty


def test_a_kill_changes_nothing(tmp_path: Path, options: RunOptions, runs: Path) -> None:
    """Killed as its second generation is recorded, it tells nothing, and goes on to the same."""
    file = write(tmp_path, EXPERIMENT, SOURCES, ONE_ARM)
    with killed_after(1):
        run_experiment(file, options, Listener())
    stopped = compare(options.runs, "e")
    assert 0 < len(stopped.study.trials) < 25
    assert stopped.document.answer.startswith("Cannot tell yet")
    assert "sources" not in plain(stopped.document)
    two = run_experiment(file, replace(options, workers=2), Listener())
    assert listed(two.study) == listed(read_study(runs, "e"))
    assert run_experiment(file, options, Listener()).trained == 0


def test_another_square_is_another_experiment(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """More seeds would be other trials, not more of them."""
    run_experiment(write(tmp_path, EXPERIMENT, SOURCES, ONE_ARM), options, listener)
    with pytest.raises(StudyError, match=r"differs from what was stored, in seeds\.sources"):
        run_experiment(write(tmp_path, EXPERIMENT, MORE, ONE_ARM), options, listener)


def test_python_takes_it(tmp_path: Path) -> None:
    """As a mapping, like looks."""
    asked = Experiment("e", arms={"a": {"dropout": 0.5}}, runs=tmp_path, seeds={"sources": 7})
    assert "[seeds]\nsources = 7\n" in asked.toml
