"""Tests of the lists in ``analysis/views/study.py``."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.views.study import (
    Standing,
    list_document,
    show_document,
    summary_document,
)
from fashion_bench.config import ParamValue
from fashion_bench.records import Outcome, StudyRecord
from tests.analysis.conftest import (
    failed,
    hopeless,
    lone_studies,
    make_study,
    make_trial,
    printed,
    studies,
)

STANDING = Standing(state="stopped")
TUNED: dict[str, ParamValue] = {
    "hidden": 250,
    "lr": 0.00123456,
    "dropout": 0.25,
    "schedule": "one_cycle",
}


def test_studies_are_listed_in_their_order() -> None:
    """One row a study: name, trials of those planned, the best value, kind, state and day."""
    study = make_study(make_trial((0.7, 0.8)), make_trial((0.9,), number=1, outcome=Outcome.FAILED))
    later = replace(make_study(arms=["plain"], kind="experiment"), name="e", created_at=1.8e9)
    assert (
        printed(list_document([study, later], {"e": STANDING}))
        == """\

 name      state      trials     best   kind         begun
 ──────────────────────────────────────────────────────────────
 made-up   –         2 of 10   0.8000   study        1970-01-01
 e         stopped   0 of 10        –   experiment   2027-01-15
"""
    )


def test_a_narrow_terminal_shows_names_and_states() -> None:
    """In full at 40 columns, and which columns it leaves out."""
    study = replace(make_study(make_trial((0.7, 0.8))), name="a-study-of-dropout")
    running = Standing(state="running", left="at most 1 h 07 min left")
    later = replace(make_study(), name="e")
    standings = {study.name: running, "e": STANDING}
    assert (
        printed(list_document([study, later], standings), width=40)
        == """\

 name                 state
 ──────────────────────────────────────
 a-study-of-dropout   running, at most
                      1 h 07 min left
 e                    stopped

not shown at this width: trials, best,
kind, begun"""
    )
    assert (
        printed(list_document([later], standings), width=40)
        == """\

 name   state      trials   best
 ───────────────────────────────
 e      stopped   0 of 10      –

not shown at this width: kind, begun"""
    )


def test_a_best_that_was_stopped_is_told() -> None:
    """Where no trial is complete, the listing says how the best one ended."""
    study = make_study(make_trial((0.7,), outcome=Outcome.PRUNED), failed(number=1))
    assert "   0.7000 (pruned)   " in printed(list_document([study]))


def test_the_listing_as_data_says_the_same() -> None:
    """Each study with its question, arms and numbers; a best that is not there is null."""
    study = make_study(make_trial((0.7, 0.8)), arms=["plain", "dropout"])
    assert json.loads(json.dumps(plain(list_document([study, make_study(hopeless())])))) == [
        {
            "name": "made-up",
            "kind": "study",
            "question": "Does it [really] help?",
            "arms": arms,
            "trials": 1,
            "planned": 10,
            "best": best,
            "best_outcome": None if best is None else "complete",
            "state": None,
            "seconds_left": None,
            "created_at": 500.0,
        }
        for arms, best in ((["plain", "dropout"], 0.8), (["plain"], None))
    ]


def test_the_best_trials_come_first() -> None:
    """Ranked by value with what varied, in the file's order; what a rung stopped comes last."""
    trials = (
        make_trial((0.8,), arm="a", params=TUNED),
        hopeless(arm="a", number=1, params=TUNED),
        make_trial((0.8, 0.9), arm="b", params=TUNED, outcome=Outcome.PRUNED),
        failed(arm="b", number=1, params=TUNED),
    )
    study = replace(make_study(*trials), varying=("lr", "dropout"))
    shown = printed(show_document(study))
    assert shown.endswith(
        """\
The best 4 of 4 trials

 trial    value   epochs   outcome    parameters
 ──────────────────────────────────────────────────────────────
 a-0     0.8000        1   complete   lr 0.001235, dropout 0.25
 a-1          –        1   diverged   lr 0.001235, dropout 0.25
 b-1          –        0   failed     lr 0.001235, dropout 0.25
 b-0     0.9000        2   pruned     lr 0.001235, dropout 0.25

those that a rung stopped stand below the others
"""
    )


def test_where_a_study_stands_is_shown() -> None:
    """Below its figures, with what it is at; nothing where nobody looked."""
    study = make_study(make_trial((0.8,)))
    running = Standing(state="running", seconds_left=60, left="1 min left", line="37 %, 1 min left")
    assert "\nRunning: 37 %, 1 min left\n" in printed(show_document(study, running))
    assert "\nStopped\n" in printed(show_document(study, STANDING))
    told = plain(show_document(study, running))
    assert (told["state"], told["seconds_left"]) == ("running", 60)
    assert "state" not in plain(show_document(study))
    assert "running, 1 min left" in printed(list_document([study], {study.name: running}))


def test_a_failed_trial_leads_no_list() -> None:
    """What it had reached before it failed is no result."""
    study = make_study(make_trial((0.99,), outcome=Outcome.FAILED), make_trial((0.5,), number=1))
    rows = printed(show_document(study)).splitlines()
    assert [row.split()[0] for row in rows if "plain-" in row][-2:] == ["plain-1", "plain-0"]


def test_a_screen_holds_the_best_twenty() -> None:
    """Of a long study the rest is left out, and the title says so."""
    study = make_study(*(make_trial((number / 100,), number=number) for number in range(1, 31)))
    shown = printed(show_document(study))
    assert "The best 20 of 30 trials" in shown
    assert "plain-30" in shown
    assert "plain-10 " not in shown


def test_no_value_is_cut_short_on_a_narrow_terminal() -> None:
    """With many long parameters in 80 columns every name and value is there in full."""
    trial = make_trial(arm="a-rather-long-arm", params=TUNED | {"weight_decay": 1.234e-5})
    study = replace(make_study(trial), varying=tuple(trial.params))
    shown = printed(show_document(study))
    assert "…" not in shown
    table = " ".join(shown[shown.index("The best 1 of 1") :].split())
    for words in ("a-rather-long-arm-0", "0.9000", "complete", "weight_decay 1.234e-05"):
        assert words in table


@pytest.mark.parametrize("study", lone_studies().values(), ids=lone_studies())
def test_little_is_told_as_well(study: StudyRecord) -> None:
    """Without trials or without a value there is still a list."""
    assert study.name in printed(list_document([study]))
    assert ("No trials yet" in printed(show_document(study))) == (not study.trials)


@given(studies())
def test_json_holds_numbers_and_null(study: StudyRecord) -> None:
    """Whatever a study holds, JSON has a word for it; every trial is there once."""
    told = plain(show_document(study))
    assert told == json.loads(json.dumps(told, allow_nan=False))
    assert told.items() >= plain(summary_document(study)).items()
    assert [trial["trial_id"] for trial in told["trials"]] == [t.trial_id for t in study.trials]
    json.dumps(plain(list_document([study])), allow_nan=False)
