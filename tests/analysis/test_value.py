from math import nan

from fashion_bench.analysis.value import CHANCE_ACCURACY, counted_value
from fashion_bench.records import Outcome
from tests.analysis.conftest import hopeless, make_trial


def test_a_trial_counts_with_the_accuracy_of_its_best_epoch() -> None:
    """The value is the validation accuracy at the best epoch, not at the last."""
    assert counted_value(make_trial((0.8, 0.9, 0.85))) == 0.9


def test_a_pruned_or_late_diverged_trial_counts_with_what_it_reached() -> None:
    """How a trial ended does not take away what its best epoch scored."""
    assert counted_value(make_trial((0.7,), outcome=Outcome.PRUNED)) == 0.7
    assert counted_value(make_trial((0.7, nan), outcome=Outcome.DIVERGED)) == 0.7


def test_a_trial_that_diverged_at_once_counts_as_chance() -> None:
    """A trial without a sound epoch is not left out of statistics."""
    assert counted_value(hopeless()) == CHANCE_ACCURACY


def test_a_failed_trial_has_no_value() -> None:
    """A worker's death says nothing about the parameters, whatever epochs came before it."""
    assert counted_value(make_trial((0.9,), outcome=Outcome.FAILED)) is None
