"""Tests of ``app/measure.py``, through experiments that are run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fashion_bench.app import work
from fashion_bench.app.measure import measure
from fashion_bench.app.run import How, run_experiment, run_study
from fashion_bench.app.workplace import Workplace
from fashion_bench.data import Images, load_test, synthetic
from fashion_bench.errors import CheckpointError
from fashion_bench.records import Outcome, Progress, Segment, TestScore
from fashion_bench.search.ledger import Ledger, Row
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import load_experiment
from fashion_bench.training.checkpoint import Store, read_checkpoint
from fashion_bench.training.loop import score_network
from fashion_bench.training.segment import train_segment
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, write

pytestmark = pytest.mark.usefixtures("without_mlflow")

OPENING = "Opening the 10,000 test images, for the one time."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An experiment of two arms and two seeds."""
    return write(tmp_path, EXPERIMENT)


@pytest.fixture
def refuse_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for test images fails."""
    real = synthetic.draw_images

    def draw(part: str, images: int) -> object:
        assert part == "train", "the test images were opened"
        return real("train", images)

    monkeypatch.setattr(synthetic, "draw_images", draw)


def test_every_checkpoint_is_scored_as_it_is_on_the_disk(
    file: Path, how: How, listener: Listener
) -> None:
    """After training the test images are opened, and the scores are those of the checkpoints."""
    study = run_experiment(file, how, listener).study
    assert listener.lines == ["begun after 0", "finished 4", OPENING]
    images = load_test("synthetic", Path())
    for trial in study.trials:
        path = Workplace(how.runs).store("e").checkpoint(trial.trial_id)
        loss, accuracy = score_network(read_checkpoint(path).network, images)
        assert trial.test is not None
        assert trial.test.accuracy == accuracy
        assert trial.test.loss == pytest.approx(loss, abs=1e-5)
        assert trial.test.images == 10_000


def test_run_again_it_opens_nothing(
    file: Path, how: How, listener: Listener, request: pytest.FixtureRequest
) -> None:
    """What was measured is not measured again: the images stay closed, the scores as they were."""
    first = run_experiment(file, how, listener).study
    request.getfixturevalue("refuse_test_images")
    again = run_experiment(file, how, listener)
    assert again.study == first
    assert again.trained == 0
    assert listener.lines.count(OPENING) == 1


def test_killed_while_it_measures_it_goes_on(
    file: Path, how: How, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An arm that was scored keeps its scores; the others are scored by the same command."""
    real = Ledger.score
    scored: list[str] = []

    def die_at_the_second(
        self: Ledger, name: str, arm: str, scores: Mapping[str, TestScore]
    ) -> None:
        if scored:
            raise KeyboardInterrupt
        scored.append(arm)
        real(self, name, arm, scores)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "score", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, how, listener)
    before = Workplace(how.runs).ledger().read("e")
    assert [trial.test is None for trial in before.trials] == [False, False, True, True]

    after = run_experiment(file, how, listener).study
    assert after.of_arm("none") == before.of_arm("none")
    assert all(trial.test is not None for trial in after.trials)


def test_nothing_is_measured_before_all_are_trained(
    file: Path, how: How, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a trial still lacking in the ledger, the images stay closed."""
    real = Ledger._append

    def die_at_the_last(self: Ledger, row: Row) -> None:
        if row.record.trial_id == "e.dropout-1":
            raise KeyboardInterrupt
        real(self, row)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_append", die_at_the_last)
        with pytest.raises(KeyboardInterrupt):
            run_experiment(file, how, listener)
    workplace = Workplace(how.runs)
    plan = plan_of(load_experiment(file), file)
    measure(workplace.ledger(), workplace.store("e"), plan, Path(), listener.say)
    assert OPENING not in listener.lines
    assert [trial.test for trial in workplace.ledger().read("e").trials] == [None] * 3


def test_a_checkpoint_that_is_gone_is_told_before_the_images_are_opened(
    file: Path,
    how: How,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Nothing is measured where something cannot be; the line names the file."""
    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.app.run.measure", lambda *_: None)
        run_experiment(file, how, listener)
    path = Workplace(how.runs).store("e").checkpoint("e.dropout-1")
    path.unlink()
    request.getfixturevalue("refuse_test_images")
    with pytest.raises(CheckpointError, match=r"dropout-1\.pt: cannot be read"):
        run_experiment(file, how, listener)
    assert all(trial.test is None for trial in Workplace(how.runs).ledger().read("e").trials)


def test_a_trial_that_failed_is_not_measured(
    tmp_path: Path, how: How, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights it had reached at a rung are no result of its configuration."""
    file = write(tmp_path, EXPERIMENT, ("epochs = 1", "epochs = 2\nrungs = [1, 2]"))

    def fail_late(
        segment: Segment, images: Images, store: Store, device: str
    ) -> tuple[Progress, ...]:
        if segment.until_epoch == 2 and segment.trials[0].trial_id == "e.none-0":
            raise RuntimeError("broken")
        return train_segment(segment, images, store, device)

    monkeypatch.setattr(work, "train_segment", fail_late)
    trials = run_experiment(file, how, listener).study.trials
    assert trials[0].outcome is Outcome.FAILED
    assert trials[0].checkpoint_sha256 is not None
    assert [trial.test is None for trial in trials] == [True, False, False, False]


def test_searching_never_opens_the_test_images(
    tmp_path: Path, how: How, listener: Listener, refuse_test_images: None
) -> None:
    """A study runs to its end without them."""
    study = run_study(write(tmp_path), how, listener).study
    assert len(study.trials) == 8
    assert all(trial.test is None for trial in study.trials)
