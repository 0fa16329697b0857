"""The metric that a file names, and what is scored from the predictions that were kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.scoring import figures_of, temperature_of
from fashion_bench.app.api import differences
from fashion_bench.app.compare import compare
from fashion_bench.app.figures import write_figures
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.studies import Data, Experiment
from fashion_bench.data import synthetic
from fashion_bench.errors import DataError, FashionBenchError, MachineError, SpecError, StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.training.checkpoint import read_checkpoint
from fashion_bench.training.loop import rows_of
from fashion_bench.training.predict import predict
from fashion_bench.training.predictions import read_predictions
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write

SIX = ("seeds = [1, 2]", "seeds = [1, 2, 3, 4, 5, 6]")
OWN = """import numpy as np
def score(logits, labels):
    right = logits.argmax(1) == labels
    return {returned}
"""


def with_metric(folder: Path, metric: str, returned: str = "2 * right.mean()") -> Path:
    """Write an experiment of six seeds that is decided by a metric, and one of the user's."""
    (folder / "m.py").write_text(OWN.format(returned=returned))
    return write(folder, EXPERIMENT, SIX, ('model = "mlp"', f'model = "mlp"\nmetric = "{metric}"'))


def forget_figures(options: RunOptions, study: StudyRecord) -> None:
    """Bring an experiment to what earlier versions kept: accuracy and loss."""
    ledger = RunsFolder(options.runs).ledger()
    for arm in study.arms:
        ledger.score(
            "e",
            arm,
            {
                trial.trial_id: {
                    name: replace(score, temperature=None, figures={})
                    for name, score in trial.tests.items()
                }
                for trial in study.of_arm(arm)
            },
        )


def test_everything_is_scored_when_the_images_are_open(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """The figures are those of the predictions, the temperature of the validation images."""
    study = run_experiment(write(tmp_path, EXPERIMENT), options, listener).study
    images = synthetic.draw_images("train", 60_000)
    files = RunsFolder(options.runs).files("e")
    for trial in study.trials:
        assert trial.test is not None
        rows = rows_of([trial.config], len(images.labels)).valid[0]
        network = read_checkpoint(files.checkpoint(trial.trial_id)).network
        validation = replace(images, pixels=images.pixels[rows], labels=images.labels[rows])
        temperature = temperature_of(predict(network, validation))
        said = read_predictions(
            files.predictions(trial.trial_id, "plain"), trial.test.predictions_sha256
        )
        assert trial.test.temperature == temperature is not None
        assert trial.test.figures == figures_of(said, temperature)


def test_the_file_says_what_decides(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """A metric of the user's: run, kept with the study, told first; a trial's value stays."""
    study = run_experiment(with_metric(tmp_path, "m.py:score"), options, listener).study
    (code,) = study.plan.code
    for trial in study.trials:
        assert trial.test is not None
        assert trial.test.figures[code.name] == pytest.approx(2 * trial.test.accuracy)
        assert trial.value == trial.best.valid_accuracy  # type: ignore[union-attr]
    (tmp_path / "m.py").unlink()
    compared = compare(options.runs, "e")
    first, second, *_ = compared.comparisons
    assert (first.primary, first.metric) == (True, f"test_{code.name}")
    assert second.metric == "test_accuracy"
    assert first.differences == pytest.approx([2 * each for each in second.differences])
    assert "in test score: the difference is" in compared.document.answer


def test_what_decides_may_change_and_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener, request: pytest.FixtureRequest
) -> None:
    """It is scored from what was kept, with the images closed; `compare` tells the change."""
    first = run_experiment(with_metric(tmp_path, "accuracy"), options, listener).study
    request.getfixturevalue("refuse_test_images")
    now = run_experiment(with_metric(tmp_path, "m.py:score"), options, listener).study
    assert now.openings == first.openings
    compared = compare(options.runs, "e")
    assert compared.comparisons[0].metric.startswith("test_m.py:score#")
    assert (
        "metric was changed from 'accuracy' to 'm.py:score' when the results of 12 trials were "
        "known" in plain(compared.document)["caveats"]
    )


def test_what_was_measured_before_is_told_from_its_predictions(
    tmp_path: Path, options: RunOptions, listener: Listener, request: pytest.FixtureRequest
) -> None:
    """All but temperatures, which the same command adds with the images closed."""
    file = write(tmp_path, EXPERIMENT, SIX)
    study = run_experiment(file, options, listener).study
    whole = compare(options.runs, "e").comparisons
    forget_figures(options, study)
    told = {one.metric: one for one in compare(options.runs, "e").comparisons}
    assert "test_ece" in told
    assert "test_refinement" not in told
    (caveat,) = [
        sentence
        for sentence in plain(compare(options.runs, "e").document)["caveats"]
        if "temperature" in sentence
    ]
    assert caveat.startswith("calibration is told without 12 of 12 networks")
    request.getfixturevalue("refuse_test_images")
    run_experiment(file, options, listener)
    assert compare(options.runs, "e").comparisons == whole
    assert "temperature" not in " ".join(plain(compare(options.runs, "e").document)["caveats"])


def test_without_predictions_accuracy_is_told_and_the_rest_is_refused(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """One line that names the file, by a run as well; what needs no logits is compared."""
    study = run_experiment(write(tmp_path, EXPERIMENT), options, listener).study
    forget_figures(options, study)
    lost = RunsFolder(options.runs).files("e").predictions("e.none-0", "plain")
    lost.unlink()
    with pytest.raises(MachineError, match=r"are not there \(given: 'e\.none-0\.npz'\)"):
        run_experiment(write(tmp_path, EXPERIMENT), options, listener)
    assert compare(options.runs, "e").comparisons[0].metric == "test_accuracy"
    file = write(tmp_path, EXPERIMENT, ('model = "mlp"', 'model = "mlp"\nmetric = "brier"'))
    forget_figures(options, study)
    with pytest.raises(DataError, match=r"e\.none-0\.npz: cannot be read .*--again"):
        run_experiment(file, options, listener)
    with pytest.raises(StudyError, match=r"e: has no test Brier score \(.*cannot be read") as told:
        compare(options.runs, "e")
    assert told.value.exit_code == 2
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ("nothing", r"m\.py:score: fails: NameError"),
        ("right", r"m\.py:score: returns no number \(given: 'ndarray'\)"),
        ("None", r"m\.py:score: returns no number \(given: 'NoneType'\)"),
        ("float('inf')", r"m\.py:score: is not finite \(given: inf\)"),
    ],
)
def test_a_metric_that_is_none_is_refused_before_anything_is_kept(
    tmp_path: Path, options: RunOptions, listener: Listener, returned: str, says: str
) -> None:
    """One line, exit 2, that names the file and the key."""
    with pytest.raises(FashionBenchError, match=f"e.toml: metric: {says}") as told:
        run_experiment(with_metric(tmp_path, "m.py:score", returned), options, listener)
    assert told.value.exit_code == 2
    assert "e" not in RunsFolder(options.runs).ledger().names()


def test_a_metric_that_fails_on_the_real_predictions_is_one_line(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """What was measured stays; mended under another digest it is scored without an opening."""
    fails = "right.mean() if len(labels) < 5_000 else []"
    with pytest.raises(SpecError, match=r"m\.py:score: returns no number \(given: 'list'\)"):
        run_experiment(with_metric(tmp_path, "m.py:score", fails), options, listener)
    study = RunsFolder(options.runs).ledger().read("e")
    assert all(trial.test is not None for trial in study.trials)
    with pytest.raises(StudyError, match="has no test score"):
        compare(options.runs, "e")
    run_experiment(with_metric(tmp_path, "ece"), options, listener)
    assert compare(options.runs, "e").comparisons[0].metric == "test_ece"


@pytest.mark.parametrize("metric", ["worst_class", "macro_f1"])
@pytest.mark.parametrize(
    ("test", "valid", "says"),
    [
        (3, 20, r"needs test images of every class, and of class d there are none"),
        (4, 3, r"needs validation images of all 4 classes \(given: '3 images'\)"),
        (4, 4, r"needs validation images with split seed 1 of every class, and of class "),
    ],
)
def test_a_class_that_is_never_seen_has_no_worst(
    tmp_path: Path, metric: str, test: int, valid: int, says: str
) -> None:
    """Refused before anything is trained, in one line with the name of the class."""
    random = np.random.default_rng(0)
    images, labels = random.random((120, 6, 6)).astype("float32"), np.arange(120) % 4
    few = Data(
        train=(images, labels), test=(images[:60], np.arange(60) % test), names=tuple("abcd")
    )
    asked = Experiment(
        name="classes",
        metric=metric,
        data=few,
        epochs=1,
        seeds=[1, 2],
        fixed={"train_images": 90, "valid_images": valid},
        arms={"none": {"dropout": 0.0}, "dropout": {"dropout": 0.2}},
        runs=tmp_path / "runs",
    )
    with pytest.raises(SpecError, match=rf"metric: {says}") as refused:
        asked.run(workers=1, device="cpu")
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def half_right(logits: np.ndarray, labels: np.ndarray) -> float:  # type: ignore[type-arg]
    """Return half the accuracy; a metric of a script."""
    return float((logits.argmax(1) == labels).mean()) / 2


def test_a_script_may_hand_its_metric_over(tmp_path: Path) -> None:
    """It decides, its pictures have plain names, and a reader of the folder needs no source."""
    asked = Experiment(
        name="own",
        metric=half_right,
        margin=0.5,
        data="digits",
        epochs=1,
        seeds=6,
        arms={"none": {"dropout": 0.0}, "dropout": {"dropout": 0.2}},
        runs=tmp_path / "runs",
    )
    asked.run(workers=1, device="cpu", no_mlflow=True)
    table = differences(asked.record)
    assert table["metric"][0].startswith("test_test_metrics:half_right#")
    assert (table["margin"][0], table["margin"][1:].isna().all()) == (0.5, True)
    told = compare(tmp_path / "runs", "own").document.answer
    assert "in test half_right: less than 0.5000 either way" in told
    names = {path.name for path in write_figures(asked.record, tmp_path / "figures")}
    assert "own-differences_test_half_right.png" in names
