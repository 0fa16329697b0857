"""Tests of ``analysis/joining.py``."""

from dataclasses import replace

import pytest

from fashion_bench.analysis.caveats import caveats, fixed
from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.joining import join, overlaps
from fashion_bench.analysis.paired import Design, Verdict
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.config import Recipe
from fashion_bench.errors import StudyError
from fashion_bench.plan import ArmPlan
from fashion_bench.records import Amendment, Opening, StudyRecord
from tests.analysis.conftest import make_study, make_trial, printed
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


def test_each_keeps_its_openings_and_what_was_amended() -> None:
    """Told with the name of the experiment, and once: the joined one has none of its own."""
    again = tuple(
        Opening(opened_at=1.0, git_commit="c0ffee", digests={}, reason=reason)
        for reason in ("", "a slip")
    )
    amended = Amendment(key="margin", before=None, now=0.5, at=1.0, trials=20)
    joined = join([replace(MLP, openings=again), replace(CNN, amendments=(amended,))])
    assert (joined.openings, joined.amendments) == ((), ())
    told = caveats(joined)
    sentence = "the test images were opened 2 times, again because of: a slip"
    assert [one for one in told if sentence in one] == [f"upright: {sentence}"]
    sentence = "margin was changed from none to 0.5 when the results of 20 trials were known"
    assert [one for one in told if sentence in one] == [f"folded: {sentence}"]
    shown = plain(summary_document(joined))["openings"]
    assert [(one["experiment"], one["reason"]) for one in shown] == [
        ("upright", ""),
        ("upright", "a slip"),
    ]
    assert "upright: Test images opened" in printed(summary_document(joined))


def test_what_they_have_in_common_is_told() -> None:
    """Seeds, arms of equal configurations, and how much more one of them was trained."""
    more = named("more", of_trials(*scored("mlp", BASE), *scored("wide", BASE, first_seed=5)))
    more = planned(
        more,
        recipe=Recipe(epochs=4),
        arms=(ArmPlan(name="mlp", fixed={}), ArmPlan(name="wide", fixed={"hidden": 999})),
    )
    assert list(overlaps(join([MLP, more]))) == [
        "mixed fidelity: epochs is 10 in upright, 4 in more",
        "seeds in common of upright, more: 10 of 10, 15",
    ]
    same = planned(more, recipe=MLP.plan.recipe)
    assert list(overlaps(join([MLP, same]))) == [
        "seeds in common of upright, more: 10 of 10, 15",
        "the same arm, trained in several files: mlp of upright, mlp of more; 10 of its 20 trials "
        "repeat another",
    ]
    fresh = named("fresh", of_trials(*scored("mlp", BASE, first_seed=10)))
    assert list(overlaps(join([MLP, fresh]))) == [
        "seeds in common of upright, fresh: 0 of 10, 10",
        "the same arm, trained in several files: mlp of upright, mlp of fresh",
    ]
    assert not list(overlaps(MLP))


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


def test_the_first_says_what_decides() -> None:
    """Experiments that are decided by different metrics are read in the first's, and that is told.

    A margin of one metric is none of another.
    """
    loss = planned(MLP, metric="loss", margin=0.5)
    joined = join([loss, planned(CNN, margin=0.5)])
    assert (joined.plan.metric, joined.plan.margin) == ("loss", None)
    told = f"what decides is loss in {MLP.name}, accuracy in {CNN.name}: here it is that of the"
    assert any(sentence.startswith(told) for sentence in caveats(joined))
    assert not any("what decides" in sentence for sentence in caveats(join([MLP, CNN])))
