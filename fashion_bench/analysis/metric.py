"""What a trial counts for in each metric: accuracy and loss, in validation and on test images."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from fashion_bench.analysis.text import NONE
from fashion_bench.config import TEST_SETS, TestSet
from fashion_bench.records import Outcome, StudyRecord, TrialRecord


def chance_of(study: StudyRecord) -> float:
    """Return the accuracy of guessing in a study's data set, a fraction 0-1."""
    return study.plan.data.chance


def is_hopeless(trial: TrialRecord) -> bool:
    """Tell whether a trial diverged before its first sound epoch."""
    return trial.outcome is Outcome.DIVERGED and trial.best is None


def unstopped(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return those that no rung stopped: what rests on them mixes no epochs."""
    return [trial for trial in trials if trial.outcome is not Outcome.PRUNED]


def imputed_value(trial: TrialRecord, chance: float) -> float | None:
    """Return a trial's value with chance imputed, fractions 0-1 both; so it enters statistics.

    A trial that diverged before its first sound epoch counts as chance: left out, it would
    flatter its arm. A failed trial has no value.
    """
    return chance if is_hopeless(trial) else trial.value


class Metric(StrEnum):
    """What arms are compared in, called as in tables; the first that is there decides."""

    TEST_ACCURACY = "test_accuracy"
    TEST_LOSS = "test_loss"
    ROTATED_ACCURACY = "test_rotated_accuracy"
    ROTATED_LOSS = "test_rotated_loss"
    VALID_ACCURACY = "valid_accuracy"

    @property
    def test_set(self) -> TestSet | None:
        """The test images it is measured on."""
        measured_on = self.rpartition("_")[0]
        return next((name for name, prefix in TEST_SETS.items() if prefix == measured_on), None)

    @property
    def is_loss(self) -> bool:
        """Whether it is a mean cross entropy, the lower the better, and not an accuracy."""
        return self.endswith("_loss")

    @property
    def unit(self) -> Literal["points", "nats"]:
        """What a difference is shown in: percentage points of an accuracy."""
        return "nats" if self.is_loss else "points"

    @property
    def words(self) -> str:
        """What a reader calls it."""
        words = self.replace("test_rotated", "rotated test").replace("valid_", "validation ")
        return words.replace("_", " ")

    def shown(self, difference: float | None, sign: Literal["", "+"] = "") -> str:
        """Return a difference in percentage points or nats as text, or that there is none."""
        if difference is None:
            return NONE
        places, scale = (4, 1) if self.is_loss else (2, 100)
        return f"{scale * difference:{sign}z.{places}f}"

    def margin(self, points: float | None) -> float | None:
        """Return the least difference that matters, given in points: a fraction; of no loss."""
        return None if points is None or self.is_loss else points / 100

    def of(self, trial: TrialRecord, chance: float) -> float | None:
        """Return it with chance imputed (see ``imputed_value``); a loss counts only if measured."""
        if self.test_set is None:
            return imputed_value(trial, chance)
        if self.test_set in trial.tests:
            score = trial.tests[self.test_set]
            return score.loss if self.is_loss else score.accuracy
        return chance if is_hopeless(trial) and not self.is_loss else None

    def values(self, trials: Iterable[TrialRecord], chance: float) -> list[float]:
        """Return it of those of the trials that have it."""
        return [value for trial in trials if (value := self.of(trial, chance)) is not None]


def metrics_of(study: StudyRecord) -> tuple[Metric, ...]:
    """Return those that are there: those of test images once a trial was measured on them."""
    opened = {test_set for trial in study.trials for test_set in trial.tests}
    return tuple(metric for metric in Metric if metric.test_set in {None, *opened})
