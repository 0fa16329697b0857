"""Experiments that are looked at as they come in, and files whose reading changes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.analysis.comparison import settled_after
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.api import differences
from fashion_bench.app.compare import compare
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment
from fashion_bench.app.studies import Experiment
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.rng import drawn_seeds
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.rows import Row
from tests.app.conftest import Listener, killed_after
from tests.app.small_files import EXPERIMENT, write

LOOKS = ("seeds = [1, 2]", "seeds = { at_most = 12, look = 2 }")
MORE = ("seeds = [1, 2]", "seeds = { at_most = 20, look = 2 }")
# A rate of next to nothing leaves the network at chance, so few seeds settle it.
RATES = ("dropout = 0.0\n[arms.dropout]\ndropout = 0.3", "lr = 1e-2\n[arms.dropout]\nlr = 1e-8")
EQUAL = ("dropout = 0.3", "dropout = 0.01")


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [(t.trial_id, t.config.seed, t.value, t.checkpoint_sha256) for t in study.trials]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    """The experiment with looks as it is when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("whole")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    return run_experiment(write(folder, EXPERIMENT, LOOKS, RATES), options, Listener()).study


def test_the_look_that_settles_ends_it(
    tmp_path: Path, options: RunOptions, listener: Listener, whole: StudyRecord
) -> None:
    """Then the test images are opened, once; given again, or for more seeds, it trains nothing."""
    file = write(tmp_path, EXPERIMENT, LOOKS, RATES)
    study = run_experiment(file, options, listener).study
    seeds = settled_after(study)
    assert seeds is not None
    assert 6 <= seeds < 12
    assert listed(study) == listed(whole)
    assert [trial.config.seed for trial in study.of_arm("none")] == [*drawn_seeds("e", seeds)]
    assert (study.planned, len(study.trials), len(study.openings)) == (24, 2 * seeds, 1)
    assert all(trial.test is not None for trial in study.trials)
    assert listener.lines[-2:] == [
        f"settled by the look after {seeds} of at most 12 seeds",
        "Opening the 10,000 test images, which is allowed once.",
    ]
    for changes in ((LOOKS, RATES), (MORE, RATES)):
        again = run_experiment(write(tmp_path, EXPERIMENT, *changes), options, listener)
        assert (again.trained, len(again.study.openings)) == (0, 1)
        assert again.study.trials == study.trials
    assert "dropout is worse than none" in repr(Experiment.load("e", runs=options.runs).compare())


def test_it_ends_there_for_any_number_of_workers(
    tmp_path: Path, options: RunOptions, whole: StudyRecord
) -> None:
    """What more workers could train ahead is not recorded."""
    file = write(tmp_path, EXPERIMENT, LOOKS, RATES)
    two = run_experiment(file, replace(options, workers=2), Listener()).study
    assert listed(two) == listed(whole)


@pytest.mark.parametrize("generation", [1, 2])
def test_a_kill_between_looks_changes_nothing(
    tmp_path: Path, options: RunOptions, whole: StudyRecord, generation: int
) -> None:
    """Killed as a generation is recorded, before the look that ends it or at it, it goes on."""
    file = write(tmp_path, EXPERIMENT, LOOKS, RATES)
    with killed_after(generation):
        run_experiment(file, options, Listener())
    study = run_experiment(file, options, Listener()).study
    assert listed(study) == listed(whole)
    assert len(study.openings) == 1


def test_without_a_look_that_settles_all_seeds_are_trained(
    tmp_path: Path, options: RunOptions
) -> None:
    """Once the test images have been seen, more seeds are another experiment."""
    looks = ("seeds = [1, 2]", "seeds = { at_most = 6, look = 3 }")
    study = run_experiment(write(tmp_path, EXPERIMENT, looks, EQUAL), options, Listener()).study
    assert settled_after(study) is None
    assert (len(study.trials), len(study.openings)) == (12, 1)
    more = ("seeds = [1, 2]", "seeds = { at_most = 9, look = 3 }")
    with pytest.raises(StudyError, match="e: has opened the test images, and more seeds would"):
        run_experiment(write(tmp_path, EXPERIMENT, more, EQUAL), options, Listener())


def test_a_partial_planned_experiment_has_no_verdict(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Neither in what compare prints, nor as JSON, nor in Python, though the arms are far apart."""
    seeds = ("seeds = [1, 2]", "seeds = 12")
    file, append = write(tmp_path, EXPERIMENT, seeds, RATES), Ledger.append

    def first_alone(self: Ledger, rows: Sequence[Row]) -> None:
        append(self, rows)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "append", first_alone)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, options, listener)
    compared = compare(options.runs, "e")
    assert len(compared.study.of_arm("none")) == 6
    data = json.dumps(plain(compared.document))
    assert "not yet" in data
    shown = repr(Experiment.load("e", runs=options.runs).compare())
    for word in ("better", "worse", "cannot tell:", "no difference"):
        assert word not in data
        assert word not in shown
    assert set(differences(compared.study)["verdict"]) == {"not yet"}


def test_how_it_is_read_may_change_and_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """No trial changes; once results are known, each change is kept and told, in its order."""
    plan = [
        (),
        (("epochs = 1", "margin = 0.5\nepochs = 1"),),
        (("epochs = 1", "margin = 3\nepochs = 1"), ("does it reach", "did it reach")),
    ]
    studies = [
        run_experiment(write(tmp_path, EXPERIMENT, *changes), options, listener).study
        for changes in plan
    ]
    first, _, last = studies
    assert last.trials == first.trials
    assert len(last.openings) == 1
    assert (last.plan.margin, last.question) == (3, "What did it reach?")
    assert [(one.key, one.before, one.now, one.trials) for one in last.amendments] == [
        ("margin", None, 0.5, 4),
        ("question", "What does it reach?", "What did it reach?", 4),
        ("margin", 0.5, 3, 4),
    ]
    told = plain(compare(options.runs, "e").document)["caveats"]
    assert "margin was changed from none to 0.5 when the results of 4 trials were known" in told
    assert "margin was changed from 0.5 to 3.0 when the results of 4 trials were known" in told


def test_before_any_result_there_is_nothing_to_tell(tmp_path: Path, options: RunOptions) -> None:
    """A margin that was named before a trial had finished is the margin."""

    def stopped(self: Ledger, rows: Sequence[Row]) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "append", stopped)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(write(tmp_path, EXPERIMENT), options, Listener())
    named = write(tmp_path, EXPERIMENT, ("epochs = 1", "margin = 0.5\nepochs = 1"))
    study = run_experiment(named, options, Listener()).study
    assert (study.plan.margin, study.amendments) == (0.5, ())


def test_python_takes_what_a_file_takes(tmp_path: Path) -> None:
    """Seeds as a number or as looks, and a margin."""

    def asked(**given: object) -> str:
        arms = {"a": {"dropout": 0.0}, "b": {"dropout": 0.5}}
        return Experiment("e", arms=arms, runs=tmp_path, **given).toml  # type: ignore[arg-type]

    assert "seeds = 10\n" in asked(seeds=10)
    told = asked(seeds={"at_most": 30, "look": 2}, margin=0.5)
    assert "[seeds]\nat_most = 30\nlook = 2\n" in told
    assert "margin = 0.5\n" in told
    assert "seeds = [4, 5]\n" in asked(seeds=range(4, 6))


def test_a_margin_that_decides_when_looks_end_stays(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Another one would have ended elsewhere, after the test images were seen."""
    run_experiment(write(tmp_path, EXPERIMENT, LOOKS, RATES), options, listener)
    narrow = (LOOKS[0], f"margin = 0.1\n{LOOKS[1]}")
    with pytest.raises(StudyError, match="differs from what was stored, in margin"):
        run_experiment(write(tmp_path, EXPERIMENT, narrow, RATES), options, listener)
