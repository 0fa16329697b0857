"""A study in stages with accuracies that a test makes up."""

from collections.abc import Sequence
from dataclasses import replace

from fashion_bench.dimensions import Choice, Range
from fashion_bench.plan import ArmPlan, ConfirmPlan, SurveyPlan
from fashion_bench.records import StudyRecord, TrialRecord
from tests.analysis.conftest import make_study, make_trial
from tests.plans import planned

HIDDEN = Choice(values=(64, 250, 256))
LR = Range(low=1e-4, high=1e-2, log=True, integer=False)
RATE = Range(low=0.05, high=0.6, integer=False)
NONE = ArmPlan(name="none", fixed={"dropout": 0.0}, space={"hidden": HIDDEN, "lr": LR})
DROPOUT = ArmPlan(name="dropout", fixed={}, space={"hidden": HIDDEN, "lr": LR, "dropout": RATE})

WIDTHS = (64, 250, 256, 64, 250, 256, 64, 250)
RATES_OF_LEARNING = (1e-4, 2e-4, 4e-4, 8e-4, 1e-3, 2e-3, 5e-3, 1e-2)
RATES = (0.1, 0.3, 0.5, 0.2, 0.4, 0.6, 0.05, 0.35)


def pair(number: int, none: float, dropout: float) -> tuple[TrialRecord, TrialRecord]:
    """Return both arms' trials at a point; behind the eighth it is one that the file lists."""
    at = number % 8
    shared = {"hidden": WIDTHS[at], "lr": RATES_OF_LEARNING[at]}
    return (
        make_trial((none,), arm="none", number=number, params={**shared, "dropout": 0.0}),
        make_trial(
            (dropout,), arm="dropout", number=number, params={**shared, "dropout": RATES[at]}
        ),
    )


def make_survey(
    none: Sequence[float], dropout: Sequence[float], enqueued: int = 0, margin: float | None = None
) -> StudyRecord:
    """Return a survey whose arms have these accuracies, point by point, the enqueued last."""
    pairs = [pair(i, *values) for i, values in enumerate(zip(none, dropout, strict=True))]
    study = make_study(*(trial for both in pairs for trial in both), arms=("none", "dropout"))
    study = planned(
        study,
        name="s.survey",
        stage="survey",
        arms=(NONE, DROPOUT),
        trials_per_arm=len(none),
        enqueued=enqueued,
        margin=margin,
        seeds=tuple(range(len(none))),
    )
    varying = ("dropout", "hidden", "lr")
    return replace(study, name="s.survey", planned=2 * len(none), varying=varying)


def make_confirm(
    none: Sequence[float], dropout: Sequence[float], top: int = 1, margin: float | None = None
) -> StudyRecord:
    """Return a confirmation whose arms have these accuracies, ``top`` of each seed."""
    trials = [
        replace(trial, config=replace(trial.config, seed=number // top))
        for number, values in enumerate(zip(none, dropout, strict=True))
        for trial in pair(number % 8, *values)
    ]
    trials = [replace(trial, number=place // 2) for place, trial in enumerate(trials)]
    study = planned(
        make_study(*trials, arms=("none", "dropout")),
        name="s.confirm",
        stage="confirm",
        arms=(NONE, DROPOUT),
        trials_per_arm=len(none),
        margin=margin,
    )
    return replace(study, name="s.confirm", planned=2 * len(none))


def make_stages(
    survey: StudyRecord | None,
    confirm: StudyRecord | None,
    margin: float | None = None,
    top: int = 1,
) -> StudyRecord:
    """Return the study of these stages, with four trials in its search."""
    study = make_study(
        *(make_trial((0.9,), arm=arm, number=n) for arm in ("none", "dropout") for n in (0, 1))
    )
    study = planned(
        study,
        name="s",
        arms=(NONE, DROPOUT),
        trials_per_arm=2,
        margin=margin,
        survey=SurveyPlan(points=8, enqueued={"none": (), "dropout": ()}),
        confirm=ConfirmPlan(top=top, seeds=6),
    )
    return replace(study, name="s", planned=4, survey=survey, confirm=confirm)
