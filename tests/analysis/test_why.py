"""Why arms differ: sentences and classes, of made-up experiments."""

from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from fashion_bench.analysis.comparison import Answers, compare_arms
from fashion_bench.analysis.paired import Verdict
from fashion_bench.analysis.views.comparison import comparison_document
from fashion_bench.analysis.why import calibration_lines, compare_classes
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import printed
from tests.analysis.made_up_experiments import AHEAD, BASE, NOISE, experiment, plus
from tests.plans import planned


def scored(refinement: tuple[float, ...], calibration: tuple[float, ...]) -> StudyRecord:
    """Return an experiment in which arm b has so much more of each part of the loss, seed by seed.

    In a, refinement is 0.3 and calibration 0.05.
    """
    study = experiment({"a": BASE, "b": plus(BASE, NOISE)})

    def figures(arm: str, seed: int) -> dict[str, float]:
        more = (refinement[seed], calibration[seed]) if arm == "b" else (0.0, 0.0)
        return {"refinement": 0.3 + more[0], "calibration": 0.05 + more[1], "ece": 0.02}

    trials = []
    for trial in study.trials:
        assert trial.test is not None
        own = figures(trial.arm, trial.number)
        loss = own["refinement"] + own["calibration"]
        trials.append(replace(trial, tests={"plain": replace(trial.test, loss=loss, figures=own)}))
    return replace(study, trials=tuple(trials))


LESS = tuple(-each for each in AHEAD)
NOTHING = tuple(each / 10 for each in NOISE)


def opposed(*parts: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return parts that add up to a loss that is lower by 0.01 with every seed."""
    return tuple(0.02 * each for each in parts), tuple(-0.01 - 0.02 * each for each in parts)


@pytest.mark.parametrize(
    ("refinement", "calibration", "says"),
    [
        (NOTHING, LESS, "calibration:"),
        (LESS, NOTHING, "not calibration:"),
        (LESS, LESS, "not calibration alone:"),
        (NOTHING, NOTHING, None),
        (*opposed(-3, 1, -2, 3, -2, 1, -1, 2, -1, 2), "calibration for the most part, as far as"),
        (*opposed(-3, 1, -2, 3, -2, 1, -1, 0, -1, 1), "calibration in part, as far as these"),
        (*opposed(-3, 1, -2, 1, -2, 1, -1, 0, -1, -1), "not calibration:"),
        (tuple(3 * each for each in LESS), AHEAD, "not calibration:"),
    ],
)
def test_a_lower_loss_is_calibration_or_it_is_not(
    refinement: tuple[float, ...], calibration: tuple[float, ...], says: str | None
) -> None:
    """What is left at each network's own temperature tells; all intervals stand beside.

    Calibration that goes the other way is none of it, and a difference that is not settled needs
    no reason.
    """
    found = compare_arms(scored(refinement, calibration))
    lines = list(calibration_lines(found))
    if says is None:
        assert lines == []
        return
    (line,) = lines
    assert f" nats, {says}" in line
    assert line.startswith("the difference in test loss b - a is -0.0")
    assert line.count(" [") == 3
    assert line.endswith("(95 % intervals, each by itself, n = 10)")
    parts = {one.metric.measure: fmean(one.differences) for one in found}
    if "not" not in says:
        assert parts["calibration"] * parts["loss"] > 0


def test_of_many_arms_only_settled_differences_have_a_reason() -> None:
    """An interval by itself leaves out 0 by chance in some pair of many."""
    random = np.random.default_rng(5)
    study = experiment({f"arm{i}": BASE for i in range(8)})
    trials = []
    for trial in study.trials:
        assert trial.test is not None
        loss = float(random.normal(0.3, 0.01))
        own = {"refinement": 0.9 * loss, "calibration": 0.1 * loss}
        trials.append(replace(trial, tests={"plain": replace(trial.test, loss=loss, figures=own)}))
    found = compare_arms(replace(study, trials=tuple(trials)))
    alone = [one for one in found if one.interval and one.interval.leaves_out_zero]
    assert any(one.metric == "test_loss" for one in alone)
    assert list(calibration_lines(found)) == []


def of_classes(study: StudyRecord, better: int) -> Answers:
    """Return answers of which arm b has a tenth more of one class, and noise in the others."""
    random = np.random.default_rng(0)
    return Answers(
        of_class={
            trial.trial_id: 0.8
            + 0.01 * random.normal(size=10)
            + 0.1 * (np.arange(10) == better) * (trial.arm == "b")
            for trial in study.trials
        }
    )


def test_the_class_that_makes_the_difference_is_told() -> None:
    """Ten classes of one pair of arms are one family, and one of them is settled."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE)})
    found = compare_classes(study, of_classes(study, 6))
    assert [one.label for one in found] == list(study.plan.data.labels)
    assert [one.label for one in found if one.statistics.verdict is Verdict.BETTER] == ["Shirt"]
    assert all(one.statistics.adjusted_p >= one.statistics.p for one in found)  # type: ignore[operator]
    text = printed(comparison_document(study, compare_arms(study), found))
    told = text[text.index("Accuracy of each class") :]
    assert "Shirt" in told
    assert "better" in told


def test_of_many_pairs_only_what_is_settled_is_shown() -> None:
    """Thirty rows are no table that is read."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE), "c": BASE})
    found = compare_classes(study, of_classes(study, 6))
    assert len(found) == 30
    text = printed(comparison_document(study, compare_arms(study), found))
    told = text[text.index("Accuracy of each class") :]
    assert told.count("Shirt") == 2
    assert "Sandal" not in told


def test_classes_are_told_of_a_planned_number_of_seeds_alone() -> None:
    """Looked at as they come in, or sharing seeds, the p of sign flips would not hold."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE)})
    for odd in (planned(study, look=2), planned(study, sources=5)):
        assert compare_classes(odd, of_classes(odd, 6)) == ()


def test_a_class_without_images_is_left_out() -> None:
    """And the others are told."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE)})
    answers = of_classes(study, 6)
    for of_class in answers.of_class.values():
        of_class[3] = np.nan
    assert len(compare_classes(study, answers)) == 9
