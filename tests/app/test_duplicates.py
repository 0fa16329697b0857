"""Tests of near-duplicates in ``app`` and ``analysis``, through experiments that are run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fashion_bench.analysis.comparison import Answers
from fashion_bench.analysis.duplicates import duplicates_told
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.app.compare import compare, predictions_of
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.data import duplicates
from fashion_bench.data.duplicates import near_duplicates
from fashion_bench.data.sets.digits import load
from fashion_bench.errors import DataError
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from tests.analysis.conftest import printed
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write

DIGITS = (
    ('source = "synthetic"\ntrain_images = 500', 'source = "digits"\ntrain_images = 300'),
    ("valid_images = 200", "valid_images = 100"),
)
UNKNOWN = (
    "which test images have a near-duplicate in training is not known: they are looked for while "
    "test images are open, for one set of images at a time"
)


def measured(folder: Path, options: RunOptions, name: str = "e") -> StudyRecord:
    """Return an experiment of two arms and two seeds, measured on digits."""
    file = write(folder, EXPERIMENT, *DIGITS, ('name = "e"', f'name = "{name}"'))
    return run_experiment(file, options, Listener()).study


def told(options: RunOptions, *names: str) -> Any:
    """Return what is told of a comparison, as plain data."""
    return plain(compare(Path(options.runs), *names).document)


def test_the_score_without_them_stands_beside_the_official_one(
    tmp_path: Path, options: RunOptions
) -> None:
    """With how many are left out; from what was predicted, so no test image is looked at again."""
    study = measured(tmp_path, options)
    near = near_duplicates(load("test", Path()), load("train", Path())).numpy()
    shown = told(options, "e")
    assert shown["near_duplicates"] == near.sum() == 7
    for arm, row in zip(study.arms, shown["without_duplicates"], strict=True):
        said = predictions_of(study.of_arm(arm), RunsFolder(Path(options.runs)), "plain")
        right = np.stack([one.right for _, one in said])
        assert (row["arm"], row["n"]) == (arm, 2)
        assert row["test_accuracy"]["mean"] == pytest.approx(right.mean())
        assert row["without_duplicates"]["mean"] == pytest.approx(right[:, ~near].mean())
        assert row["without_duplicates"]["sd"] == pytest.approx(right[:, ~near].mean(1).std(ddof=1))
    title = "Test accuracy without the 7 images that have a near-duplicate in training"
    assert title in " ".join(printed(compare(Path(options.runs), "e").document).split())


def test_they_are_looked_for_once(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one experiment found holds for every other that is measured on the same images."""
    measured(tmp_path, options)
    monkeypatch.setattr(duplicates, "near_duplicates", None)
    measured(tmp_path, options, "other")
    assert told(options, "other")["near_duplicates"] == 7
    assert told(options, "e", "other")["near_duplicates"] == 7
    assert len(told(options, "e", "other")["without_duplicates"]) == 4


@pytest.mark.parametrize("content", [None, b"", b'{"a": 1}', b"\xff"])
def test_what_is_not_known_is_told(
    tmp_path: Path, options: RunOptions, content: bytes | None
) -> None:
    """Of an experiment that was measured before, or whose file is gone or damaged."""
    study = measured(tmp_path, options)
    (file,) = (Path(options.runs) / "duplicates").iterdir()
    file.unlink() if content is None else file.write_bytes(content)
    shown = told(options, "e")
    assert UNKNOWN in shown["caveats"]
    assert "without_duplicates" not in shown
    if content is None:
        measured(tmp_path, options, "other")
        assert UNKNOWN not in told(options, study.name)["caveats"]


def test_images_that_differ_have_no_common_score(tmp_path: Path, options: RunOptions) -> None:
    """Joined experiments of different images are told so."""
    measured(tmp_path, options)
    synthetic = write(tmp_path, EXPERIMENT, ('name = "e"', 'name = "other"'))
    run_experiment(synthetic, options, Listener())
    assert told(options, "other")["near_duplicates"] == 0
    assert "without_duplicates" not in told(options, "other")
    caveats = told(options, "e", "other")["caveats"]
    assert UNKNOWN in caveats
    assert "mixed fidelity: source is digits in e, synthetic in other" in caveats
    assert caveats[-1].endswith(": the experiments were measured on different images")


def test_a_measuring_that_was_killed_looks_for_them(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command does it, in the opening that there was."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(duplicates, "near_duplicates", killed)
        with pytest.raises(KeyboardInterrupt):
            measured(tmp_path, options)
    assert len(measured(tmp_path, options).openings) == 1
    assert told(options, "e")["near_duplicates"] == 7


def test_without_train_images_the_rest_is_measured(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights of another machine are scored without the images that they were trained on."""
    real = Ledger.note_opening

    def gone(part: str, folder: Path) -> object:
        if part == "train":
            raise DataError("digits", "is not there", remedy="fetch it")
        return load("test", folder)

    def note(*given: Any) -> None:
        real(*given)
        monkeypatch.setattr("fashion_bench.data.sets.digits.load", gone)

    monkeypatch.setattr(Ledger, "note_opening", note)
    study = measured(tmp_path, options)
    assert all(trial.test for trial in study.trials)
    assert UNKNOWN in told(options, "e")["caveats"]


def test_all_may_be_repeats(tmp_path: Path, options: RunOptions) -> None:
    """Then no image is left for a score without them."""
    study = measured(tmp_path, options)
    every: Sequence[int] = range(360)
    right = {trial.trial_id: np.ones(360, dtype=np.bool_) for trial in study.trials}
    _, sentences = duplicates_told(study, Answers(right=right), every)
    assert sentences == ("all 360 test images have a near-duplicate in training",)
