"""Which checkpoints a study keeps: ``training/files.py``."""

from pathlib import Path

import pytest

from fashion_bench.plan import Keep
from fashion_bench.records import Outcome
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.files import drop_checkpoints, kept
from tests.analysis.conftest import failed, hopeless, make_study, make_trial

TRIALS = (
    make_trial((0.8,), arm="a", number=0),
    make_trial((0.9,), arm="a", number=1, outcome=Outcome.PRUNED),
    make_trial((0.9,), arm="a", number=2),
    hopeless(arm="a", number=3),
    make_trial((0.99,), arm="a", number=4, outcome=Outcome.FAILED),
    make_trial((0.5,), arm="b", number=0),
    failed(arm="b", number=1),
)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ("all", ["a-0", "a-1", "a-2", "a-3", "a-4", "b-0", "b-1"]),
        ("best", ["a-1", "b-0"]),
        (1, ["a-1", "b-0"]),
        (2, ["a-1", "a-2", "b-0"]),
        (100, ["a-1", "a-2", "a-0", "b-0"]),
    ],
)
def test_the_best_of_each_arm_are_kept(keep: Keep, expected: list[str]) -> None:
    """The best N of each arm stay, of equals the earlier; one without a result never does."""
    assert [trial.trial_id.removeprefix("made-up.") for trial in kept(TRIALS, keep)] == expected


def test_only_checkpoints_of_these_trials_are_removed(tmp_path: Path) -> None:
    """A checkpoint of a trial that is not yet recorded stays; one that is gone is no error."""
    store = CheckpointStore(tmp_path)
    there = ["made-up.a-0", "made-up.a-1", "made-up.b-0", "made-up.a-7"]
    for trial_id in there:
        path = store.checkpoint(trial_id)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    drop_checkpoints(store, TRIALS, "best")
    left = {path.stem for path in (tmp_path / "checkpoints").iterdir()}
    assert left == {"made-up.a-1", "made-up.b-0", "made-up.a-7"}


def test_an_experiment_keeps_all() -> None:
    """What a file does not say is kept."""
    assert make_study(kind="experiment").plan.checkpoints == "all"
