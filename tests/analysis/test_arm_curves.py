from dataclasses import replace
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.arm_curves import QUANTITIES, Level, arm_curve, arm_scores, arm_sentence
from fashion_bench.records import Outcome, TestScore, TrialRecord
from tests.analysis.conftest import make_study, make_trial

VALID = QUANTITIES[0]
_FRACTIONS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def _trial(
    number: int, accuracies: list[float], outcome: Outcome = Outcome.COMPLETE
) -> TrialRecord:
    epoch = make_trial().history[0]
    history = tuple(
        replace(epoch, epoch=place, valid_accuracy=accuracy)
        for place, accuracy in enumerate(accuracies, 1)
    )
    return replace(make_trial(number=number), history=history, outcome=outcome)


@given(values=_FRACTIONS)
def test_a_level_is_of_all_its_values(values: list[float]) -> None:
    """The mean is the sum by the number, and half of the values lie between the quartiles."""
    level = Level.of(values)
    assert level.n == len(values)
    assert level.mean == pytest.approx(fsum(values) / len(values), abs=1e-12)
    assert min(values) <= level.lower_quartile <= level.upper_quartile <= max(values)
    between = sum(level.lower_quartile <= value <= level.upper_quartile for value in values)
    assert between >= len(values) / 2 - 1


def test_a_curve_is_of_those_that_were_trained_to_the_end() -> None:
    """A trial that was stopped, diverged or failed is at none of its epochs."""
    others = [o for o in Outcome if o is not Outcome.COMPLETE]
    trials = [
        _trial(0, [0.5, 0.6]),
        _trial(1, [0.7, 0.9]),
        *(_trial(2 + place, [0.1], outcome) for place, outcome in enumerate(others)),
    ]
    curve = arm_curve(trials, VALID)
    assert {epoch: (level.n, level.mean) for epoch, level in curve.items()} == {
        1: (2, 0.6),
        2: (2, 0.75),
    }
    assert (curve[2].lower_quartile, curve[2].upper_quartile) == pytest.approx((0.675, 0.825))
    assert arm_curve(trials[2:], VALID) == {}


def test_scores_are_of_each_set_of_test_images() -> None:
    """Accuracy and loss of each that was measured, over the trials that were."""
    score = TestScore(
        loss=0.4, accuracy=0.8, images=10, measured_at=0.0, opening=1, predictions_sha256="5ha"
    )
    trials = [
        replace(_trial(0, [0.5]), tests={"plain": score}),
        replace(_trial(1, [0.5]), tests={"plain": replace(score, accuracy=0.9)}),
        _trial(2, [0.5]),
    ]
    scores = arm_scores(trials, ("plain", "rotated"))
    assert {name: (level.n, round(level.mean, 6)) for name, level in scores.items()} == {
        "test_accuracy": (2, 0.85),
        "test_loss": (2, 0.4),
    }


def test_an_arm_is_told_in_a_sentence() -> None:
    """Mean, quartiles, how many of how many, and the best; or that none got to the end."""
    arm = make_trial().arm
    study = make_study(
        _trial(0, [0.5, 0.6]), _trial(1, [0.7, 0.9]), _trial(2, [0.9], Outcome.PRUNED)
    )
    assert arm_sentence(study, arm) == (
        f"{arm}: validation accuracy 0.7500 on average (quartiles 0.6750 to 0.8250) after epoch 2, "
        "over the 2 complete of 3 trials; the best has 0.7000."
    )
    none = make_study(_trial(2, [0.9], Outcome.PRUNED))
    assert arm_sentence(none, arm) == f"{arm}: none of 1 finished trials was trained to the end."
