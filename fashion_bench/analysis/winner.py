"""The winner of a study: which trial's weights to use, chosen by validation images alone."""

from collections.abc import Sequence
from statistics import fmean

from fashion_bench.analysis.summary import best_trial
from fashion_bench.errors import StudyError, nearest
from fashion_bench.records import StudyRecord, TrialRecord


def winner_of(study: StudyRecord, trial: str | None = None) -> tuple[StudyRecord, TrialRecord]:
    """Return the winning trial of a study or an experiment, and the stage that it is of.

    Of a confirmation, and of an experiment, the arm whose seeds score best in the mean, and of
    that the best seed; of a search alone, its best trial.

    Args:
        study: with its trials.
        trial: the name of another one to use, as ``mlp_dropout.none-3``.

    Raises:
        StudyError: there is no such trial, or none has a result yet.
    """
    if trial is not None:
        return _named(study, trial)
    for stage in reversed(study.stages):
        if (best := best_trial(_of_best_arm(stage))) is not None:
            return stage, best
    remedy = "run it, then ask again"
    raise StudyError(study.name, "has no winner yet, as no trial has a result", remedy=remedy)


def _named(study: StudyRecord, name: str) -> tuple[StudyRecord, TrialRecord]:
    found = {one.trial_id: (stage, one) for stage in study.stages for one in stage.trials}
    if name not in found:
        raise StudyError(study.name, "has no such trial", given=name, remedy=nearest(name, found))
    stage, trial = found[name]
    if trial.value is None:
        remedy = "name one that has weights"
        raise StudyError(name, "has no result", given=trial.reason, remedy=remedy)
    return stage, trial


def _of_best_arm(stage: StudyRecord) -> Sequence[TrialRecord]:
    """Return the trials of the arm that is best in the mean, where trials are listed by seed."""
    if not stage.plan.listed or stage.plan.stage == "survey":
        return stage.trials
    means = {
        arm: fmean(values)
        for arm in stage.arms
        if (values := [t.value for t in stage.of_arm(arm) if t.value is not None])
    }
    return stage.of_arm(max(means, key=means.__getitem__)) if means else ()
