"""Tests of what ``analysis/promotion.py`` tells."""

from math import sqrt
from statistics import NormalDist

from fashion_bench.analysis.power import (
    pairs_for_difference,
    pairs_for_margin,
    pairs_for_superiority,
)
from fashion_bench.analysis.promotion import (
    Candidate,
    Confirmation,
    experiment_comment,
    pairs_lines,
    remark,
    unconfirmed,
    winner_lines,
)
from tests.analysis.conftest import make_study, make_trial

LEADER = Candidate(arm="plain", number=4, params={}, value=0.9, trials=1)
WINNER = Candidate(arm="plain", number=2, params={}, value=0.89, trials=1)
LED = Confirmation(candidate=LEADER, values={1: 0.87, 2: 0.88}, complete=True)
WON = Confirmation(candidate=WINNER, values={1: 0.88, 2: 0.88}, complete=True)
CANDIDATES = {"plain": (LEADER, WINNER)}
STUDY = make_study(make_trial())


def test_the_optimism_of_the_search_is_told() -> None:
    """What led it, what it holds, the difference in points, and who is promoted instead."""
    assert list(winner_lines(CANDIDATES, {"plain": (WON, LED)})) == [
        "plain: plain-4 led the search with 0.9000; on 2 fresh seeds it has 0.8750 "
        "(the search had overestimated it by 2.50 points)",
        "plain: promoted plain-2, 0.8800 ± 0.0000 on fresh seeds (n = 2)",
    ]


def test_a_leader_without_a_result_is_told() -> None:
    """It failed on every fresh seed."""
    first, _ = winner_lines(CANDIDATES, {"plain": (WON,)})
    assert first.endswith("led the search with 0.9000; on fresh seeds it has no result")


def test_an_unconfirmed_winner_is_called_optimistic() -> None:
    """One line, which says so."""
    assert list(winner_lines(CANDIDATES, unconfirmed(CANDIDATES))) == [
        "plain: promoted plain-4, 0.9000 in the search; the best of many, unconfirmed, is "
        "optimistic"
    ]


def test_the_pairs_for_a_difference_are_told() -> None:
    """By the t test and by the sign test, from the spread of the paired differences."""
    other = Confirmation(candidate=LEADER, values={1: 0.88, 2: 0.89}, complete=True)
    sd = 0.01 / sqrt(2)
    by_t = pairs_for_difference(0.005, sd, power=0.8)
    by_sign = pairs_for_superiority(NormalDist().cdf(0.005 / sd), power=0.8)
    assert list(pairs_lines({"plain": (WON,), "dropout": (other,)}, 0.5, 10)) == [
        "dropout against plain: to find a difference of 0.5 points with 80 % power takes "
        f"{by_t} pairs (paired t test) or {by_sign} (sign test); to say that it is "
        f"less, where there is none, {pairs_for_margin(0.005, sd)} (two one-sided t tests); that "
        "rests on an sd of 0.71 points, a guess from 2 seeds; the file has 10 seeds: "
        f"`--measure {by_t}` writes as many"
    ]


def test_pairs_that_differ_by_nothing_need_the_fewest() -> None:
    """A spread of 0 is no error."""
    (line,) = pairs_lines({"plain": (WON,), "dropout": (WON,)}, 0.5, 10)
    assert "takes 6 pairs (paired t test) or 6 (sign test); to say" in line
    assert "where there is none, 6 (two" in line


def test_nothing_is_told_of_pairs_that_are_not_there() -> None:
    """Of one arm, or of arms that share fewer than two seeds."""
    one = Confirmation(candidate=LEADER, values={1: 0.88}, complete=True)
    assert list(pairs_lines({"plain": (WON,)}, 0.5, 10)) == []
    assert list(pairs_lines({"plain": (WON,), "dropout": (one,)}, 0.5, 10)) == []
    assert list(pairs_lines(unconfirmed({"a": [LEADER], "b": [WINNER]}), 0.5, 10)) == []


def test_a_remark_says_where_values_are_from() -> None:
    """The trial, and what it holds; of a single fresh seed no spread is given."""
    assert remark(STUDY, LED) == "made-up.plain-4, 0.8750 ± 0.0071 on fresh seeds (n = 2)"
    one = Confirmation(candidate=LEADER, values={1: 0.88}, complete=True)
    assert remark(STUDY, one) == "made-up.plain-4, 0.8800 on fresh seeds (n = 1)"
    assert remark(STUDY, Confirmation(candidate=LEADER)) == "made-up.plain-4, 0.9000 in the search"


def test_an_experiment_opens_with_its_question_and_what_would_settle_it() -> None:
    """The question, the rule, and the study it came from."""
    two_arms = make_study(make_trial(), make_trial(arm="dropout"))
    question, rest = experiment_comment(two_arms, 3)
    assert question == "Does it [really] help?"
    assert "leaves out 0" in rest
    assert "from the study made-up" in rest
    assert "over 3 fresh seeds" in rest
    assert "paired difference" not in experiment_comment(STUDY, 0)[1]
    assert "fresh" not in experiment_comment(STUDY, 0)[1]
