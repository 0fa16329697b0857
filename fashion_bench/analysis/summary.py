"""What each arm of a study came to, in numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean, stdev

import numpy as np

from fashion_bench.analysis.metric import Metric, chance_of, metrics_of, unstopped
from fashion_bench.config import TEST_SETS, WITHOUT_LOGITS
from fashion_bench.records import Counted, Outcome, StudyRecord, TrialRecord, sum_known


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSummary:
    """What was spent on one arm of a study and what came of it.

    Attributes:
        arm: its name.
        trials: finished trials; the four outcomes add up to it.
        complete: trials trained for all their epochs.
        pruned: trials stopped at a rung.
        diverged: trials that ended in nonsense.
        failed: trials without a result.
        epochs: epochs trained, over all trials.
        seconds: wall time of those epochs.
        processor_seconds: processor time of them; ``None`` where one was recorded without.
        best: value of the best trial, a fraction 0-1; see ``best_trial``.
        best_trial: its id.
        n: trials that the following rest on: those that no rung stopped and that have a value.
        lower_quartile: of their values with chance imputed (see ``imputed_value``).
        median: likewise.
        upper_quartile: likewise.
    """

    arm: str
    trials: int
    complete: int
    pruned: int
    diverged: int
    failed: int
    epochs: int
    seconds: float
    processor_seconds: float | None
    best: float | None
    best_trial: str | None
    n: int
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What those trials of an arm reached that were trained until the same epoch.

    Attributes:
        arm: its name.
        epoch: the last that is planned, or where a rung stopped them.
        stopped: whether a rung did. Then the figures are the validation accuracy at that epoch,
            else at each trial's best one, with chance imputed (see ``imputed_value``).
        n: trials that they rest on.
        best: the highest, a fraction 0-1; of no trial that diverged at once.
        best_trial: id of the first trial that reached it.
        lower_quartile: of the figures.
        median: likewise.
        upper_quartile: likewise.
    """

    arm: str
    epoch: int
    stopped: bool
    n: int
    best: float | None
    best_trial: str | None
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and standard deviation of a sample.

    Attributes:
        n: size of the sample.
        mean: its mean.
        sd: its standard deviation (n - 1 in the denominator); ``None`` for a sample of one.
    """

    n: int
    mean: float
    sd: float | None


_SCORED = (
    Metric.VALID_ACCURACY,
    *(Metric.on(name, measure) for name in TEST_SETS for measure in WITHOUT_LOGITS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmScore:
    """What one arm of an experiment scored over its seeds.

    Attributes:
        arm: its name.
        seeds: finished trials, one a seed.
        diverged: how many of them ended in nonsense.
        failed: how many of them have no result; they are in no spread.
        valid_accuracy: of the values with chance imputed (see ``imputed_value``).
        test_accuracy: a trial without weights to measure counts as chance; ``None`` before the
            test images were opened.
        test_loss: mean cross entropy, nats, of the trials with weights to measure.
        test_rotated_accuracy: likewise, on the rotated test images where the file asks for them.
        test_rotated_loss: likewise.
        primary: of the metric that decides, on the test images once they were opened.
    """

    arm: str
    seeds: int
    diverged: int
    failed: int
    valid_accuracy: Spread | None
    test_accuracy: Spread | None
    test_loss: Spread | None
    test_rotated_accuracy: Spread | None
    test_rotated_loss: Spread | None
    primary: Spread | None


def best_trial(trials: Iterable[TrialRecord]) -> TrialRecord | None:
    """Return the complete trial of the highest value, the first on a tie.

    Where none is complete, it is of all that have a value: its outcome says so.
    """
    scored = [trial for trial in trials if trial.value is not None]
    complete = [trial for trial in scored if trial.outcome is Outcome.COMPLETE]
    return max(complete or scored, key=lambda trial: trial.value or 0.0, default=None)


def counted(trials: Sequence[TrialRecord]) -> Counted:
    """Return what a list shows of trials."""
    best = best_trial(trials)
    return Counted(
        trials=len(trials),
        failed=sum(trial.outcome is Outcome.FAILED for trial in trials),
        best=None if best is None else best.value,
        outcome=None if best is None else best.outcome,
    )


def summarise_arms(study: StudyRecord) -> tuple[ArmSummary, ...]:
    """Return what each arm came to, in the study's order."""
    return tuple(_summary(arm, study.of_arm(arm), chance_of(study)) for arm in study.arms)


def complete_trials(study: StudyRecord) -> dict[str, int]:
    """Return how many trials of each arm are complete, in the study's order."""
    return {arm.arm: arm.complete for arm in summarise_arms(study)}


def stopped_at(trials: Iterable[TrialRecord]) -> list[tuple[int, list[TrialRecord]]]:
    """Return the trials that rungs stopped, by the epoch where that was, in its order."""
    at: dict[int, list[TrialRecord]] = {}
    for trial in trials:
        if trial.outcome is Outcome.PRUNED and trial.history:
            at.setdefault(trial.history[-1].epoch, []).append(trial)
    return sorted(at.items())


def summarise_reached(study: StudyRecord) -> tuple[Reached, ...]:
    """Return what the trials of each arm reached: of those at the end, then of each rung's."""
    return tuple(
        each
        for arm in study.arms
        for each in (_at_the_end(arm, study), *_at_the_rungs(arm, study.of_arm(arm)))
    )


def summarise_scores(study: StudyRecord) -> tuple[ArmScore, ...]:
    """Return what each arm scored over its seeds, in the experiment's order."""
    told, chance = metrics_of(study), chance_of(study)
    return tuple(_score(arm, study.of_arm(arm), told, chance) for arm in study.arms)


def spread(values: Sequence[float]) -> Spread | None:
    """Return mean and standard deviation; ``None`` of nothing, and where one is not finite."""
    # A mean of what is left after dropping a non-finite score would flatter the arm.
    if not values or not all(map(isfinite, values)):
        return None
    return Spread(n=len(values), mean=fmean(values), sd=stdev(values) if len(values) > 1 else None)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile of one value or more."""
    lower, median, upper = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return lower, median, upper


def _summary(arm: str, trials: Sequence[TrialRecord], chance: float) -> ArmSummary:
    best, outcomes = best_trial(trials), Counter(trial.outcome for trial in trials)
    values = Metric.VALID_ACCURACY.values(unstopped(trials), chance)
    lower, median, upper = _quartiles_or_none(values)
    return ArmSummary(
        arm=arm,
        trials=len(trials),
        **{outcome.value: outcomes[outcome] for outcome in Outcome},
        epochs=sum(len(trial.history) for trial in trials),
        seconds=sum(trial.seconds for trial in trials),
        processor_seconds=sum_known(trial.processor_seconds for trial in trials),
        best=None if best is None else best.value,
        best_trial=None if best is None else best.trial_id,
        n=len(values),
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
    )


def _at_the_end(arm: str, study: StudyRecord) -> Reached:
    trials = unstopped(study.of_arm(arm))
    epochs = max((trial.config.recipe.epochs for trial in trials), default=study.plan.rungs[-1])
    values = Metric.VALID_ACCURACY.values(trials, chance_of(study))
    best = best_trial(trials)
    return _reached(arm, epochs, values, best, None if best is None else best.value, stopped=False)


def _at_the_rungs(arm: str, trials: Sequence[TrialRecord]) -> Iterator[Reached]:
    for epoch, stopped in stopped_at(trials):
        values = [trial.history[-1].valid_accuracy for trial in stopped]
        best = stopped[values.index(max(values))]
        yield _reached(arm, epoch, values, best, max(values), stopped=True)


def _reached(
    arm: str,
    epoch: int,
    values: Sequence[float],
    best: TrialRecord | None,
    highest: float | None,
    *,
    stopped: bool,
) -> Reached:
    lower, median, upper = _quartiles_or_none(values)
    return Reached(
        arm=arm,
        epoch=epoch,
        stopped=stopped,
        n=len(values),
        best=highest,
        best_trial=None if best is None else best.trial_id,
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
    )


def _quartiles_or_none(
    values: Sequence[float],
) -> tuple[float, float, float] | tuple[None, None, None]:
    return quartiles(values) if values else (None, None, None)


def _score(
    arm: str, trials: Sequence[TrialRecord], told: Sequence[Metric], chance: float
) -> ArmScore:
    outcomes = Counter(trial.outcome for trial in trials)
    return ArmScore(
        arm=arm,
        seeds=len(trials),
        diverged=outcomes[Outcome.DIVERGED],
        failed=outcomes[Outcome.FAILED],
        **{
            metric: spread(metric.values(trials, chance)) if metric in told else None
            for metric in _SCORED
        },
        primary=spread(told[0].values(trials, chance)),
    )
