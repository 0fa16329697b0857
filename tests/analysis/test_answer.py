from dataclasses import replace
from math import nan

import numpy as np
import pytest

from fashion_bench.analysis.answer import answer, no_verdict
from fashion_bench.analysis.comparison import Answers, compare_arms
from fashion_bench.analysis.paired import Verdict
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import hopeless, make_study, make_trial
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

BEHIND = [-difference for difference in AHEAD]
CLEAR = plus(BASE, AHEAD)


def answered(study: StudyRecord) -> str:
    """Return the sentence of an experiment, without a look at its predictions."""
    return answer(study, compare_arms(study))


def with_nan(accuracies: list[float]) -> StudyRecord:
    """Return an experiment in which one accuracy is not a number."""
    odd = make_trial((0.9,), arm="b", number=9, test=(0.1, nan))
    return of_trials(*scored("a", BASE), *scored("b", accuracies[:9]), odd)


TOO_FEW = "pairs of seeds are too few, a verdict takes"
ANSWERS: dict[str, tuple[StudyRecord, str]] = {
    "better": (
        experiment({"none": BASE, "dropout": CLEAR}),
        "dropout is better than none by 1.60 points of test accuracy "
        "(95 % interval 1.10 to 2.10, n = 10 seeds).",
    ),
    "worse": (
        experiment({"none": BASE, "dropout": plus(BASE, BEHIND)}),
        "dropout is worse than none by 1.60 points of test accuracy "
        "(95 % interval 1.10 to 2.10, n = 10 seeds).",
    ),
    "unclear": (
        experiment({"none": BASE, "dropout": plus(BASE, NOISE)}),
        "Cannot tell whether dropout is better than none in test accuracy: the difference is "
        "0.00 points (95 % interval -0.89 to 0.89, n = 10 seeds, sign-flip p = 1).",
    ),
    "few seeds": (
        experiment({"a": BASE[:5], "b": CLEAR[:5]}),
        f"Cannot tell whether b is better than a in test accuracy: 5 {TOO_FEW} 6.",
    ),
    "one seed": (
        experiment({"a": BASE[:1], "b": CLEAR[:1]}),
        f"Cannot tell whether b is better than a in test accuracy: 1 {TOO_FEW} 6.",
    ),
    "other seeds": (
        of_trials(*scored("a", BASE), *scored("b", CLEAR, first_seed=10)),
        "Cannot tell whether b is better than a in test accuracy: no seed has a value in both.",
    ),
    "not finite": (
        with_nan(CLEAR),
        "Cannot tell whether b is better than a in test accuracy: a value is not finite.",
    ),
    "one arm": (experiment({"only": BASE}), "Nothing to compare: made-up has one arm, only."),
    "no trial": (
        of_trials(arms=("a", "b")),
        "Cannot tell: no trial of made-up has finished.",
    ),
    "in training": (
        replace(of_trials(make_trial(arm="a"), make_trial(arm="b")), planned=20),
        "Cannot tell yet: 2 of 20 trials of made-up have finished, and the test images are opened "
        "after the last.",
    ),
    "not measured": (
        of_trials(hopeless(arm="a"), make_trial(arm="b")),
        "Cannot tell: no trial of made-up has been measured on the test images.",
    ),
    "three arms, two pairs apart": (
        experiment({"a": BASE, "b": plus(BASE, NOISE), "c": CLEAR}),
        "2 of 3 pairs of arms differ in test accuracy: "
        "c is better than a by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.99 to 2.21, n = 10 seeds); "
        "c is better than b by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.36 to 2.84, n = 10 seeds).",
    ),
    "three arms, none apart": (
        experiment({"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, NOISE[::-1])}),
        "Cannot tell any two of the 3 arms apart in test accuracy: corrected for 3 pairs (max-T), "
        "no difference is settled.",
    ),
    "three arms, few seeds": (
        experiment({"a": BASE[:5], "b": CLEAR[:5], "c": BASE[:5]}),
        f"Cannot tell any two of the 3 arms apart in test accuracy: 5 {TOO_FEW} 6.",
    ),
    "no difference that matters": (
        planned(experiment({"none": BASE, "dropout": plus(BASE, NOISE)}), margin=1.0),
        "No difference that matters between dropout and none in test accuracy: less than 1.00 "
        "points either way (90 % interval -0.72 to 0.72, n = 10 seeds).",
    ),
    "none that matters, and a side": (
        planned(experiment({"none": BASE, "dropout": CLEAR}), margin=3.0),
        "No difference that matters between dropout and none in test accuracy: less than 3.00 "
        "points either way (90 % interval 1.19 to 2.01, n = 10 seeds), though dropout is better "
        "by 1.10 to 2.10 points.",
    ),
    "none that matters, and the other side": (
        planned(experiment({"none": CLEAR, "dropout": BASE}), margin=3.0),
        "No difference that matters between dropout and none in test accuracy: less than 3.00 "
        "points either way (90 % interval -2.01 to -1.19, n = 10 seeds), though dropout is worse "
        "by 1.10 to 2.10 points.",
    ),
    "three arms against a margin": (
        planned(experiment({"a": BASE, "b": plus(BASE, NOISE), "c": CLEAR}), margin=1.2),
        "3 of 3 pairs of arms are settled in test accuracy: "
        "no difference that matters between b and a in test accuracy: less than 1.20 points either "
        "way (96.7 % interval -0.99 to 0.99, n = 10 seeds); "
        "c is better than a by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.99 to 2.21, n = 10 seeds); "
        "c is better than b by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.36 to 2.84, n = 10 seeds).",
    ),
    "three arms, one pair open": (
        planned(experiment({"a": BASE, "b": plus(BASE, NOISE), "c": CLEAR}), margin=0.5),
        "2 of 3 pairs of arms differ in test accuracy: "
        "c is better than a by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.99 to 2.21, n = 10 seeds); "
        "c is better than b by 1.60 points of test accuracy "
        "(simultaneous 95 % interval 0.36 to 2.84, n = 10 seeds); "
        "cannot tell b from a: the difference is 0.00 points "
        "(simultaneous 95 % interval -1.09 to 1.09, n = 10 seeds, sign-flip p = 1).",
    ),
    "planned seeds, not all in": (
        replace(experiment({"a": BASE, "b": CLEAR}), planned=40),
        "Cannot tell yet: 20 of 40 trials of made-up have finished, and the test images are opened "
        "after the last.",
    ),
    "looks, not settled": (
        replace(planned(of_trials(make_trial(arm="a"), make_trial(arm="b")), look=2), planned=60),
        "Not settled yet: 2 of at most 60 trials of made-up have finished, and the test images are "
        "opened after the look that settles it, or the last.",
    ),
    "looks, better": (
        planned(experiment({"none": BASE, "dropout": CLEAR}), look=2),
        "dropout is better than none by 1.60 points of test accuracy "
        "(always-valid 95 % interval 0.70 to 2.50, n = 10 seeds).",
    ),
    "looks, unclear": (
        planned(experiment({"none": BASE, "dropout": plus(BASE, NOISE)}), look=2),
        "Cannot tell whether dropout is better than none in test accuracy: the difference is "
        "0.00 points (always-valid 95 % interval -1.61 to 1.61, n = 10 seeds, always-valid p = 1).",
    ),
    "looks, few seeds": (
        planned(experiment({"a": BASE[:5], "b": CLEAR[:5]}), look=5),
        f"Cannot tell whether b is better than a in test accuracy: 5 {TOO_FEW} 6.",
    ),
    "many arms apart": (
        experiment({str(i): plus(BASE, [i * x for x in AHEAD]) for i in range(4)}),
        "6 of 6 pairs of arms differ in test accuracy: see the table.",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_the_answer_is_one_sentence(case: str) -> None:
    """A verdict with its interval and n, or that nobody can tell, and why."""
    study, expected = ANSWERS[case]
    assert answered(study) == expected


def test_what_rests_on_these_images_says_so() -> None:
    """Settled over seeds, but not over images: other images might say otherwise."""
    study = experiment({"a": BASE, "b": CLEAR})
    images = np.random.default_rng(0).random((2, 50)) < 0.88
    right = {trial.trial_id: images[int(trial.arm == "b")] for trial in study.trials}
    sentence = answer(study, compare_arms(study, {"plain": Answers(right=right)}))
    assert sentence.startswith("b is better than a by 1.60 points of test accuracy (95 % interval")
    assert (
        ", but other test images might say otherwise (over seeds and images: 95 % interval -"
        in sentence
    )
    clear = answer(study, compare_arms(study, {"plain": answers_to(study, images=10_000)}))
    assert clear == answered(study)


def test_a_study_has_no_verdict() -> None:
    """It says so, and how to measure what it found."""
    study = make_study(make_trial(arm="a"), make_trial(arm="b"))
    assert no_verdict(study) == (
        "Level so far: a and b with 0.9000 (best of 1 complete trial each), which may be luck. "
        "To settle it: `fashion-bench study promote made-up`."
    )
    assert no_verdict(make_study(make_trial())).startswith(
        "Best so far: 0.9000 in plain (best of 1 complete trial), which may be luck. To settle it: "
    )
    assert no_verdict(make_study(arms=("a",))) == "Cannot tell: no trial of made-up has finished."


def test_what_is_ahead_goes_by_complete_trials_alone() -> None:
    """A trial that a rung stopped has a value of another epoch, however good."""
    study = make_study(
        make_trial((0.7, 0.8, 0.85), arm="a"),
        make_trial((0.9,), arm="b", outcome=Outcome.PRUNED),
        make_trial((0.7, 0.8, 0.82), arm="b", number=1),
    )
    assert no_verdict(study).startswith(
        "Ahead so far: a with 0.8500, 3.00 points over b (best of 1 complete trial each), "
    )
    alone = make_study(*study.trials[:2], arms=("a", "b"))
    assert no_verdict(alone).startswith("Best so far: 0.8500 in a (best of 1 complete trial), ")


def test_a_study_that_cannot_be_promoted_says_why() -> None:
    """Nothing complete in an arm, or nothing searched."""
    stopped = make_trial((0.8,), arm="b", outcome=Outcome.PRUNED)
    study = make_study(make_trial(arm="a"), stopped)
    assert no_verdict(study).endswith("It cannot be settled yet: no trial of b is complete.")
    listed = planned(make_study(make_trial()), seeds=(1,))
    assert no_verdict(listed).endswith("`fashion-bench study promote`, of the study it confirms.")


def test_an_open_pair_is_told_by_what_it_was_decided_on() -> None:
    """Corrected for the other pairs; its own interval leaves out 0 and would seem to settle it."""
    lead = plus(BASE, [0.02, 0.018, -0.004, 0.015, -0.006, 0.012, 0.02, -0.003, 0.016, 0.001])
    study = planned(experiment({"a": BASE, "b": lead, "c": CLEAR}), margin=0.1)
    open_pair = compare_arms(study)[0]
    assert open_pair.statistics is not None
    assert open_pair.statistics.interval is not None
    assert open_pair.statistics.interval.leaves_out_zero
    assert open_pair.statistics.verdict is Verdict.UNCLEAR
    adjusted = open_pair.statistics.adjusted_interval
    assert adjusted is not None
    told = answered(study)[answered(study).index("cannot tell b from a") :]
    assert f"interval {100 * adjusted.low:.2f} to {100 * adjusted.high:.2f}, n = 10" in told
    assert f"corrected sign-flip p = {open_pair.statistics.adjusted_p:.2g})" in told
