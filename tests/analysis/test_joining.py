"""Tests of ``analysis/joining.py``."""

from dataclasses import replace

import pytest

from fashion_bench.analysis.caveats import caveats, fixed
from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.paired import Design, Verdict
from fashion_bench.config import Recipe
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import make_study, make_trial
from tests.analysis.made_up_experiments import AHEAD, BASE, of_trials, plus, scored
from tests.plans import planned


def named(name: str, study: StudyRecord, recipe: Recipe | None = None) -> StudyRecord:
    """The experiment under another name, perhaps of another recipe."""
    trials = [replace(trial, study=name) for trial in study.trials]
    if recipe is not None:
        trials = [replace(t, config=replace(t.config, recipe=recipe)) for t in trials]
    return replace(study, name=name, trials=tuple(trials))


MLP = named("upright", of_trials(*scored("mlp", BASE)))
CNN = named("folded", of_trials(*scored("cnn", plus(BASE, AHEAD))), Recipe(model="cnn", epochs=4))


def test_arms_of_two_files_are_paired_by_seed() -> None:
    """The comparison is the one that a single file with both arms would have."""
    joined = join([MLP, CNN])
    whole = of_trials(*scored("mlp", BASE), *scored("cnn", plus(BASE, AHEAD)))
    assert joined.arms == ("mlp", "cnn")
    assert compare_arms(joined) == compare_arms(whole)
    assert joined.planned == len(joined.trials) == 20


def test_what_differs_between_them_is_told() -> None:
    """A recipe that differs is no longer what is the same in every trial."""
    joined = join([MLP, CNN])
    assert joined.varying == ("model",)
    assert fixed(joined) == {name: value for name, value in fixed(MLP).items() if name != "model"}
    same = replace(MLP, varying=("lr", "dropout"))
    assert join([same, named("again", MLP)]).varying == ("lr", "dropout")
    *_, told = caveats(replace(joined, varying=("model", "hidden")))
    assert told == "the arms differ in model, hidden: a difference is of all of them together"


def test_an_arm_of_both_is_named_after_its_experiment() -> None:
    """Others keep their names."""
    both = of_trials(*scored("mlp", BASE), *scored("wide", BASE))
    joined = join([MLP, named("again", both)])
    assert joined.arms == ("upright.mlp", "again.mlp", "wide")
    assert [len(joined.of_arm(arm)) for arm in joined.arms] == [10, 10, 10]


def test_one_that_has_not_begun_has_no_settings() -> None:
    """It is joined all the same: what it lacks is told by the comparison."""
    joined = join([MLP, replace(CNN, trials=())])
    assert joined.varying == ()
    assert [one.statistics for one in compare_arms(joined)] == [None] * len(compare_arms(joined))


def test_a_study_is_refused() -> None:
    """Its trials share one split, and seeds of its own."""
    with pytest.raises(StudyError, match="made-up: is a study"):
        join([MLP, make_study(make_trial())])


def test_one_named_twice_is_refused() -> None:
    """Its trials would be paired with themselves."""
    with pytest.raises(StudyError, match="upright: is named twice"):
        join([MLP, CNN, MLP])


def test_experiments_are_read_together_as_each_alone() -> None:
    """A margin holds where they share it; one that was looked at makes verdicts always valid."""
    half = planned(MLP, margin=0.5)
    assert join([half, planned(CNN, margin=0.5)]).plan.margin == 0.5
    assert join([half, CNN]).plan.margin is None
    looked_at = join([MLP, planned(CNN, look=2)])
    found = compare_arms(looked_at)[0].statistics
    assert found is not None
    assert found.design is Design.ANYTIME


def test_one_that_a_look_ended_has_all_its_trials() -> None:
    """It asked for more, at most; a planned one that lacks some has no verdict yet."""
    tens = {"a": [0.1] * 8, "b": [0.9] * 8}
    trials = [
        make_trial((value,), arm=arm, number=n, test=(0.1, value))
        for arm, values in tens.items()
        for n, value in enumerate(values)
    ]
    ended = replace(planned(of_trials(*trials), look=2), planned=60)
    assert join([MLP, ended]).planned == 26
    lacking = join([MLP, replace(named("more", CNN), planned=20)])
    assert lacking.planned == 30
    assert {one.statistics.verdict for one in compare_arms(lacking) if one.statistics} == {
        Verdict.UNFINISHED
    }
