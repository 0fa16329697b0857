from collections.abc import Sequence
from math import inf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.analysis.metric import imputed_value, unstopped
from fashion_bench.analysis.summary import (
    ArmScore,
    ArmSummary,
    Spread,
    best_trial,
    summarise_arms,
    summarise_reached,
    summarise_scores,
)
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near, studies
from tests.plans import planned

NOTHING = {"best": None, "best_trial": None, "lower_quartile": None, "median": None}


def test_a_trial_counts_with_the_accuracy_of_its_best_epoch() -> None:
    """The value is the validation accuracy at the best epoch, not at the last."""
    assert imputed_value(make_trial((0.8, 0.9, 0.85)), 0.1) == 0.9


def test_a_pruned_or_late_diverged_trial_counts_with_what_it_reached() -> None:
    """How a trial ended does not take away what its best epoch scored."""
    assert imputed_value(make_trial((0.7,), outcome=Outcome.PRUNED), 0.1) == 0.7
    assert imputed_value(make_trial((0.7, nan), outcome=Outcome.DIVERGED), 0.1) == 0.7


def test_a_trial_that_diverged_at_once_counts_as_chance() -> None:
    """A trial without a sound epoch is not left out of statistics."""
    assert imputed_value(hopeless(), 0.125) == 0.125


def test_a_failed_trial_has_no_value() -> None:
    """A worker's death says nothing about the parameters, whatever epochs came before it."""
    assert imputed_value(make_trial((0.9,), outcome=Outcome.FAILED), 0.1) is None


def test_an_arm_is_summed_up() -> None:
    """Outcomes, cost, best and quartiles: the diverged at chance, the stopped and failed apart."""
    study = make_study(
        make_trial((0.8, 0.9)),
        make_trial((0.7,), number=1, outcome=Outcome.PRUNED),
        hopeless(number=2),
        failed(number=3),
    )
    assert summarise_arms(study) == (
        ArmSummary(
            arm="plain",
            trials=4,
            complete=1,
            pruned=1,
            diverged=1,
            failed=1,
            epochs=4,
            seconds=2.0,
            processor_seconds=1.0,
            best=0.9,
            best_trial="made-up.plain-0",
            n=2,
            lower_quartile=near(0.3),
            median=near(0.5),
            upper_quartile=near(0.7),
        ),
    )


def test_an_arm_without_a_trial_has_no_numbers() -> None:
    """An arm that has not begun is told with zeros and nothing, in its place."""
    first, second = summarise_arms(make_study(make_trial(arm="b"), arms=("a", "b")))
    assert (first.arm, first.trials, second.arm, second.trials) == ("a", 0, "b", 1)
    assert {name: getattr(first, name) for name in NOTHING} == NOTHING


def test_an_arm_of_diverged_trials_has_a_median_but_no_best() -> None:
    """Chance enters the statistics, yet no trial of it has weights to be called best."""
    (summary,) = summarise_arms(make_study(hopeless(), hopeless(number=1)))
    assert (summary.median, summary.best, summary.best_trial) == (0.1, None, None)


def test_what_a_rung_stopped_stands_where_it_was_stopped() -> None:
    """Rows of their own, by the accuracy at that epoch; none of theirs is in the row of the end."""
    study = make_study(
        make_trial((0.8, 0.9, 0.7, 0.7)),
        *(make_trial((v,), number=n, outcome=Outcome.PRUNED) for n, v in ((1, 0.5), (2, 0.6))),
        make_trial((0.95, 0.9), number=3, outcome=Outcome.PRUNED),
    )
    end, first, second = summarise_reached(study)
    told = [(row.epoch, row.stopped, row.n, row.median) for row in (end, first, second)]
    assert told == [(4, False, 1, 0.9), (1, True, 2, near(0.55)), (2, True, 1, 0.9)]
    assert (end.best_trial, first.best_trial) == ("made-up.plain-0", "made-up.plain-2")
    assert (first.best, first.lower_quartile, first.upper_quartile) == (
        0.6,
        near(0.525),
        near(0.575),
    )


def test_what_a_rung_stopped_is_best_of_nothing_but_its_like() -> None:
    """Ahead of all after two epochs, it is no best trial; unless there is no complete one."""
    stopped = make_trial((0.95, 0.95), number=1, outcome=Outcome.PRUNED)
    assert best_trial([make_trial((0.8,)), stopped]) == make_trial((0.8,))
    assert best_trial([hopeless(), stopped]) == stopped


def test_the_first_of_equals_is_best() -> None:
    """A tie goes to the trial asked first, and a failed trial never wins."""
    trials = [
        make_trial((0.95,), outcome=Outcome.FAILED),
        make_trial((0.9,), number=1),
        make_trial((0.9,), number=2),
    ]
    best = best_trial(trials)
    assert best is not None
    assert best.number == 1


@settings(max_examples=60)
@given(studies())
def test_summaries_add_up(study: StudyRecord) -> None:
    """Arms keep their order, outcomes add up to the trials, and quartiles lie within the values."""
    summaries = summarise_arms(study)
    assert [summary.arm for summary in summaries] == list(study.arms)
    assert sum(summary.trials for summary in summaries) == len(study.trials)
    for s in summaries:
        assert s.complete + s.pruned + s.diverged + s.failed == s.trials
        assert s.seconds == near(0.5 * s.epochs)
        counted = [imputed_value(trial, 0.1) for trial in unstopped(study.of_arm(s.arm))]
        values = sorted(value for value in counted if value is not None)
        if values:
            marks: list[Any] = [values[0], s.lower_quartile, s.median, s.upper_quartile, values[-1]]
            assert marks == sorted(marks)
        else:
            assert s.median is None
        assert s.n == len(values)
    rows = summarise_reached(study)
    assert sum(row.n for row in rows) == sum(s.trials - s.failed for s in summaries)
    assert [row.arm for row in rows if not row.stopped] == list(study.arms)


def test_scores_are_means_over_seeds() -> None:
    """Validation accuracy, test accuracy and test loss carry mean, deviation and n."""
    study = make_study(
        make_trial((0.9,), test=(0.3, 0.88)),
        make_trial((0.8,), number=1, test=(0.5, 0.86)),
        kind="experiment",
    )
    assert summarise_scores(study) == (
        ArmScore(
            arm="plain",
            seeds=2,
            diverged=0,
            failed=0,
            valid_accuracy=Spread(n=2, mean=near(0.85), sd=near(0.1 / 2**0.5)),
            test_accuracy=Spread(n=2, mean=near(0.87), sd=near(0.02 / 2**0.5)),
            test_loss=Spread(n=2, mean=near(0.4), sd=near(0.2 / 2**0.5)),
            test_rotated_accuracy=None,
            test_rotated_loss=None,
            primary=Spread(n=2, mean=near(0.87), sd=near(0.02 / 2**0.5)),
        ),
    )
    (of_loss,) = summarise_scores(planned(study, metric="loss"))
    assert of_loss.primary == of_loss.test_loss


def test_the_rotated_images_are_a_test_of_their_own() -> None:
    """Their scores stand beside the others, a diverged seed again at chance."""
    study = make_study(make_trial(test=(0.3, 0.9), rotated=(0.8, 0.7)), hopeless(number=1))
    (score,) = summarise_scores(study)
    assert score.test_accuracy == Spread(n=2, mean=0.5, sd=near(0.8 / 2**0.5))
    assert score.test_rotated_accuracy == Spread(n=2, mean=near(0.4), sd=near(0.6 / 2**0.5))
    assert score.test_rotated_loss == Spread(n=1, mean=0.8, sd=None)


def test_without_rotated_images_a_diverged_seed_has_no_score_on_them() -> None:
    """Chance stands for a test that was made, not for one that was not."""
    (score,) = summarise_scores(make_study(make_trial(test=(0.3, 0.9)), hopeless(number=1)))
    assert (score.test_rotated_accuracy, score.test_rotated_loss) == (None, None)


def test_nothing_is_said_of_the_test_images_before_they_are_opened() -> None:
    """An experiment that is not measured has no test score, not even chance for the diverged."""
    (score,) = summarise_scores(make_study(make_trial(), hopeless(number=1)))
    assert (score.test_accuracy, score.test_loss) == (None, None)
    assert score.valid_accuracy is not None
    assert score.valid_accuracy.n == 2


def test_a_diverged_seed_counts_as_chance_on_the_test_images_too() -> None:
    """Once measured, a seed without weights lowers its arm's accuracy; its loss is unknown."""
    study = make_study(make_trial(test=(0.3, 0.9)), hopeless(number=1), failed(number=2))
    (score,) = summarise_scores(study)
    assert (score.seeds, score.diverged, score.failed) == (3, 1, 1)
    assert score.test_accuracy == Spread(n=2, mean=0.5, sd=near(0.8 / 2**0.5))
    assert score.test_loss == Spread(n=1, mean=0.3, sd=None)


@pytest.mark.parametrize("loss", [nan, inf])
def test_a_loss_that_is_not_a_number_gives_no_mean(loss: float) -> None:
    """A mean over the other seeds would flatter the arm."""
    (score,) = summarise_scores(make_study(make_trial(test=(loss, 0.1)), make_trial(number=1)))
    assert score.test_loss is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_a_spread_does_not_depend_on_the_order_of_seeds(
    accuracies: Sequence[float], random: Random
) -> None:
    """The same seeds in another order give the same mean and deviation."""

    def spread(values: Sequence[float]) -> Spread | None:
        trials = [make_trial(test=(0.3, value), number=i) for i, value in enumerate(values)]
        return summarise_scores(make_study(*trials))[0].test_accuracy

    shuffled = random.sample(accuracies, len(accuracies))
    first, second = spread(accuracies), spread(shuffled)
    assert first is not None
    assert second is not None
    assert min(accuracies) - 1e-12 <= first.mean <= max(accuracies) + 1e-12
    assert first == Spread(n=second.n, mean=near(second.mean), sd=near(second.sd or 0.0))
