"""What arms are compared in: a measure of their networks, on test images or in validation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from fashion_bench.analysis.text import NONE
from fashion_bench.code import is_reference, unpinned
from fashion_bench.config import TEST_SETS, WITHOUT_LOGITS, TestSet
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

VALID = "valid"  # prefix of what is measured on validation images


@dataclass(frozen=True, slots=True)
class Measure:
    """How a figure of a network is told.

    Attributes:
        words: what a reader calls it.
        unit: of a difference; empty where it is that of the figure itself.
        lower_is_better: which side is the better one.
    """

    words: str
    unit: Literal["points", "nats", ""]
    lower_is_better: bool


# Accuracy and loss first, as each has a column of its own; see ``scoring`` for the others.
MEASURES = {
    "accuracy": Measure("accuracy", "points", False),
    "loss": Measure("loss", "nats", True),
    "macro_f1": Measure("macro F1", "points", False),
    "worst_class": Measure("accuracy of the worst class", "points", False),
    "brier": Measure("Brier score", "", True),
    "ece": Measure("ECE", "points", True),
    "refinement": Measure("loss at its own temperature", "nats", True),
    "calibration": Measure("loss by miscalibration", "nats", True),
}


class Metric(str):
    """A measure and what it is measured on, called as in tables: ``test_rotated_accuracy``.

    It is code of the user's where the measure is: ``test_my.py:score#0123456789abcdef``.
    """

    __slots__ = ()

    TEST_ACCURACY: ClassVar["Metric"]
    TEST_LOSS: ClassVar["Metric"]
    VALID_ACCURACY: ClassVar["Metric"]

    @classmethod
    def on(cls, test_set: TestSet | None, measure: str) -> "Metric":
        """Return a measure on a test set, or in validation."""
        return cls(f"{VALID if test_set is None else TEST_SETS[test_set]}_{measure}")

    @property
    def test_set(self) -> TestSet | None:
        """The test images it is measured on; ``None`` of a measure in validation."""
        if is_reference(self):  # of the user's code, on the images as they are
            return "plain"
        found = [name for name, prefix in TEST_SETS.items() if self.startswith(f"{prefix}_")]
        return max(found, key=lambda name: len(TEST_SETS[name]), default=None)

    @property
    def measure(self) -> str:
        """What is measured."""
        return self.removeprefix(f"{self._prefix}_")

    @property
    def file_name(self) -> str:
        """What a file of it is called: code of the user's without its place and digest."""
        return f"{self._prefix}_{unpinned(self.measure).rpartition(':')[2]}"

    @property
    def _prefix(self) -> str:
        return VALID if self.test_set is None else TEST_SETS[self.test_set]

    @property
    def _told(self) -> Measure:
        if is_reference(self.measure):
            return Measure(unpinned(self.measure).rpartition(":")[2], "", False)
        return MEASURES[self.measure]

    @property
    def lower_is_better(self) -> bool:
        """Which side is the better one."""
        return self._told.lower_is_better

    @property
    def unit(self) -> Literal["points", "nats", ""]:
        """What a difference is shown in: percentage points of an accuracy."""
        return self._told.unit

    @property
    def words(self) -> str:
        """What a reader calls it."""
        on = {VALID: "validation", "test": "test", "test_rotated": "rotated test"}[self._prefix]
        return f"{on} {self._told.words}"

    @property
    def scale(self) -> float:
        """What a difference is times as large in its unit."""
        return 100 if self.unit == "points" else 1

    def shown(self, difference: float | None, sign: Literal["", "+"] = "") -> str:
        """Return a difference in its unit as text, without it, or that there is none."""
        if difference is None:
            return NONE
        places = 2 if self.unit == "points" else 4
        return f"{self.scale * difference:{sign}z.{places}f}"

    def signed(self, difference: float) -> str:
        """Return a difference as text, its sign before it."""
        return self.shown(difference, "+")

    def with_unit(self, difference: float | None, sign: Literal["", "+"] = "") -> str:
        """Return a difference as text, with its unit."""
        return f"{self.shown(difference, sign)} {self.unit}".rstrip()

    def margin(self, study: StudyRecord) -> float | None:
        """Return the least difference that matters, as a fraction or in its unit; of others none.

        A study names it of its own measure, on whatever that is measured.
        """
        named = study.plan.margin
        return None if named is None or self.measure != study.plan.metric else named / self.scale

    def of(self, trial: TrialRecord, chance: float) -> float | None:
        """Return it, an accuracy with chance imputed (see ``imputed_value``).

        Whatever else is measured, a trial without weights has none of it.
        """
        if self.test_set is None:
            if self.measure == "accuracy":
                return imputed_value(trial, chance)
            return None if trial.value is None or trial.best is None else trial.best.valid_loss
        if self.test_set in trial.tests:
            score = trial.tests[self.test_set]
            return {"accuracy": score.accuracy, "loss": score.loss, **score.figures}.get(
                self.measure
            )
        return chance if is_hopeless(trial) and self.measure == "accuracy" else None

    def values(self, trials: Iterable[TrialRecord], chance: float) -> list[float]:
        """Return it of those of the trials that have it."""
        return [value for trial in trials if (value := self.of(trial, chance)) is not None]


Metric.TEST_ACCURACY = Metric("test_accuracy")
Metric.TEST_LOSS = Metric("test_loss")
Metric.VALID_ACCURACY = Metric("valid_accuracy")


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


def valid_metric(study: StudyRecord) -> Metric:
    """Return what a study's arms are compared in while no test images are open."""
    logits_needed = study.plan.metric not in WITHOUT_LOGITS
    return Metric.VALID_ACCURACY if logits_needed else Metric.on(None, study.plan.metric)


def metrics_of(study: StudyRecord) -> tuple[Metric, ...]:
    """Return those that are there, the primary one first, which alone decides.

    Those of test images are there once a trial was measured on them; before that, and in a study,
    those in validation alone.
    """
    measured = {name: test for trial in study.trials for name, test in trial.tests.items()}
    if not measured:
        return tuple(dict.fromkeys((valid_metric(study), Metric.VALID_ACCURACY)))
    primary = Metric.on("plain", study.plan.metric)
    of_all = [Metric.on(name, m) for name in TEST_SETS for m in WITHOUT_LOGITS]
    figures = {name for trial in study.trials for t in [trial.test] if t for name in t.figures}
    more = [Metric.on("plain", measure) for measure in MEASURES if measure in figures]
    found = [m for m in of_all if m.test_set in measured]
    return tuple(dict.fromkeys((primary, *found, Metric.VALID_ACCURACY, *more)))
