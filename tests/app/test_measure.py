"""Tests of ``app/measure.py``, through experiments that are run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from fashion_bench.app.measure import measure
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import TestSet
from fashion_bench.data import synthetic
from fashion_bench.data.images import Images
from fashion_bench.data.rotation import rotate
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Compute
from fashion_bench.errors import CheckpointError, SpecError
from fashion_bench.records import Outcome, Progress, Segment, TestScore
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import load_file
from fashion_bench.search.rows import Row
from fashion_bench.training.checkpoint import CheckpointStore, read_checkpoint
from fashion_bench.training.predictions import read_predictions
from fashion_bench.training.segment import train_segment
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write
from tests.training.scoring import score_network

OPENING = "Opening the 10,000 test images, which is allowed once."
BOTH = ("seeds = [1, 2]", 'seeds = [1, 2]\ntests = ["plain", "rotated"]')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An experiment of two arms and two seeds."""
    return write(tmp_path, EXPERIMENT)


def dying_at(place: int) -> Callable[..., None]:
    """Return a ``Ledger.score`` that is killed when the scores of the arm at this place come."""
    real, scored = Ledger.score, list[str]()

    def score(
        self: Ledger, name: str, arm: str, scores: Mapping[str, Mapping[TestSet, TestScore]]
    ) -> None:
        if len(scored) == place:
            raise KeyboardInterrupt
        scored.append(arm)
        real(self, name, arm, scores)

    return score


def openings_of_scores(options: RunOptions) -> list[int]:
    """Return which opening each trial's score is of, as the ledger has it."""
    trials = RunsFolder(options.runs).ledger().read("e").trials
    return [0 if trial.test is None else trial.test.opening for trial in trials]


def test_every_checkpoint_is_scored_as_it_is_on_the_disk(
    file: Path, options: RunOptions, listener: Listener
) -> None:
    """After training the test images are opened, and the scores are those of the checkpoints."""
    study = run_experiment(file, options, listener).study
    assert listener.lines[-3:] == ["begun after 0", "finished 4", OPENING]
    images = synthetic.draw_images("test", 10_000)
    for trial in study.trials:
        path = RunsFolder(options.runs).files("e").checkpoint(trial.trial_id)
        loss, accuracy = score_network(read_checkpoint(path).network, images)
        assert trial.test is not None
        assert trial.test.accuracy == accuracy
        assert trial.test.loss == pytest.approx(loss, abs=1e-5)
        assert trial.test.images == 10_000
        assert set(trial.tests) == {"plain"}


def test_a_second_test_is_measured_where_the_file_asks(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """The same opening scores the images as they are and rotated, and names both by digest."""
    study = run_experiment(write(tmp_path, EXPERIMENT, BOTH), options, listener).study
    plain = synthetic.draw_images("test", 10_000)
    rotated = rotate(plain)
    (opening,) = study.openings
    assert opening.digests == {"plain": plain.digest, "rotated": rotated.digest}
    for trial in study.trials:
        network = read_checkpoint(
            RunsFolder(options.runs).files("e").checkpoint(trial.trial_id)
        ).network
        assert trial.tests["plain"] == trial.test
        assert trial.tests["plain"].accuracy == score_network(network, plain)[1]
        assert trial.tests["rotated"].accuracy == score_network(network, rotated)[1]
        assert trial.tests["plain"] != trial.tests["rotated"]


def test_what_was_predicted_of_each_image_is_kept(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Of every trial and test set a file gives back the score, without the test images."""
    study = run_experiment(write(tmp_path, EXPERIMENT, BOTH), options, listener).study
    files = RunsFolder(options.runs).files("e")
    for trial in study.trials:
        for test_set, score in trial.tests.items():
            path = files.predictions(trial.trial_id, test_set)
            predictions = read_predictions(path, score.predictions_sha256)
            assert predictions.logits.shape == (10_000, 10)
            assert float(predictions.right.mean()) == score.accuracy
            assert float(predictions.losses.mean()) == score.loss


def test_an_opening_is_recorded(
    file: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger holds when and by which code they were opened; every score is of an opening."""
    monkeypatch.setattr("fashion_bench.app.measure.git_commit", lambda: "c0ffee")
    before = time.time()
    study = run_experiment(file, options, listener).study
    (opening,) = study.openings
    assert (opening.git_commit, opening.reason) == ("c0ffee", "")
    measured = [trial.test for trial in study.trials if trial.test is not None]
    assert len(measured) == 4
    assert {score.opening for score in measured} == {1}
    assert all(before < opening.opened_at <= score.measured_at for score in measured)


def test_who_opened_these_images_before_is_told(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """By the images, not by the file; not once more where the same experiment opens them again."""
    names = [('name = "e"', f'name = "e{place}"') for place in range(3)]
    for name in names:
        run_experiment(write(tmp_path, EXPERIMENT, name), options, listener)
    told = [line for line in listener.lines if line.startswith("Opening")]
    opening = "Opening the 10,000 test images, which is allowed once"
    assert told == [
        f"{opening}.",
        f"{opening}; 1 experiment here has opened them before.",
        f"{opening}; 2 experiments here have opened them before.",
    ]
    run_experiment(write(tmp_path, EXPERIMENT, names[0]), options, listener, "a slip")
    assert listener.lines[-1] == "Opening the 10,000 test images once more, time 2: a slip"


def test_a_reason_opens_them_once_more(file: Path, options: RunOptions, listener: Listener) -> None:
    """With --again everything is measured anew, and the ledger says how often and why."""
    first = run_experiment(file, options, listener).study
    second = run_experiment(file, options, listener, " a slip in\nthe rotation ").study
    assert listener.lines[-1] == (
        "Opening the 10,000 test images once more, time 2: a slip in the rotation"
    )
    assert [opening.reason for opening in second.openings] == ["", "a slip in the rotation"]
    assert second.openings[0] == first.openings[0]
    for before, after in zip(first.trials, second.trials, strict=True):
        assert before.test is not None
        assert after.test is not None
        assert after.test.measured_at > before.test.measured_at
        assert after.test == replace(before.test, opening=2, measured_at=after.test.measured_at)
    assert run_experiment(file, options, listener).study == second


def test_with_a_reason_the_first_time_is_the_first_time(
    file: Path, options: RunOptions, listener: Listener
) -> None:
    """An experiment that was never measured is trained and measured once; the reason is kept."""
    study = run_experiment(file, options, listener, "habit").study
    assert [opening.reason for opening in study.openings] == ["habit"]
    assert listener.lines[-1] == OPENING


def test_no_reason_opens_nothing(file: Path, options: RunOptions, listener: Listener) -> None:
    """An empty reason is refused before anything is done."""
    with pytest.raises(SpecError, match="--again: no reason; say why"):
        run_experiment(file, options, listener, " \n")
    assert not options.runs.exists()


def test_run_again_it_opens_nothing(
    file: Path, options: RunOptions, listener: Listener, request: pytest.FixtureRequest
) -> None:
    """What was measured is not measured again: the images stay closed, the scores as they were."""
    first = run_experiment(file, options, listener).study
    request.getfixturevalue("refuse_test_images")
    again = run_experiment(file, options, listener)
    assert again.study == first
    assert again.trained == 0
    assert listener.lines.count(OPENING) == 1


@pytest.mark.parametrize("arms", [0, 1])
def test_killed_while_it_measures_it_goes_on(
    file: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch, arms: int
) -> None:
    """The opening stands; scored arms keep their scores, the same command scores the others."""
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "score", dying_at(arms))
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, options, listener)
    before = RunsFolder(options.runs).ledger().read("e")
    assert openings_of_scores(options) == [1] * 2 * arms + [0] * 2 * (2 - arms)
    assert len(before.openings) == 1

    after = run_experiment(file, options, listener).study
    assert listener.lines[-1] == "Measuring goes on where it was stopped."
    figures = [trial.test for trial in after.trials[: 2 * arms]]
    assert [replace(s, figures={}, temperature=None) for s in figures if s] == [
        trial.test for trial in before.trials[: 2 * arms]
    ]
    assert openings_of_scores(options) == [1, 1, 1, 1]
    assert after.openings == before.openings


@pytest.mark.parametrize("then", [None, "new torch"], ids=["without it", "the same command"])
def test_killed_in_a_further_opening_it_goes_on_with_that(
    file: Path,
    options: RunOptions,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    then: str | None,
) -> None:
    """Given again or not, the reason opens nothing twice; all scores are of the second opening."""
    run_experiment(file, options, listener)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "score", dying_at(1))
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, options, listener, "new torch")
    assert openings_of_scores(options) == [2, 2, 1, 1]
    study = run_experiment(file, options, listener, then).study
    assert openings_of_scores(options) == [2, 2, 2, 2]
    assert [opening.reason for opening in study.openings] == ["", "new torch"]


def test_another_reason_is_another_opening(
    file: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A further opening that was killed does not swallow the reason for the next."""
    run_experiment(file, options, listener)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "score", dying_at(1))
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, options, listener, "new torch")
    study = run_experiment(file, options, listener, "a slip").study
    assert openings_of_scores(options) == [3, 3, 3, 3]
    assert [opening.reason for opening in study.openings] == ["", "new torch", "a slip"]


def test_nothing_is_measured_before_all_are_trained(
    file: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a trial still lacking in the ledger, the images stay closed."""
    real = Ledger.append

    def die_at_the_last(self: Ledger, rows: list[Row]) -> None:
        others = [row for row in rows if row.record.trial_id != "e.dropout-1"]
        real(self, others)
        if others != rows:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", die_at_the_last)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, options, listener)
    runs_folder = RunsFolder(options.runs)
    plan = load_file(file).plan
    store = CheckpointStore(runs_folder.files("e").folder)
    measure(runs_folder.ledger(), store, plan, Sources(Path(), Path()), listener.say)
    assert OPENING not in listener.lines
    assert [trial.test for trial in runs_folder.ledger().read("e").trials] == [None] * 3


def test_a_checkpoint_that_is_gone_is_told_before_the_images_are_opened(
    file: Path,
    options: RunOptions,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Nothing is measured where something cannot be; the line names the file."""
    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.app.run.measure", lambda *_, **__: None)
        run_experiment(file, options, listener)
    path = RunsFolder(options.runs).files("e").checkpoint("e.dropout-1")
    path.unlink()
    request.getfixturevalue("refuse_test_images")
    with pytest.raises(CheckpointError, match=r"dropout-1\.pt: cannot be read"):
        run_experiment(file, options, listener)
    assert all(trial.test is None for trial in RunsFolder(options.runs).ledger().read("e").trials)


def test_a_trial_that_failed_is_not_measured(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights it had reached at a rung are no result of its configuration."""
    file = write(tmp_path, EXPERIMENT, ("epochs = 1", "epochs = 2\nrungs = [1, 2]"))

    def fail_late(
        segment: Segment, images: Images, store: CheckpointStore, compute: Compute, *rest: Any
    ) -> tuple[Progress, ...]:
        if segment.until_epoch == 2 and segment.trials[0].trial_id == "e.none-0":
            raise RuntimeError("broken")
        return train_segment(segment, images, store, compute, *rest)

    monkeypatch.setattr("fashion_bench.training.segment.train_segment", fail_late)
    trials = run_experiment(file, options, listener).study.trials
    assert trials[0].outcome is Outcome.FAILED
    assert trials[0].checkpoint_sha256 is not None
    assert [trial.test is None for trial in trials] == [True, False, False, False]


def test_searching_never_opens_the_test_images(
    tmp_path: Path, options: RunOptions, listener: Listener, refuse_test_images: None
) -> None:
    """A study runs to its end without them."""
    study = run_study(write(tmp_path), options, listener).study
    assert len(study.trials) == 8
    assert all(trial.test is None for trial in study.trials)


def test_an_opening_by_an_unknown_commit_is_told(
    file: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git, what is known is the version of the package."""
    monkeypatch.setattr("fashion_bench.app.measure.git_commit", lambda: "unknown")
    study = run_experiment(file, options, listener).study
    told = f"By which commit is unknown: of fashion-bench {version('fashion-bench')}."
    assert listener.lines[-1] == told
    assert study.openings[0].git_commit == "unknown"
