"""A survey's points and a confirmation's trials: what is listed, and with which seeds."""

import json
from collections import Counter
from dataclasses import replace
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.dimensions import Choice, Range
from fashion_bench.errors import SpecError
from fashion_bench.plan import Plan
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.spec import parse_toml
from fashion_bench.search.stages import Listed, confirmation, staged, survey_points

STUDY = """\
name = "s"
question = "Does dropout help?"
seed = 1234
model = "mlp"
epochs = 10
rungs = [1, 3]

[nuisance]
hidden = [32, 64, 96, 128]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = { low = 0.05, high = 0.6 }

[survey]
points = 8

[search]
pruner = "halving"

[budget]
trials_per_arm = 16

[confirm]
top = 2
seeds = 3

[[enqueue]]
hidden = 64
lr = 1e-3
dropout = 0.25
"""

BOTH_TUNE = ("dropout = 0.0", "dropout = [0.1, 0.25]")


def plan(*changes: tuple[str, str]) -> Plan:
    """Return the plan of the study, with some of its words replaced."""
    text = STUDY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return plan_of(parse_toml(text, "s.toml"), "s.toml")


def test_points_are_equal_in_all_arms_and_spread_evenly():
    """What the arms share is the same at each point, and every part of a range has its share."""
    listed = survey_points(plan())
    none, dropout = (listed.values[arm][:8] for arm in ("none", "dropout"))
    assert [set(values) for values in none] == [{"hidden", "lr"}] * 8
    assert [{n: v for n, v in values.items() if n != "dropout"} for values in dropout] == [*none]
    assert Counter(values["hidden"] for values in none) == dict.fromkeys((32, 64, 96, 128), 2)
    eighths = sorted(int((log10(values["lr"]) + 4) / 2 * 8) for values in none)
    assert eighths == [*range(8)]
    assert sorted(int((values["dropout"] - 0.05) / 0.55 * 8) for values in dropout) == [*range(8)]


def test_points_are_drawn_by_the_seed_alone():
    """The same file lists the same points; another seed others."""
    assert survey_points(plan()) == survey_points(plan())
    assert survey_points(plan()) != survey_points(plan(("1234", "1235")))


def test_what_arms_tune_differently_is_drawn_in_each():
    """Of a parameter with another range in another arm each takes its own value."""
    listed = survey_points(plan(BOTH_TUNE))
    assert {values["dropout"] for values in listed.values["none"][:8]} == {0.1, 0.25}
    assert all(0.05 <= values["dropout"] <= 0.6 for values in listed.values["dropout"])


def test_a_survey_trains_every_point_in_every_arm_to_the_end():
    """Its trials have names, seeds and splits of their own; nothing stops them."""
    study = plan()
    survey = staged(study, "survey", survey_points(study))
    assert (survey.name, survey.study, survey.trials_per_arm) == ("s.survey", "s", 9)
    assert (survey.pruner.name, survey.plateau, survey.enqueued) == ("none", None, 1)
    none, dropout = (survey.trial(arm, 8, arm.listed[8]) for arm in survey.arms)
    assert none.trial_id == "s.survey.none-8"
    assert none.config.seed == dropout.config.seed == none.config.split_seed
    assert (none.config.hyper.dropout, dropout.config.hyper.dropout) == (0.0, 0.25)
    assert none.config.arguments == dropout.config.arguments == (64,)
    seeds = {study.seed_of(number) for number in range(16)}
    assert not seeds & {*survey.seeds}


def test_the_search_is_as_without_a_survey():
    """Its i-th trial keeps its seed, and what is enqueued is the survey's."""
    stages = [("[survey]\npoints = 8\n", ""), ("[confirm]\ntop = 2\nseeds = 3\n", "")]
    for_one = ("dropout = 0.25\n", 'dropout = 0.25\narm = "dropout"\n')
    with_it, without = plan(), plan(*stages, for_one)
    assert [with_it.seed_of(i) for i in range(16)] == [without.seed_of(i) for i in range(16)]
    assert [arm.listed for arm in with_it.arms] == [(), ()]
    assert (with_it.enqueued, with_it.trials_per_arm) == (0, 16)


def test_epochs_are_counted_over_all_stages():
    """Nine points, sixteen trials and two times three confirmations, in two arms, ten epochs."""
    assert plan().most_epochs == (9 + 16 + 6) * 2 * 10
    assert plan().stages == ("survey", "search", "confirm")


def test_a_confirmation_pairs_the_best_seed_by_seed():
    """Each of an arm's best is trained with every fresh seed, judged by the search's images."""
    study = plan()
    chosen = {
        "none": [{"hidden": 32, "lr": 1e-3, "dropout": 0.0}, {"hidden": 64, "lr": 2e-3}],
        "dropout": [{"hidden": 96, "lr": 3e-3, "dropout": 0.2}] * 2,
    }
    listed = confirmation(study, chosen)
    confirm = staged(study, "confirm", listed)
    assert (confirm.name, confirm.trials_per_arm) == ("s.confirm", 6)
    assert [seed for seed, times in Counter(listed.seeds).items() if times == 2] == [
        *dict.fromkeys(listed.seeds)
    ]
    none = [confirm.trial(confirm.arms[0], i, confirm.arms[0].listed[i]).config for i in range(6)]
    assert [config.hyper.lr for config in none] == [1e-3, 2e-3] * 3
    assert {config.valid_among for config in none} == {study.seed}
    assert "dropout" not in listed.values["none"][0], "what is fixed is not listed"


def test_an_arm_with_fewer_to_confirm_decides_for_all():
    """A mean over one is not held against a mean over two."""
    chosen = {"none": [{"lr": 1e-3}], "dropout": [{"lr": 1e-3}, {"lr": 2e-3}]}
    assert confirmation(plan(), chosen).values["dropout"] == ({"lr": 1e-3},) * 3


def test_what_a_stage_lists_is_read_back():
    """The ledger keeps it as plain data."""
    listed = survey_points(plan())
    assert Listed.from_plain(json.loads(json.dumps(listed.to_plain()))) == listed


@given(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(
        [
            Range(low=1e-4, high=1e-2, log=True, integer=False),
            Range(low=0.05, high=0.6, integer=False),
            Range(low=0, high=0.6, step=0.2, integer=False),
            Range(low=16, high=512, log=True, integer=True),
            Range(low=1, high=9, step=2, integer=True),
            Range(low=2, high=3, integer=True),
            Choice(values=("a", "b", "c")),
        ]
    ),
)
def test_every_place_has_a_value_of_the_dimension(place, dimension):
    """Whatever the draw, the value is one that the file allows."""
    assert dimension.holds(dimension.at(place))


@pytest.mark.parametrize(
    ("dimension", "shares"),
    [
        (Range(low=2, high=3, integer=True), {2: 4, 3: 4}),
        (Range(low=0, high=3, step=1, integer=True), {0: 2, 1: 2, 2: 2, 3: 2}),
        (Choice(values=(5, 7)), {5: 4, 7: 4}),
    ],
)
def test_values_have_equal_shares(dimension, shares):
    """Whole numbers, steps and choices are each met as often."""
    assert Counter(dimension.at((i + 0.5) / 8) for i in range(8)) == shares


NO_SEARCH = ('[search]\npruner = "halving"\n', ""), ("[budget]\ntrials_per_arm = 16\n", "")
NOTHING_SHARED = (
    ("hidden = [32, 64, 96, 128]\n", "hidden = 32\n"),
    ("lr = { low = 1e-4, high = 1e-2, log = true }\n", ""),
    ("hidden = 64\nlr = 1e-3\n", ""),
)
NO_CONFIRM = ("[confirm]\ntop = 2\nseeds = 3\n", "")
FEW = "[fixed]\ntrain_images = 500\nvalid_images = 501\n[nuisance]"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("points = 8", "points = 6")], r"survey.points: not a power of two \(given: 6\); use 4 "),
        ([("points = 8", "points = 0")], r"survey.points: not a legal value"),
        ([("points = 8", "pints = 8")], r"survey.pints: unknown key.*points"),
        ([("top = 2", "tops = 2")], r"confirm.tops: unknown key.*top"),
        ([("top = 2", "top = 0")], r"confirm.top: not a legal value"),
        (NOTHING_SHARED, r"survey: the arms share nothing that is tuned"),
        ([("[arms.none]\ndropout = 0.0\n", "")], r"survey: there is one arm alone"),
        (NO_SEARCH, r"confirm: there is no search to confirm"),
        ([("0.25", '0.25\narm = "none"')], r"enqueue.0.arm: there is a survey"),
        ([("lr = 1e-3\n", "")], r"enqueue.0.lr: missing; set it: arm none tunes it"),
        ([("lr = 1e-3\n", "lr = 1e-3\nclip = 1.0\n")], r"enqueue.0.clip: not tuned in any arm"),
        ([("lr = 1e-3\n", "lr = 1.0\n")], r"enqueue.0.lr: outside the space of arm none"),
        ([("[nuisance]", FEW)], r"confirm: validates on images that the search trained on"),
        ([NO_SEARCH[1]], r"budget.trials_per_arm: missing"),
        (
            [NO_SEARCH[0], ("trials_per_arm = 16", "minutes = 3.0"), NO_CONFIRM],
            r"budget: there is no search that it could end",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(changes, told):
    """A stage that is wrong is named, with what to do."""
    with pytest.raises(SpecError, match=told) as caught:
        plan(*changes)
    assert "\n" not in str(caught.value)


def test_a_survey_alone_needs_no_search():
    """Without a budget of trials and a search, nothing is searched."""
    text = STUDY.partition("[search]")[0]
    study = plan_of(parse_toml(text, "s.toml"), "s.toml")
    assert (study.stages, study.planned) == (("survey",), 0)
    assert study.most_epochs == replace(study).most_epochs == 160
