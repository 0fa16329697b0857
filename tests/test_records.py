"""The records that cross a boundary."""

import pickle
from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.errors import SpecError
from fashion_bench.records import (
    Epoch,
    Outcome,
    Progress,
    Segment,
    StudyRecord,
    TrialRecord,
    best_epoch,
)
from tests.plans import make_plan

CONFIG = TrialConfig(recipe=Recipe(), arguments=(8, 8), hyper=Hyper(), seed=0, split_seed=0)


def make_epoch(number: int, valid_loss: float, *, diverged: bool = False) -> Epoch:
    """Return an epoch whose other figures follow from its number."""
    return Epoch(
        epoch=number,
        train_loss=1.0,
        train_accuracy=0.5,
        valid_loss=valid_loss,
        valid_accuracy=number / 10,
        seconds=2.0,
        ended_at=float(number),
        diverged=diverged,
    )


def make_record(history: tuple[Epoch, ...], arm: str = "a", number: int = 0) -> TrialRecord:
    """Return a finished trial with this history."""
    return TrialRecord(
        study="s",
        arm=arm,
        number=number,
        generation=0,
        trial_id=f"s.{arm}-{number}",
        config=CONFIG,
        params={"lr": 0.001},
        outcome=Outcome.COMPLETE,
        reason=Outcome.COMPLETE.sentence,
        history=history,
        checkpoint_sha256=None,
        ended_at=9.0,
    )


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, inf, nan]), max_size=8), st.booleans())
def test_the_best_epoch_has_the_lowest_validation_loss(losses: list[float], diverged: bool) -> None:
    """The earlier on a tie; epochs that diverged or have no finite loss do not count."""
    history = [make_epoch(i, loss) for i, loss in enumerate(losses, 1)]
    if diverged and history:
        history[-1] = replace(history[-1], diverged=True)
    sound = [e for e in history if not e.diverged and e.valid_loss < inf]
    best = best_epoch(history)
    if not sound:
        assert best is None
    else:
        lowest = min(epoch.valid_loss for epoch in sound)
        assert best is next(epoch for epoch in sound if epoch.valid_loss == lowest)


def test_the_value_of_a_trial_is_that_of_its_checkpoint() -> None:
    """The accuracy at the best epoch, not the highest and not the last."""
    record = make_record((make_epoch(1, 0.5), make_epoch(2, 0.4), make_epoch(3, 0.6)))
    assert record.best == record.history[1]
    assert record.value == 0.2
    assert record.seconds == 6.0


def test_processor_time_is_told_of_all_epochs_or_not_at_all() -> None:
    """A trial that was begun by a version which did not keep it has none, rather than a part."""
    old, new = make_epoch(1, 0.5), replace(make_epoch(2, 0.4), processor_seconds=1.5)
    assert make_record((new, replace(new, epoch=3))).processor_seconds == 3.0
    assert make_record((old, new)).processor_seconds is None
    assert make_record(()).processor_seconds == 0.0


def test_a_trial_that_never_trained_soundly_has_no_value() -> None:
    """No checkpoint, no value: neither a NaN nor a 0 stands in for one."""
    assert make_record(()).value is None
    assert make_record((make_epoch(1, 0.5, diverged=True),)).value is None


@pytest.mark.parametrize(
    ("history", "diverged"),
    [
        ((), False),
        ((make_epoch(1, 0.5),), False),
        ((make_epoch(1, 0.5), make_epoch(2, nan, diverged=True)), True),
    ],
)
def test_progress_has_diverged_when_its_last_epoch_has(
    history: tuple[Epoch, ...], diverged: bool
) -> None:
    """A history ends at the epoch that diverged."""
    assert Progress(trial_id="s.a-0", history=history).diverged is diverged


def test_a_segment_of_one_recipe_is_accepted() -> None:
    """Trials may differ in all but the recipe."""
    other = replace(CONFIG, arguments=(4, 4), hyper=Hyper(lr=1.0), seed=1, split_seed=1)
    trials = (Trial(trial_id="s.a-0", config=CONFIG), Trial(trial_id="s.a-1", config=other))
    assert Segment(trials=trials, until_epoch=3).from_epoch == 0


def test_a_segment_of_two_recipes_is_refused() -> None:
    """No tensor program could hold them."""
    other = replace(CONFIG, recipe=Recipe(batch_size=32))
    trials = (Trial(trial_id="s.a-0", config=CONFIG), Trial(trial_id="s.a-1", config=other))
    with pytest.raises(SpecError, match=r"^segment: its trials have different recipes; make"):
        Segment(trials=trials, until_epoch=3)


def test_an_arm_is_its_trials_in_order() -> None:
    """``of_arm`` picks by name and keeps the order."""
    trials = tuple(make_record((), arm, number) for arm in "ab" for number in range(3))
    study = StudyRecord(
        name="s",
        question="?",
        plan=make_plan("ab"),
        arms=("a", "b"),
        planned=6,
        trials=trials,
        created_at=0.0,
    )
    assert study.of_arm("b") == trials[3:]
    assert study.of_arm("c") == ()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_a_sentence(outcome: Outcome) -> None:
    """A reader is told what it means."""
    assert outcome.sentence[0].isupper()
    assert outcome.sentence.endswith(".")


def test_records_travel_between_processes() -> None:
    """A worker receives the segment that was sent, and the driver the progress."""
    segment = Segment(trials=(Trial(trial_id="s.a-0", config=CONFIG),), until_epoch=1)
    progress = Progress(trial_id="s.a-0", history=(make_epoch(1, 0.5),))
    assert pickle.loads(pickle.dumps((segment, progress))) == (segment, progress)
