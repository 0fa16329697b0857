"""Records made up for the tests of this folder."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from rich.console import Console
from scipy import stats

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.interval import FloatArray
from fashion_bench.analysis.rendering.terminal import print_document
from fashion_bench.config import Hyper, ParamValue, Recipe, TestSet, TrialConfig
from fashion_bench.plan import Kind
from fashion_bench.records import Epoch, Outcome, StudyRecord, TestScore, TrialRecord
from tests.plans import make_plan

EPOCHS = 4


def half_widths(samples: FloatArray, *, level: float = 0.95) -> FloatArray:
    """Return half the width of Student's interval of the mean of each sample ``[..., n]``."""
    n = samples.shape[-1]
    return np.asarray(stats.sem(samples, axis=-1) * stats.t.ppf((1 + level) / 2, n - 1))


def near(value: float) -> Any:
    """Return what equals this number to rounding, where a record's type asks for a number."""
    return pytest.approx(value)


def printed(document: Document, width: int = 80) -> str:
    """Return what a terminal of so many columns without colour shows."""
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        print_document(document, console)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def make_history(accuracies: Sequence[float]) -> tuple[Epoch, ...]:
    """Return epochs of these validation accuracies; NaN is an epoch that diverged.

    The validation loss is one minus the accuracy, so the best epoch is the most accurate.
    """
    return tuple(
        Epoch(
            epoch=epoch,
            train_loss=1.1 - accuracy,
            train_accuracy=accuracy - 0.01,
            valid_loss=1 - accuracy,
            valid_accuracy=accuracy,
            seconds=0.5,
            ended_at=1000.0 + epoch,
            diverged=isnan(accuracy),
            processor_seconds=0.25,
        )
        for epoch, accuracy in enumerate(accuracies, start=1)
    )


def make_trial(
    accuracies: Sequence[float] = (0.8, 0.85, 0.9, 0.89),
    *,
    arm: str = "plain",
    number: int = 0,
    outcome: Outcome = Outcome.COMPLETE,
    params: Mapping[str, ParamValue] | None = None,
    test: tuple[float, float] | None = None,
    rotated: tuple[float, float] | None = None,
) -> TrialRecord:
    """Return a trial with these validation accuracies.

    ``test`` is a loss and an accuracy on the test images, ``rotated`` on the rotated ones.
    """
    measured: dict[TestSet, tuple[float, float] | None] = {"plain": test, "rotated": rotated}
    config = TrialConfig(
        recipe=Recipe(epochs=EPOCHS),
        arguments=(250, 100),
        hyper=Hyper(lr=0.001, dropout=0.25, weight_decay=1e-4),
        seed=number,
        split_seed=7,
    )
    return TrialRecord(
        study="made-up",
        arm=arm,
        number=number,
        generation=number // 8,
        trial_id=f"made-up.{arm}-{number}",
        config=config,
        params={"lr": 0.001} if params is None else params,
        outcome=outcome,
        reason=outcome.sentence,
        history=make_history(accuracies),
        checkpoint_sha256=None,
        ended_at=2000.0,
        tests={name: _score(*figures) for name, figures in measured.items() if figures},
    )


def _score(loss: float, accuracy: float) -> TestScore:
    return TestScore(
        loss=loss,
        accuracy=accuracy,
        images=10_000,
        measured_at=3000.0,
        opening=1,
        predictions_sha256="5ha",
    )


def make_study(
    *trials: TrialRecord, arms: Sequence[str] | None = None, kind: Kind = "study"
) -> StudyRecord:
    """Return a study of these trials, its arms in the order they come unless named."""
    names = tuple(dict.fromkeys(trial.arm for trial in trials)) if arms is None else tuple(arms)
    return StudyRecord(
        name="made-up",
        question="Does it [really] help?",
        plan=make_plan(names, kind),
        arms=names,
        planned=max(len(trials), 10),
        trials=tuple(sorted(trials, key=lambda trial: names.index(trial.arm))),
        created_at=500.0,
    )


def hopeless(**given: Any) -> TrialRecord:
    """Return a trial that diverged in its first epoch."""
    return make_trial((nan,), outcome=Outcome.DIVERGED, **given)


def failed(**given: Any) -> TrialRecord:
    """Return a trial whose worker died before its first epoch ended."""
    return make_trial((), outcome=Outcome.FAILED, **given)


def lone_studies() -> dict[str, StudyRecord]:
    """Return the studies that have little or nothing to tell."""
    return {
        "no trial": make_study(arms=("plain", "dropout")),
        "one trial": make_study(make_trial()),
        "all diverged": make_study(hopeless(), hopeless(number=1)),
        "all failed": make_study(failed(), failed(number=1)),
        "equal values": make_study(
            make_trial(params={"lr": 0.1}), make_trial(number=1, params={"lr": 0.2})
        ),
    }


@st.composite
def studies(draw: st.DrawFn) -> StudyRecord:
    """Draw any study: up to 4 arms in any order, trials of every outcome."""
    arms = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
    sound = st.lists(st.floats(0, 1), min_size=1, max_size=EPOCHS)
    rates = st.floats(1e-5, 10.0)
    trials: list[TrialRecord] = []
    for arm in arms:
        for number in range(draw(st.integers(0, 6))):
            outcome = draw(st.sampled_from(Outcome))
            history = draw(sound)
            if outcome is Outcome.DIVERGED:
                history[-1] = nan
            params: dict[str, ParamValue] = {
                "lr": draw(rates),
                "schedule": draw(st.sampled_from(["cosine", "constant"])),
            }
            trials.append(
                make_trial(history, arm=arm, number=number, outcome=outcome, params=params)
            )
    return make_study(*trials, arms=arms)
