from dataclasses import replace
from math import inf, nan
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.analysis.comparison import (
    MOST_ARMS,
    Answers,
    Comparison,
    compare_arms,
    compare_in,
    over_images,
)
from fashion_bench.analysis.metric import Metric, metrics_of
from fashion_bench.analysis.paired import Differences, Verdict, compare_paired
from fashion_bench.analysis.power import smallest_difference
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import failed, hopeless, make_trial, near
from tests.analysis.made_up_experiments import (
    AHEAD,
    BASE,
    NOISE,
    answers_to,
    experiment,
    of_trials,
    plus,
    scored,
)
from tests.plans import planned

MIRRORED = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}

# Multiples of 1/1024: sums and differences of them are exact.
exact = st.integers(0, 1024).map(lambda part: part / 1024)


@st.composite
def experiments(draw: st.DrawFn) -> StudyRecord:
    """Draw an experiment of 2 or 3 arms with up to 8 seeds each, some of them shared."""
    arms = draw(st.lists(st.sampled_from("abc"), min_size=2, max_size=3, unique=True))
    trials = [
        trial
        for arm in arms
        for trial in scored(arm, draw(st.lists(exact, max_size=8)), draw(st.integers(0, 2)))
    ]
    return of_trials(*trials, arms=arms)


def in_accuracy(study: StudyRecord) -> list[Comparison]:
    """Compare the arms in test accuracy alone, if it is there."""
    return [one for one in compare_arms(study) if one.metric == Metric.TEST_ACCURACY]


def test_the_later_arm_is_held_against_the_earlier() -> None:
    """Of two arms, the file's first is the reference; every metric that is there is compared."""
    study = experiment({"none": BASE, "dropout": plus(BASE, AHEAD)})
    accuracy, loss, valid = compare_arms(study)
    differences = np.array(plus(BASE, AHEAD)) - np.array(BASE)
    (statistics,) = compare_paired([Differences(by_seed=dict(enumerate(differences)))])
    assert accuracy == Comparison(
        metric=Metric.TEST_ACCURACY,
        a="dropout",
        b="none",
        seeds=tuple(range(10)),
        differences=tuple(differences),
        means=(near(0.899), near(0.883)),
        left_out=0,
        statistics=statistics,
        smallest=near(smallest_difference(10, statistics.sd or nan) or nan),
    )
    assert (statistics.verdict, statistics.mean) == (Verdict.BETTER, near(0.016))
    assert loss.metric == Metric.TEST_LOSS
    assert (accuracy.primary, loss.primary, valid.primary) == (True, False, False)
    assert loss.statistics is not None
    assert (loss.statistics.verdict, loss.statistics.mean) == (Verdict.BETTER, near(-0.016))
    assert valid.metric == Metric.VALID_ACCURACY
    assert valid.statistics is not None
    assert (valid.statistics.verdict, valid.smallest) == (Verdict.UNCLEAR, None)


def test_of_three_arms_every_pair_is_one_of_a_family() -> None:
    """All pairs, later less earlier; max-T widens the intervals and what can be found."""
    two = experiment({"a": BASE, "b": plus(BASE, NOISE)})
    three = experiment({"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, NOISE[::-1])})
    pairs = in_accuracy(three)
    assert [(one.a, one.b) for one in pairs] == [("b", "a"), ("c", "a"), ("c", "b")]
    alone, in_family = in_accuracy(two)[0], pairs[0]
    assert alone.statistics is not None
    assert in_family.statistics is not None
    assert alone.statistics.interval == in_family.statistics.interval
    assert in_family.statistics.adjusted_interval != in_family.statistics.interval
    of_one, sd = in_family.statistics.alpha, in_family.statistics.sd
    assert of_one is not None
    assert 0.01 < of_one < 0.04
    assert in_family.smallest == near(smallest_difference(10, sd or nan, alpha=of_one) or nan)


def test_secondary_metrics_are_one_family_with_all_the_others() -> None:
    """What decides is corrected for its own pairs; the rest for all pairs in all metrics."""
    arms = {"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, AHEAD)}
    study, accuracy = experiment(arms), Metric.TEST_ACCURACY
    random = np.random.default_rng(0)
    study = replace(
        study,
        trials=tuple(
            replace(t, tests={"plain": replace(t.test, loss=random.normal())})
            for t in study.trials
            if t.test is not None
        ),
    )
    found = compare_arms(study)
    of_primary = {(one.a, one.b): one for one in found if one.primary}
    together = [*compare_in(study, metrics_of(study))]
    assert {one.metric for one in found if one.primary} == {accuracy}
    for one in compare_in(study, [accuracy]):
        assert of_primary[one.a, one.b] == one
    secondary = [one for one in found if not one.primary]
    assert secondary == [replace(one, primary=False) for one in together if one.metric != accuracy]
    for one in together:
        if one.metric == accuracy:
            own, all_together = of_primary[one.a, one.b].statistics, one.statistics
            assert own is not None
            assert all_together is not None
            assert own.adjusted_p <= all_together.adjusted_p
            assert own.alpha > all_together.alpha


@pytest.mark.parametrize(("measure", "margin"), [("loss", 0.003), ("accuracy", None)])
def test_the_file_names_what_decides(measure: str, margin: float | None) -> None:
    """Its verdicts are the primary ones, in its own unit, and the margin is of it alone."""
    study = planned(experiment({"a": BASE, "b": plus(BASE, AHEAD)}), metric=measure, margin=margin)
    first, *others = compare_arms(study)
    assert (first.primary, first.metric) == (True, Metric.on("plain", measure))
    assert first.statistics is not None
    assert first.statistics.margin == margin
    assert all(one.statistics.margin is None for one in others if one.statistics)
    assert {one.primary for one in others} == {False}


@pytest.mark.parametrize(("arms", "pairs"), [(MOST_ARMS, 190), (MOST_ARMS + 1, 20)])
def test_of_many_arms_each_is_held_against_the_first(arms: int, pairs: int) -> None:
    """All pairs of a hundred arms would take minutes, and nobody would read them."""
    found = in_accuracy(experiment({f"arm{i}": (0.8,) for i in range(arms)}))
    assert len(found) == pairs
    assert {one.b for one in found if arms > MOST_ARMS} <= {"arm0"}


def test_pairs_are_formed_by_seed() -> None:
    """What has no partner is left out and counted: other seeds, failed, not measured."""
    trials = [
        *scored("a", (0.8, 0.81, 0.82, 0.83)),
        *scored("b", (0.9, 0.91), first_seed=2),
        failed(arm="b", number=0),
        make_trial((0.9,), arm="b", number=1),
        *scored("b", (0.5,), first_seed=9),
    ]
    accuracy, loss, valid = compare_arms(of_trials(*trials))
    assert (accuracy.seeds, accuracy.left_out) == ((2, 3), 3)
    assert accuracy.differences == (near(0.08), near(0.08))
    assert (loss.seeds, loss.left_out) == ((2, 3), 3)
    assert (valid.seeds, valid.left_out) == ((1, 2, 3), 2)


def test_chance_is_an_accuracy_and_no_loss() -> None:
    """A trial that diverged at once counts in accuracy and leaves its pair out of the loss."""
    study = of_trials(*scored("a", (0.8, 0.8)), *scored("b", (0.9,)), hopeless(arm="b", number=1))
    accuracy, loss, _ = compare_arms(study)
    assert accuracy.differences == (near(0.1), near(-0.7))
    assert (loss.seeds, loss.left_out, loss.statistics) == ((0,), 1, None)
    assert loss.problem == "a trial that diverged at once has no test loss"
    assert accuracy.problem == ""


def test_crashes_do_not_make_an_arm_better() -> None:
    """What is left of an arm is ahead in every other metric, and nothing is told of it there."""
    ahead = [
        *scored("b", plus(BASE, AHEAD)[:7]),
        *(hopeless(arm="b", number=n) for n in range(7, 10)),
    ]
    study = planned(of_trials(*scored("a", BASE), *ahead), metric="loss")
    primary, *_ = compare_arms(study)
    assert (primary.metric, primary.statistics) == ("test_loss", None)
    assert len(primary.seeds) == 7


def test_arms_without_a_common_seed_have_no_statistics() -> None:
    """No pair, no number."""
    study = of_trials(*scored("a", (0.8,)), *scored("b", (0.9,), first_seed=5))
    for one in compare_arms(study):
        assert (one.seeds, one.left_out, one.statistics, one.smallest) == ((), 2, None, None)
        assert one.problem == "no pair has a value in both"


def test_looks_have_no_interval_over_seeds_and_images() -> None:
    """It would be for a planned number of seeds."""
    study = experiment({"a": BASE, "b": plus(BASE, AHEAD)})
    for look in (None, 2):
        first, *_ = compare_arms(planned(study, look=look), {"plain": answers_to(study)})
        assert first.images is not None
        assert (first.images.of_both is None) is (look is not None)
        assert first.images.interval is not None


@pytest.mark.parametrize("value", [nan, inf])
def test_what_is_not_finite_has_no_statistics(value: float) -> None:
    """Leaving out that seed would flatter its arm; other metrics and pairs are told."""
    broken = make_trial((0.9,), arm="b", number=6, test=(value, 0.9))
    study = of_trials(
        *scored("a", BASE[:7]),
        *scored("b", plus(BASE, AHEAD)[:6]),
        broken,
        *scored("c", plus(BASE, NOISE)[:7]),
    )
    lacking = [(one.metric, one.a, one.b) for one in compare_arms(study) if one.statistics is None]
    assert lacking == [(Metric.TEST_LOSS, "b", "a"), (Metric.TEST_LOSS, "c", "b")]


def test_one_arm_and_no_trial_have_nothing_to_compare() -> None:
    """No pair of arms, no comparison; arms without trials, no statistics."""
    assert compare_arms(experiment({"only": BASE})) == ()
    (one,) = compare_arms(of_trials(arms=("a", "b")))
    assert (one.metric, one.seeds, one.statistics) == (Metric.VALID_ACCURACY, (), None)


# Over images -----------------------------------------------------------------------------------


def test_the_error_of_the_images_stands_beside() -> None:
    """Of an accuracy on test images, from the answers of the paired networks; of nothing else."""
    study = experiment({"a": BASE, "b": plus(BASE, AHEAD)})
    answers = answers_to(study)
    accuracy, loss, valid = compare_arms(study, {"plain": answers})
    of_arm = {
        arm: np.stack([answers.right[trial.trial_id] for trial in study.of_arm(arm)])
        for arm in "ab"
    }
    assert accuracy.images is not None
    assert accuracy.images.seeds == 10
    assert accuracy.images == over_images(of_arm["b"], of_arm["a"])
    assert accuracy.statistics is not None
    assert accuracy.images.mean == near(accuracy.statistics.mean or nan)
    for one in (loss, valid, *compare_arms(study)):
        assert (one.images, one.images_problem) == (None, "")


def test_networks_are_paired_by_seed() -> None:
    """A seed that only one arm was measured on is not in the difference over images."""
    trials = [*scored("a", (0.8, 0.2)), *scored("b", (0.9,)), hopeless(arm="b", number=1)]
    study = of_trials(*trials)
    (one, *_) = compare_arms(study, {"plain": answers_to(study)})
    assert one.seeds == (0, 1)
    assert one.images is not None
    assert (one.images.seeds, one.images.mean) == (1, near(0.1))


def test_missing_answers_are_told() -> None:
    """All else is there; the difference over images is not, and why."""
    study = experiment({"a": BASE, "b": plus(BASE, AHEAD)})
    (one, *_) = compare_arms(study, {"plain": Answers(problem="file.npz: cannot be read")})
    assert (one.images, one.images_problem) == (None, "file.npz: cannot be read")
    assert one.statistics is not None
    apart = of_trials(*scored("a", (0.8,)), *scored("b", (0.9,), first_seed=5))
    (one, *_) = compare_arms(apart, {"plain": answers_to(apart)})
    assert (one.images, one.images_problem) == (None, "no seed was measured in both arms")


# Laws ------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(experiments())
def test_swapping_two_arms_mirrors_the_comparison(study: StudyRecord) -> None:
    """Every difference changes its sign, p stays, and better becomes worse."""
    a, b, *others = study.arms
    swapped = replace(study, arms=(b, a, *others))
    for one, other in zip(compare_arms(study), compare_arms(swapped), strict=True):
        if {one.a, one.b} != {a, b}:
            continue
        assert (other.a, other.b, other.seeds) == (one.b, one.a, one.seeds)
        assert other.differences == tuple(-difference for difference in one.differences)
        if one.statistics is None or other.statistics is None:
            assert one.statistics is other.statistics
            continue
        verdict = one.statistics.verdict
        assert other.statistics.verdict is MIRRORED.get(verdict, verdict)
        assert other.statistics.p == one.statistics.p
        assert other.statistics.adjusted_p == one.statistics.adjusted_p
        assert other.smallest == (None if one.smallest is None else near(one.smallest))


@settings(max_examples=60)
@given(experiments(), st.sampled_from([-0.5, 0.25, 1.0]))
def test_what_both_arms_gain_changes_nothing(study: StudyRecord, gain: float) -> None:
    """A constant added to every value is in no difference."""
    gained = [
        replace(trial, tests={"plain": replace(trial.test, accuracy=trial.test.accuracy + gain)})
        for trial in study.trials
        if trial.test is not None
    ]
    again = in_accuracy(replace(study, trials=tuple(gained)))
    assert [replace(one, means=None) for one in again] == [
        replace(one, means=None) for one in in_accuracy(study)
    ]


@settings(max_examples=60)
@given(experiments(), st.randoms())
def test_the_order_of_trials_changes_nothing(study: StudyRecord, random: Random) -> None:
    """Not the differences, not the last digit of any statistic."""
    shuffled = random.sample(study.trials, len(study.trials))
    answers = {"plain": answers_to(study)}
    again = compare_arms(replace(study, trials=tuple(shuffled)), answers)  # type: ignore[arg-type]
    assert again == compare_arms(study, answers)  # type: ignore[arg-type]
