"""Experiments made up for the tests of comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fashion_bench.analysis.comparison import Answers
from fashion_bench.records import StudyRecord, TrialRecord
from tests.analysis.conftest import make_study, make_trial

BASE = (0.88, 0.89, 0.87, 0.88, 0.9, 0.89, 0.88, 0.87, 0.89, 0.88)
AHEAD = (0.01, 0.02, 0.01, 0.03, 0.01, 0.02, 0.02, 0.01, 0.02, 0.01)
NOISE = (0.01, -0.02, 0.01, 0.0, -0.01, 0.02, -0.01, 0.0, 0.01, -0.01)


def plus(values: Sequence[float], more: Sequence[float]) -> list[float]:
    """Return values with something added to each."""
    return [a + b for a, b in zip(values, more, strict=True)]


def scored(arm: str, accuracies: Sequence[float], first_seed: int = 0) -> list[TrialRecord]:
    """Return an arm's measured trials, one a seed; the loss is one minus the accuracy."""
    return [
        make_trial((0.9,), arm=arm, number=seed, test=(1 - accuracy, accuracy))
        for seed, accuracy in enumerate(accuracies, start=first_seed)
    ]


def experiment(arms: Mapping[str, Sequence[float]]) -> StudyRecord:
    """Return a whole experiment of these test accuracies, arm by arm, seed by seed."""
    return of_trials(*(trial for arm, values in arms.items() for trial in scored(arm, values)))


def of_trials(*trials: TrialRecord, arms: Sequence[str] | None = None) -> StudyRecord:
    """Return an experiment that asked for no more than these trials."""
    return replace(make_study(*trials, arms=arms, kind="experiment"), planned=len(trials))


def answers_to(study: StudyRecord, images: int = 200) -> Answers:
    """Return answers of which as many are right as the scores say, the first ones."""
    return Answers(
        right={
            trial.trial_id: np.arange(images) < round(trial.test.accuracy * images)
            for trial in study.trials
            if trial.test is not None
        }
    )
