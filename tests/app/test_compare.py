"""Tests of ``app/compare.py``, through experiments that are run."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import numpy as np
import pytest

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import Verdict
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.compare import compare
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.errors import StudyError
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write

# At this rate an arm learns nothing in an epoch, so that the other is ahead at every seed.
SLOW = (
    ("dropout = 0.0", "lr = 1e-2"),
    ("[arms.dropout]\ndropout = 0.3", "[arms.slow]\nlr = 1e-6"),
    ("[1, 2]", '[1, 2, 3, 4, 5, 6]\ntests = ["plain", "rotated"]'),
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an experiment of six seeds, measured on both sets of test images."""
    folder = tmp_path_factory.mktemp("measured")
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    run_experiment(write(folder, EXPERIMENT, *SLOW), options, Listener())
    return folder / "runs"


@pytest.fixture
def runs(tmp_path: Path, measured: Path) -> Path:
    """A copy of that folder, to be written to."""
    return Path(copytree(measured, tmp_path / "runs"))


def told(runs: Path, name: str) -> Any:
    """Return what is told of a comparison, as plain data."""
    return plain(compare(runs, name).document)


def by_metric(runs: Path) -> dict[Metric, Comparison]:
    """Return the comparisons of its two arms."""
    return {one.metric: one for one in compare(runs, "e").comparisons}


def test_an_experiment_is_answered_from_what_is_kept(measured: Path) -> None:
    """Every metric by seed, and the images from the predictions: both means are the same."""
    found = by_metric(measured)
    assert list(found) == [
        "test_accuracy",
        "test_loss",
        "test_rotated_accuracy",
        "test_rotated_loss",
        "valid_accuracy",
        *(f"test_{name}" for name in FIGURES),
    ]
    for metric in (Metric.TEST_ACCURACY, Metric("test_rotated_accuracy")):
        one = found[metric]
        assert (one.a, one.b, one.seeds) == ("slow", "none", (1, 2, 3, 4, 5, 6))
        assert one.statistics is not None
        assert one.statistics.verdict is Verdict.WORSE
        assert one.images is not None
        assert (one.images.seeds, one.images.images) == (6, 10_000)
        assert one.images.mean == pytest.approx(np.mean(one.differences))
    assert told(measured, "e")["answer"].startswith("slow is worse than none by ")


FIGURES = ("macro_f1", "worst_class", "brier", "ece", "refinement", "calibration")


def _remove(file: Path) -> None:
    file.unlink()


def _change(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("harm", "why"), [(_remove, "cannot be read"), (_change, "is not the file that was recorded")]
)
def test_without_a_prediction_the_rest_is_told(
    runs: Path, harm: Callable[[Path], None], why: str
) -> None:
    """The error of those images is missing, and the file is named; the answer is the same."""
    before = told(runs, "e")
    file = runs / "trials" / "e" / "predictions" / "plain" / "e.slow-3.npz"
    harm(file)
    found = by_metric(runs)
    assert found[Metric.TEST_ACCURACY].images is None
    assert found[Metric.TEST_ACCURACY].images_problem.startswith(f"{file}: {why}")
    assert found[Metric("test_rotated_accuracy")].images is not None
    after = told(runs, "e")
    assert after["answer"] == before["answer"]
    assert after["caveats"][:-1] == before["caveats"]
    assert after["caveats"][-1].startswith(
        "test accuracy: the sampling error of its images is missing: "
    )


def test_experiments_of_two_files_are_compared(runs: Path, listener: Listener) -> None:
    """Seed by seed and image by image, each from its own folder of predictions."""
    options = RunOptions(runs=runs, device="cpu", workers=1, no_mlflow=True)
    other = (("hidden = 16", "hidden = 32"), ('name = "e"', 'name = "wide"'), SLOW[2])
    run_experiment(write(runs, EXPERIMENT, *other), options, listener)
    compared = compare(runs, "e", "wide")
    assert compared.study.arms == ("e.none", "slow", "wide.none", "dropout")
    told = {(one.a, one.b): one for one in compared.comparisons if one.metric == Metric.TEST_LOSS}
    assert told["wide.none", "slow"].seeds == (1, 2, 3, 4, 5, 6)
    accuracy = compared.comparisons[0]
    assert accuracy.images is not None
    assert accuracy.images.mean == pytest.approx(np.mean(accuracy.differences))
    assert any("hidden" in told for told in plain(compared.document)["caveats"])


def test_checkpoints_are_not_needed(runs: Path, measured: Path) -> None:
    """What was measured is compared without the weights."""
    rmtree(runs / "trials" / "e" / "checkpoints")
    assert told(runs, "e") == told(measured, "e")


def test_an_experiment_that_is_not_measured_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer, but what validation says."""
    monkeypatch.setattr("fashion_bench.app.run.measure", lambda *_, **__: None)
    run_experiment(write(tmp_path, EXPERIMENT), options, listener)
    compared = compare(options.runs, "e")
    assert [one.metric for one in compared.comparisons] == [Metric.VALID_ACCURACY]
    assert compared.answer == compared.document.answer
    assert plain(compared.document)["answer"] == (
        "Cannot tell: no trial of e has been measured on the test images."
    )


def test_a_study_is_explored(tmp_path: Path, options: RunOptions, listener: Listener) -> None:
    """No comparison, no verdict; the expected best of each arm."""
    run_study(write(tmp_path), options, listener)
    compared = compare(options.runs, "s")
    assert compared.comparisons == ()
    assert compared.answer == compared.document.answer
    assert plain(compared.document)["answer"].endswith(
        "To settle it: `fashion-bench study promote s`."
    )
    assert [one["arm"] for one in plain(compared.document)["expected_best"]] == ["none", "dropout"]


def test_an_unknown_name_is_told(measured: Path) -> None:
    """As by every command."""
    with pytest.raises(StudyError, match="holds no study of this name"):
        compare(measured, "f")
