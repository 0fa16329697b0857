import json
from dataclasses import replace
from math import nan

from hypothesis import given, settings

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.exploration import expectations
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.views.comparison import exploration_document
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.plan import PrunerPlan, SamplerPlan
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import failed, lone_studies, make_study, make_trial, printed, studies
from tests.plans import planned


def explored(study: StudyRecord) -> Document:
    """Return what is told of a study compared."""
    return exploration_document(study, expectations(study))


def shown(study: StudyRecord) -> str:
    """Return a study compared, as a terminal shows it."""
    return printed(explored(study))


SEARCHED = planned(
    make_study(
        *(make_trial((0.8 + n / 100,), arm="[none]", number=n) for n in range(5)),
        make_trial((0.9,), arm="dropout"),
        failed(arm="lost"),
    ),
    sampler=SamplerPlan(name="tpe"),
    pruner=PrunerPlan(name="halving"),
)


def test_a_study_says_what_to_expect_and_no_verdict() -> None:
    """How to measure first; the expected best of 1, 4, 16 and all trials, and what it rests on."""
    assert (
        shown(SEARCHED)
        == """\
Ahead so far: dropout with 0.9000, 6.00 points over [none] (best of 1 complete
trial and of 5 complete trials), which may be luck. It cannot be settled yet: no
trial of lost is complete.

made-up (study)
Does it [really] help?
7 of 10 trials finished, 6 epochs, 3.0 s of training, 1.5 s of processor time
How its trials ended

 arm       trials   complete   pruned   diverged   failed
 ────────────────────────────────────────────────────────
 [none]         5          5        0          0        0
 dropout        1          1        0          0        0
 lost           1          0        0          0        1

Training cost per arm

 arm       epochs    time   processor
 ────────────────────────────────────
 [none]         5   2.5 s       1.2 s
 dropout        1   0.5 s       0.2 s
 lost           0   0.0 s       0.0 s

Validation accuracy at the best epoch

 arm        at epoch     best   median          quartiles   n   best is
 ──────────────────────────────────────────────────────────────────────
 [none]    best of 4   0.8400   0.8200   0.8100 to 0.8300   5         4
 dropout   best of 4   0.9000   0.9000   0.9000 to 0.9000   1         0
 lost      best of 4        –        –                  –   0         –

Best trial: made-up.dropout-0 (complete), 0.9000 at epoch 1 of 4
  lr 0.001

Expected best of n full trials

 arm       n     mean       10 % to 90 %
 ───────────────────────────────────────
 [none]    1   0.8200   0.8000 to 0.8400
           4   0.8343   0.8200 to 0.8400
           5   0.8358   0.8300 to 0.8400
 dropout   1   0.9000   0.9000 to 0.9000

* 7 of 10 trials have finished
* unequal budgets: trials from 1 in dropout to 5 in [none]
* lost: failed trials, in no number: 1 of 1
* lost: no trial was trained for all its epochs
* the expected best describes these trials only, and does not predict new ones:
the sampler tpe learns from earlier trials; the pruner halving stops trials
early
* fixed in every trial: model mlp, epochs 4, batch_size 64, source
fashion_mnist, train_images 54000, valid_images 6000, optimizer adam, loss
cross_entropy, augment none, lr 0.001"""
    )


def test_a_study_of_independent_trials_needs_no_such_word() -> None:
    """Random search without a pruner is what the curve is made for."""
    study = make_study(make_trial(), make_trial(number=1))
    assert "i.i.d." not in shown(study)
    assert plain(explored(study))["not_independent"] == []


def test_json_has_everything() -> None:
    """The same budgets as the text, the answer, and why trials are not independent."""
    told = plain(explored(SEARCHED))
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told.items() >= plain(summary_document(SEARCHED)).items()
    none, dropout, lost = told["expected_best"]
    assert none["arm"] == "[none]"
    assert [budget["n"] for budget in none["budgets"]] == [1, 4, 5]
    assert dropout["budgets"] == [{"n": 1, "mean": 0.9, "low": 0.9, "high": 0.9}]
    assert (lost["budgets"], lost["band"]) == ([], [0.1, 0.9])
    assert len(told["not_independent"]) == 2
    assert told["answer"].startswith("Ahead so far: ")


def test_little_is_told_of_little() -> None:
    """No trial, one trial, all diverged, all failed: no table without a number in it."""
    for name, study in lone_studies().items():
        text = shown(study)
        assert ("Expected best" in text) is (name not in {"no trial", "all failed"}), name


def test_what_is_no_number_is_not_shown_as_one() -> None:
    """NaN appears nowhere."""
    trial = make_trial((0.9,))
    odd = replace(trial, history=(replace(trial.history[0], valid_accuracy=nan),))
    assert "nan" not in shown(make_study(odd)).split()
    assert "validation accuracy is not finite in plain-0" in shown(make_study(odd))


@settings(max_examples=40)
@given(studies())
def test_any_study_can_be_told(study: StudyRecord) -> None:
    """Whatever came of its trials: text, and JSON of finite numbers."""
    shown(study)
    json.dumps(plain(explored(study)), allow_nan=False)
