import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from fashion_bench.analysis.comparison import Answers, compare_arms
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.tables import differences_table
from fashion_bench.analysis.views.comparison import comparison_document
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.records import StudyRecord, TrialRecord
from tests.analysis.conftest import (
    failed,
    hopeless,
    make_study,
    make_trial,
    printed,
    studies,
)
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


def shown(study: StudyRecord, answers: Answers | None = None) -> str:
    """Return an experiment compared, as a terminal shows it."""
    found = compare_arms(study, {} if answers is None else {"plain": answers})
    return printed(comparison_document(study, found))


def test_two_arms_fit_a_terminal() -> None:
    """The answer, the scores, the differences, how certain they are, the error of the images."""
    study = replace(
        experiment({"none": BASE, "[dropout]": plus(BASE, AHEAD)}), varying=("dropout",)
    )
    assert (
        shown(study, answers_to(study))
        == """\
[dropout] is better than none by 1.60 points of test accuracy (95 % interval
1.10 to 2.10, n = 10 seeds).

made-up (experiment)
Does it [really] help?
20 of 20 trials finished, 20 epochs, 10.0 s of training, 5.0 s of processor time
Mean ± standard deviation over n seeds

 arm          valid accuracy     test accuracy         test loss    n
 ────────────────────────────────────────────────────────────────────
 none        0.9000 ± 0.0000   0.8830 ± 0.0095   0.1170 ± 0.0095   10
 [dropout]   0.9000 ± 0.0000   0.8990 ± 0.0129   0.1010 ± 0.0129   10


Mean differences, paired by seed

 A - B                    n                   difference       verdict    found
 ──────────────────────────────────────────────────────────────────────────────
 test accuracy
   [dropout] - none      10         +1.60 [+1.10, +2.10]        better     0.70
 test loss (secondary)
   [dropout] - none      10   -0.0160 [-0.0210, -0.0110]        better   0.0070
 validation accuracy
 (secondary)
   [dropout] - none      10         +0.00 [+0.00, +0.00]   cannot tell        –

accuracies in percentage points, losses in nats; difference: with its 95 %
interval over seeds, on one set of images; found: the least difference found
with 80 % power at this n and spread; the answer rests on test accuracy, the
primary metric; the others are secondary

How certain that is

 A - B                                 p            P(A > B)   effect size
 ─────────────────────────────────────────────────────────────────────────
 test accuracy
   [dropout] - none                0.002   1.00 [0.72, 1.00]         +2.09
 test loss (secondary)
   [dropout] - none                0.002   0.00 [0.00, 0.28]         -2.09
 validation accuracy (secondary)
   [dropout] - none                    1   0.50 [0.36, 0.64]             –

p: of the sign-flip test; effect size: mean by deviation of the differences

Corrected for one another (max-T)

 A - B                                 p             interval
 ────────────────────────────────────────────────────────────
 test accuracy
   [dropout] - none                0.002       [+1.10, +2.10]
 test loss (secondary)
   [dropout] - none                0.002   [-0.0210, -0.0110]
 validation accuracy (secondary)
   [dropout] - none                    1       [+0.00, +0.00]

the verdicts rest on these: those of the primary metric hold
at once over its pairs of arms, those of the secondary ones
over all pairs in all metrics

With the error of the test images

 A - B                seeds   images            over images        over both
 ───────────────────────────────────────────────────────────────────────────
 test accuracy
   [dropout] - none      10      200   +1.60 [+0.45, +2.75]   [+0.45, +2.75]

paired by image; over images: these networks given; over both: other seeds
and other images in mind

* each arm: 0 of 10 diverged: up to 26 % possible
* fixed in every trial: model mlp, epochs 4, batch_size 64, source
fashion_mnist, train_images 54000, valid_images 6000, optimizer adam, loss
cross_entropy, augment none, lr 0.001"""
    )


def test_of_three_arms_what_the_verdicts_rest_on_is_shown() -> None:
    """Adjusted p and simultaneous interval, metric by metric."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, AHEAD)})
    text = shown(study)
    corrected = text[text.index("Corrected for one another") :]
    assert corrected.startswith(
        """\
Corrected for one another (max-T)

 A - B                                 p             interval
 ────────────────────────────────────────────────────────────
 test accuracy
   b - a                               1       [-1.09, +1.09]
   c - a                           0.002       [+0.99, +2.21]
   c - b                           0.029       [+0.36, +2.84]
 test loss (secondary)
   b - a                               1   [-0.0109, +0.0109]
"""
    )
    two = make_study(make_trial(arm="a"), make_trial(arm="b"), kind="experiment")
    assert "Corrected" not in shown(replace(two, planned=2))  # one pair in one metric


def test_what_is_held_against_the_margin_is_shown() -> None:
    """Accuracies with the interval of two one-sided tests; a loss has no margin."""
    study = planned(experiment({"a": BASE, "b": plus(BASE, NOISE)}), margin=2.0)
    text = shown(study)
    assert text.startswith("No difference that matters between b and a in test accuracy: less")
    assert text[text.index("Against the margin") :].startswith(
        """\
Against the margin, the least difference that matters

 A - B                             margin         interval       of
 ──────────────────────────────────────────────────────────────────
 test accuracy
   b - a                             2.00   [-0.72, +0.72]   90.0 %
 validation accuracy (secondary)
   b - a                             2.00   [+0.00, +0.00]   96.7 %
"""
    )


def test_a_partial_experiment_has_no_verdict_anywhere() -> None:
    """Of planned seeds that are not all in there is n and a mean, and nothing to decide by."""
    study = replace(experiment({"a": BASE, "b": plus(BASE, AHEAD)}), planned=40)
    text = shown(study)
    assert text.startswith("Cannot tell yet: 20 of 40 trials")
    assert "not yet" in text
    assert "better" not in text
    assert "How certain" not in text
    rows = plain(comparison_document(study, compare_arms(study)))["comparisons"]
    for row in rows:
        found = row["statistics"]
        assert found["verdict"] == "not yet"
        for name in ("p", "adjusted_p", "interval", "adjusted_interval", "superiority_interval"):
            assert found[name] is None
    table = differences_table(compare_arms(study))
    assert set(table["verdict"]) == {"not yet"}
    assert table[["p", "adjusted_p", "low", "high"]].isna().all().all()


def test_a_comparison_with_looks_says_which_kind_it_is() -> None:
    """Its interval and p are the always-valid ones, and nothing of it is max-T."""
    arms = {"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, AHEAD)}
    text = " ".join(shown(planned(experiment(arms), look=2)).split())
    assert "with its always-valid 95 % interval over seeds" in text
    assert "p: 1 / e-value, valid at any look" in text
    assert "Corrected for one another (e-values times their number)" in text
    assert "max-T" not in text
    assert "sign-flip" not in text


def test_seeds_without_a_pair_are_counted() -> None:
    """Beside n, of how many; no figure where there is none."""
    study = of_trials(*scored("a", (0.8, 0.9)), *scored("b", (0.9, 0.9), first_seed=1))
    assert re.search(r"  b - a +1 of 3 +\+0.00 +cannot tell: n +–$", shown(study), re.MULTILINE)
    apart = of_trials(*scored("a", (0.8,)), *scored("b", (0.9,), first_seed=1))
    text = shown(apart)
    assert re.search(r"  b - a +0 of 2 +– +– +–$", text, re.MULTILINE)
    assert "How certain" not in text


def test_missing_predictions_are_told_once() -> None:
    """The line that lacks, and why; everything else is there."""
    study = experiment({"a": BASE, "b": plus(BASE, NOISE), "c": plus(BASE, AHEAD)})
    text = shown(study, Answers(problem="p.npz: cannot be read"))
    assert "With the error of the test images" not in text
    sentence = "test accuracy: the sampling error of its images is missing: p.npz: cannot be read"
    assert " ".join(text.split()).count(sentence) == 1
    found = compare_arms(study, {"plain": Answers(problem="p.npz: cannot be read")})
    assert plain(comparison_document(study, found))["caveats"][-1] == sentence


@pytest.mark.parametrize(
    "trials", [(), (make_trial(arm="a"),), (failed(arm="a"), hopeless(arm="b"))]
)
def test_little_is_told_of_little(trials: tuple[TrialRecord, ...]) -> None:
    """Unmeasured or unfinished, the answer says why, and the page still fits."""
    study = replace(of_trials(*trials, arms=("a", "b")), planned=20)
    text = shown(study)
    assert text.startswith("Cannot tell")
    assert max(map(len, text.splitlines())) <= 80


def test_json_has_everything() -> None:
    """Statistics, differences by seed, the error of the images, the answer, what was fixed."""
    study = experiment({"a": BASE, "b": plus(BASE, AHEAD)})
    found = compare_arms(study, {"plain": answers_to(study)})
    told = plain(comparison_document(study, found))
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told.items() >= plain(summary_document(study)).items()
    first = told["comparisons"][0]
    assert (first["metric"], first["a"], first["b"]) == ("test_accuracy", "b", "a")
    assert first["seeds"] == list(range(10))
    assert sum(first["differences"]) / 10 == pytest.approx(first["statistics"]["mean"])
    assert first["statistics"]["verdict"] == "better"
    assert first["images"]["images"] == 200
    assert told["comparisons"][1]["images"] is None
    assert told["answer"].startswith("b is better than a by 1.60 points")
    assert told["fixed"]["epochs"] == 4


@settings(max_examples=40)
@given(studies())
def test_any_experiment_can_be_told(study: StudyRecord) -> None:
    """Whatever came of its trials, measured or not: text, and JSON of finite numbers."""
    experiment = planned(study, tests=("plain",))
    found = compare_arms(experiment)
    printed(comparison_document(experiment, found))
    json.dumps(plain(comparison_document(experiment, found)), allow_nan=False)
