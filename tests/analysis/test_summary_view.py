import json
from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given, settings

from fashion_bench.analysis.rendering.plain import json_text, plain
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.records import Opening, Outcome, StudyRecord
from tests.analysis.conftest import (
    failed,
    hopeless,
    lone_studies,
    make_study,
    make_trial,
    printed,
    studies,
)
from tests.plans import planned


def test_a_study_fits_a_terminal() -> None:
    """The heading, the tables and the best trial, as a person sees them."""
    study = make_study(
        make_trial((0.8, 0.85, 0.8), arm="no-dropout", params={"lr": 0.00123456, "hidden": 64}),
        make_trial((0.7,), arm="no-dropout", number=1, outcome=Outcome.PRUNED),
        make_trial((0.8, 0.91234), arm="dropout", params={"lr": 0.001, "schedule": "cosine"}),
        hopeless(arm="dropout", number=1),
        failed(arm="dropout", number=2),
    )
    assert (
        printed(summary_document(study))
        == """\
made-up (study)
Does it [really] help?
5 of 10 trials finished, 7 epochs, 3.5 s of training, 1.8 s of processor time
How its trials ended

 arm          trials   complete   pruned   diverged   failed
 ───────────────────────────────────────────────────────────
 no-dropout        2          1        1          0        0
 dropout           3          1        0          1        1

Training cost per arm

 arm          epochs    time   processor
 ───────────────────────────────────────
 no-dropout        4   2.0 s       1.0 s
 dropout           3   1.5 s       0.8 s

Validation accuracy at the best epoch

 arm           at epoch     best   median          quartiles   n   best is
 ─────────────────────────────────────────────────────────────────────────
 no-dropout   best of 4   0.8500   0.8500   0.8500 to 0.8500   1         0
 no-dropout           1   0.7000   0.7000   0.7000 to 0.7000   1         1
 dropout      best of 4   0.9123   0.5062   0.3031 to 0.7093   2         0

trials that a rung stopped have rows of their own, as they were there

Best trial: made-up.dropout-0 (complete), 0.9123 at epoch 2 of 4
  schedule cosine"""
    )


def test_an_experiment_fits_a_terminal() -> None:
    """Mean and deviation with their n, and the seeds that were lost."""
    study = make_study(
        make_trial((0.9,), test=(0.3, 0.88)),
        make_trial((0.8,), number=1, test=(0.5, 0.86)),
        hopeless(number=2),
        make_trial((0.85,), arm="[b]", test=(0.4, 0.84)),
        kind="experiment",
    )
    assert (
        printed(summary_document(study))
        == """\
made-up (experiment)
Does it [really] help?
4 of 10 trials finished, 4 epochs, 2.0 s of training, 1.0 s of processor time
Mean ± standard deviation over n seeds

 arm      valid accuracy     test accuracy         test loss   n
 ───────────────────────────────────────────────────────────────
 plain   0.6000 ± 0.4359   0.6133 ± 0.4447   0.4000 ± 0.1414   3
                                                     (n = 2)
 [b]          0.8500 ± –        0.8400 ± –        0.4000 ± –   1

plain: 1 diverged, 0 failed of 3"""
    )


def test_a_second_test_takes_the_place_of_the_loss() -> None:
    """Rotated accuracy stands beside the plain one, and four columns fit into a terminal."""
    study = make_study(
        make_trial((0.9,), arm="dropout-of-a-quarter", test=(0.3, 0.88), rotated=(0.9, 0.7)),
        kind="experiment",
    )
    table = printed(summary_document(study)).partition("seeds\n")[2]
    assert table.strip("\n").splitlines() == [
        " arm                    valid accuracy   test accuracy   rotated test   n",
        " " + "─" * 72,
        " dropout-of-a-quarter       0.9000 ± –      0.8800 ± –     0.7000 ± –   1",
    ]


def test_every_opening_of_the_test_images_is_told() -> None:
    """When, by which commit, and of a further one why; ``--json`` has the images' digests too."""
    first = Opening(opened_at=0.0, git_commit="c0ffee5" * 5, digests={"plain": "d"})
    again = Opening(
        opened_at=86_400.0, git_commit="decade0f-dirty", digests={"plain": "d"}, reason="new torch"
    )
    study = replace(make_study(make_trial(), kind="experiment"), openings=(first, again))
    assert printed(summary_document(study)).splitlines()[-2:] == [
        "Test images opened 1970-01-01 00:00 UTC by commit c0ffee5",
        "Test images opened 1970-01-02 00:00 UTC by commit decade0-dirty: new torch",
    ]
    assert plain(summary_document(study))["openings"][1] == {
        "opened_at": 86_400.0,
        "git_commit": "decade0f-dirty",
        "digests": {"plain": "d"},
        "reason": "new torch",
    }


@pytest.mark.parametrize("name", lone_studies())
def test_a_study_with_little_to_tell_prints_a_dash(name: str) -> None:
    """Where there is no number there is a dash, never a traceback or a nan."""
    study = lone_studies()[name]
    text = printed(summary_document(study))
    text += printed(summary_document(planned(study, seeds=(0,), tests=("plain",))))
    assert "nan" not in text
    assert "None" not in text
    assert ("Best trial: –" in text) == (name in {"no trial", "all diverged", "all failed"})


@pytest.mark.parametrize(
    ("seconds", "told"), [(59.94, "59.9 s"), (600.0, "10 min"), (5400.0, "1 h 30 min")]
)
def test_a_long_time_is_told_in_minutes_or_hours(seconds: float, told: str) -> None:
    """Time is told in the unit a person would say."""
    trial = make_trial()
    history = tuple(replace(epoch, seconds=seconds / 4) for epoch in trial.history)
    study = make_study(replace(trial, history=history))
    assert f"4 epochs, {told} of training" in printed(summary_document(study))


def test_json_tells_what_the_text_tells() -> None:
    """The plain data hold the study, each arm and the best trial."""
    told = plain(summary_document(make_study(make_trial(params={"lr": 0.1}))))
    (arm,) = told.pop("arms")
    assert (arm["arm"], arm["trials"], arm["best"]) == ("plain", 1, 0.9)
    (reached,) = told.pop("reached")
    assert (reached["arm"], reached["epoch"], reached["stopped"]) == ("plain", 4, False)
    assert told == {
        "name": "made-up",
        "kind": "study",
        "question": "Does it [really] help?",
        "planned": 10,
        "finished": 1,
        "best": {
            "trial_id": "made-up.plain-0",
            "arm": "plain",
            "outcome": "complete",
            "value": 0.9,
            "best_epoch": 3,
            "params": {"lr": 0.1},
        },
    }


def test_json_of_an_experiment_holds_its_scores() -> None:
    """Only an experiment has scores, each with its n."""
    told = plain(summary_document(make_study(make_trial(test=(nan, 0.88)), kind="experiment")))
    (score,) = told["scores"]
    assert score["test_accuracy"] == {"n": 1, "mean": 0.88, "sd": None}
    assert score["test_loss"] is None


def test_json_has_null_where_a_number_is_not_finite() -> None:
    """JSON has no NaN: whatever is not finite becomes null."""
    told = plain(summary_document(make_study(make_trial(params={"lr": nan}))))
    assert told["best"]["params"] == {"lr": None}


@settings(max_examples=50)
@given(studies())
def test_json_of_any_study_is_strict(study: StudyRecord) -> None:
    """Any study can be written as strict JSON and read back equal."""
    told = plain(summary_document(study))
    assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_what_json_has_no_word_for_is_refused(number: float) -> None:
    """Nobody is handed text that strict readers reject."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"value": number})


def test_letters_stay_as_they_are() -> None:
    """A question in any language can be read."""
    assert json_text(["Ändert das etwas?"]) == '[\n  "Ändert das etwas?"\n]'
