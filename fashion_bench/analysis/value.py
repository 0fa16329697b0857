"""What a trial counts for when trials are summed up."""

from fashion_bench.records import Outcome, TestSet, TrialRecord

__all__ = ["CHANCE_ACCURACY", "counted_test", "counted_value"]

CHANCE_ACCURACY = 0.1  # ten classes of equal size


def counted_value(trial: TrialRecord) -> float | None:
    """Return the value with which a trial enters statistics, a fraction 0-1.

    A trial that diverged before its first sound epoch counts as chance: left out, it would
    flatter its arm. A failed trial has no value.
    """
    if trial.value is None and trial.outcome is Outcome.DIVERGED:
        return CHANCE_ACCURACY
    return trial.value


def counted_test(trial: TrialRecord, test_set: TestSet) -> float | None:
    """Return the accuracy on test images with which a trial enters statistics, likewise.

    A trial that has not been measured has none.
    """
    if test_set in trial.tests:
        return trial.tests[test_set].accuracy
    weightless = trial.outcome is Outcome.DIVERGED and trial.best is None
    return CHANCE_ACCURACY if weightless else None
