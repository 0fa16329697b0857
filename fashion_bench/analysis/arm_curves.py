"""The curve of an arm: what those of its trials that were trained to the end reached by epoch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from fashion_bench.analysis.summary import best_trial, quartiles
from fashion_bench.analysis.text import NONE, number
from fashion_bench.config import TEST_SETS, TestSet
from fashion_bench.records import Outcome, StudyRecord, TrialRecord

QUANTITIES = ("valid_accuracy", "train_accuracy", "valid_loss", "train_loss")  # of an ``Epoch``


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Where the values of several trials lie.

    Attributes:
        n: how many they are, one or more.
        mean: their mean.
        lower_quartile: as of ``numpy.quantile``.
        upper_quartile: likewise.
    """

    n: int
    mean: float
    lower_quartile: float
    upper_quartile: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Level":
        """Return where one value or more lie."""
        lower, _, upper = quartiles(values)
        return cls(n=len(values), mean=fmean(values), lower_quartile=lower, upper_quartile=upper)


def arm_curve(trials: Iterable[TrialRecord], quantity: str) -> Mapping[int, Level]:
    """Return where a quantity of the complete ones among an arm's trials lies after each epoch.

    Those that were stopped, diverged or failed are left out, else the line would jump where they
    end.
    """
    reached: dict[int, list[float]] = {}
    for trial in trials:
        if trial.outcome is Outcome.COMPLETE:
            for epoch in trial.history:
                reached.setdefault(epoch.epoch, []).append(getattr(epoch, quantity))
    return {epoch: Level.of(values) for epoch, values in sorted(reached.items())}


def arm_scores(trials: Iterable[TrialRecord], tests: Iterable[TestSet]) -> Mapping[str, Level]:
    """Return where the test scores of the complete ones among an arm's trials lie, by name."""
    complete = [trial for trial in trials if trial.outcome is Outcome.COMPLETE]
    levels = {}
    for test_set in tests:
        scores = [trial.tests[test_set] for trial in complete if test_set in trial.tests]
        for name in ("accuracy", "loss") if scores else ():
            level = Level.of([getattr(score, name) for score in scores])
            levels[f"{TEST_SETS[test_set]}_{name}"] = level
    return levels


def arm_sentence(study: StudyRecord, arm: str) -> str:
    """Return in one sentence what an arm came to, of all its trials so far."""
    trials = study.counted(arm)
    curve = arm_curve(trials, "valid_accuracy")
    if not curve:
        return f"{arm}: none of {len(trials)} finished trials was trained to the end."
    (epoch, level), best = [*curve.items()][-1], best_trial(trials)
    told = f"{arm}: validation accuracy {_shown(level)} after epoch {epoch}"
    for name, score in arm_scores(trials, study.plan.tests).items():
        if name.endswith("accuracy"):
            told += f", {name.replace('_', ' ')} {_shown(score)}"
    best_told = NONE if best is None else number(best.value)
    return f"{told}, over the {level.n} complete of {len(trials)} trials; the best has {best_told}."


def _shown(level: Level) -> str:
    quartiles_told = f"{number(level.lower_quartile)} to {number(level.upper_quartile)}"
    return f"{number(level.mean)} on average (quartiles {quartiles_told})"
