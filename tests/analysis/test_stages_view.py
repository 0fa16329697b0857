"""What is told of a study in stages: two questions, two answers, and what more would tell."""

import json
from dataclasses import replace

import pytest

from fashion_bench.analysis.exploration import expectations
from fashion_bench.analysis.rendering.pages import html_page, markdown_page
from fashion_bench.analysis.rendering.plain import json_text, plain
from fashion_bench.analysis.stages import Stages
from fashion_bench.analysis.views.comparison import exploration_document
from fashion_bench.analysis.views.stages import ending_document, stages_document
from tests.analysis.conftest import printed
from tests.analysis.made_up_stages import make_confirm, make_stages, make_survey
from tests.analysis.test_survey import DROPOUT, NONE

BEST = (0.89, 0.892, 0.894, 0.896, 0.898, 0.9)
AS_GOOD = (0.8904, 0.8916, 0.8944, 0.8956, 0.8984, 0.8996)
SURVEY = make_survey((*NONE, 0.88), (*DROPOUT, 0.879), enqueued=1, margin=0.5)
CONFIRM = make_confirm(BEST, AS_GOOD, margin=0.5)
STUDY = make_stages(SURVEY, CONFIRM, margin=0.5)


def test_both_questions_are_answered_each_for_its_images() -> None:
    """Over the space and at its best, each with its interval, its n and what it holds for."""
    over, best = Stages(STUDY).answers
    assert over.startswith(
        "Over the space: dropout is worse than none by 0.78 points of validation accuracy "
        "(95 % interval 0.34 to 1.21, n = 8 survey points)"
    )
    assert over.endswith(
        "each point with a split of its own, over hidden 64, 250 or 256, lr 0.0001 to 0.01 "
        "(evenly in the logarithm), dropout 0.05 to 0.6 in dropout."
    )
    assert best.startswith(
        "At its best: no difference that matters between dropout and none in validation accuracy: "
        "less than 0.50 points either way (90 % interval"
    )
    assert best.endswith(
        "This is the best of each arm's 2 trials in the search, trained again on fresh seeds, on "
        "validation images that ranked none of them."
    )


def test_what_has_not_ended_has_no_answer_yet() -> None:
    """A survey that goes on, and a confirmation that has not begun."""
    going_on = replace(SURVEY, trials=SURVEY.trials[:-1])
    assert Stages(make_stages(going_on, None)).answers == (
        "Over the space: not yet, 17 of 18 trials have finished.",
        "At its best: not yet, it has not begun.",
    )


def test_of_several_the_mean_counts_seed_by_seed() -> None:
    """With two of each arm an arm's number is the mean over both, on each seed."""
    none, dropout = (0.88, 0.90) * 6, (0.89, 0.91) * 6
    study = make_stages(None, make_confirm(none, dropout, top=2), top=2)
    (one,) = Stages(study).confirmed
    assert len(one.seeds) == 6
    assert all(abs(difference - 0.01) < 1e-9 for difference in one.differences)
    assert "This is the mean of the best 2 of each arm's 2 trials" in Stages(study).answers[1]


def test_where_an_effect_changes_is_told_if_points_tell() -> None:
    """Along the rate, whose line leaves out no change; of the others that they cannot tell."""
    told = Stages(STUDY).more
    assert told[0].startswith("dropout - none changes along dropout: from -0.07 points at 0.05 ")
    assert told[1] == (
        "along hidden and lr no change of dropout - none can be told from 8 points of the survey"
    )
    assert told[2].startswith("which hidden: 64 0.8588 [0.8370, 0.8806], 250 ")


def test_what_is_open_says_what_would_settle_it() -> None:
    """How many points or seeds, and how long they would train."""
    wide = make_survey(NONE, tuple(reversed(NONE)), margin=0.5)
    (told,) = (one for one in Stages(make_stages(wide, CONFIRM, 0.5)).more if "a new study" in one)
    assert told.startswith(
        "survey: to find a difference of 0.5 percentage points, or to say that there is none, with "
        "80 % power takes a new study with survey.points = "
    )
    assert told.endswith("longer on one core like this")
    points = int(told.partition("survey.points = ")[2].split(",")[0])
    assert points > 8
    assert points & (points - 1) == 0


def test_a_run_ends_with_the_answers() -> None:
    """They are the last lines, behind the table of both differences."""
    shown = printed(ending_document(STUDY))
    assert shown.index("over the space") < shown.index("at its best")
    assert json.loads(json_text(plain(ending_document(STUDY))))["answers"] == [
        *Stages(STUDY).answers
    ]


def test_every_reader_is_shown_a_study_in_stages() -> None:
    """A terminal, a page, Markdown and JSON, with or without what has not begun."""
    for survey, confirm in ((SURVEY, CONFIRM), (SURVEY, None), (None, None), (None, CONFIRM)):
        study = make_stages(survey, confirm, margin=0.5)
        document = stages_document(study, exploration_document(study, expectations(study)))
        assert "At its best:" in printed(document)
        assert "At its best:" in html_page(document)
        assert "At its best:" in markdown_page(document)
        assert json.loads(json_text(plain(document)))["name"] == "s"


def test_of_a_stage_that_goes_on_nothing_more_is_told() -> None:
    """Some of its points are no evenly spread sample, and what is open is not over."""
    study = make_stages(replace(SURVEY, trials=SURVEY.trials[:-1]), None, margin=0.5)
    assert Stages(study).more == ()


def test_the_time_of_a_seed_is_that_of_all_its_configurations() -> None:
    """Two of each arm train twice as long as one, for as many seeds."""
    open_ones = {
        top: make_confirm(
            tuple(value for value in NONE[:6] for _ in range(top)),
            tuple(value for value in reversed(NONE[:6]) for _ in range(top)),
            top=top,
            margin=0.5,
        )
        for top in (1, 2)
    }
    times = [
        next(t for t in Stages(make_stages(None, c, 0.5, top)).more if "confirm.seeds" in t)
        for top, c in open_ones.items()
    ]
    seconds = [float(told.partition("about ")[2].split()[0]) for told in times]
    assert times[0].split(",")[0] == times[1].split(",")[0]
    assert seconds[1] == pytest.approx(2 * seconds[0], rel=0.02)


def test_a_search_that_ended_early_tells_how_many_trials_it_had() -> None:
    """Not how many its file asks for."""
    study = make_stages(SURVEY, CONFIRM, margin=0.5)
    more = replace(study, plan=replace(study.plan, trials_per_arm=400), planned=800)
    assert "each arm's 2 trials in the search" in Stages(more).answers[1]
