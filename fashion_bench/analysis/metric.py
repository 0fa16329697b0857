"""The metrics that arms are compared in: accuracy and loss, in validation and on test images."""

from enum import StrEnum
from typing import Literal

from fashion_bench.analysis.summary import imputed_test, imputed_value
from fashion_bench.config import TEST_SETS, TestSet
from fashion_bench.records import StudyRecord, TrialRecord


class Metric(StrEnum):
    """One of them, called as in tables; the first that is there decides."""

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

    def shown(self, difference: float, sign: Literal["", "+"] = "") -> str:
        """Return a difference in percentage points or nats."""
        places, scale = (4, 1) if self.is_loss else (2, 100)
        return f"{scale * difference:{sign}z.{places}f}"

    def of(self, trial: TrialRecord) -> float | None:
        """Return it with chance imputed (see ``imputed_value``); a loss counts only if measured."""
        if self.test_set is None:
            return imputed_value(trial)
        if not self.is_loss:
            return imputed_test(trial, self.test_set)
        return trial.tests[self.test_set].loss if self.test_set in trial.tests else None


def metrics_of(study: StudyRecord) -> tuple[Metric, ...]:
    """Return those that are there: those of test images once a trial was measured on them."""
    opened = {test_set for trial in study.trials for test_set in trial.tests}
    return tuple(metric for metric in Metric if metric.test_set in {None, *opened})
