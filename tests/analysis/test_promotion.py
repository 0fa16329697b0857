"""Tests of ``analysis/promotion.py``."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.promotion import (
    Candidate,
    Confirmation,
    choose_candidates,
    confirm,
    fresh_seeds,
    paired_sd,
    unconfirmed,
)
from fashion_bench.errors import StudyError
from fashion_bench.records import Outcome, StudyRecord, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near, studies


def found(number: int, lr: float, value: float, outcome: Outcome = Outcome.COMPLETE) -> TrialRecord:
    """A trial of one epoch."""
    history = (value, nan) if outcome is Outcome.DIVERGED else (value,)
    return make_trial(history, number=number, outcome=outcome, params={"lr": lr})


def candidate(number: int = 0, value: float = 0.9) -> Candidate:
    """A configuration of arm ``plain``."""
    return Candidate(arm="plain", number=number, params={}, value=value, trials=1)


def confirmation(*values: float, complete: bool = True) -> Confirmation:
    """A candidate whose values are of the seeds 0, 1, and so on."""
    return Confirmation(candidate=candidate(), values=dict(enumerate(values)), complete=complete)


@given(studies(), st.integers(1, 4))
def test_candidates_are_an_arms_best_distinct_configurations(study: StudyRecord, top: int) -> None:
    """Each has a complete trial, none comes twice, and none left out is better."""
    complete = {
        arm: [t for t in study.of_arm(arm) if t.outcome == "complete"] for arm in study.arms
    }
    if not all(complete.values()):
        with pytest.raises(StudyError, match="has no complete trial in arm"):
            choose_candidates(study, top)
        return
    everything = choose_candidates(study, 1000)
    for arm, chosen in choose_candidates(study, top).items():
        configurations = {tuple(trial.params.items()) for trial in complete[arm]}
        assert {one.number for one in chosen} <= {trial.number for trial in complete[arm]}
        assert len({tuple(one.params.items()) for one in chosen}) == len(chosen)
        assert len(chosen) == min(top, len(configurations))
        left = everything[arm][len(chosen) :]
        assert min(one.value for one in chosen) >= max((one.value for one in left), default=0)


def test_replicates_of_a_configuration_are_pooled() -> None:
    """Their mean is what counts: a single lucky one does not win; they go by the first's number."""
    study = make_study(found(0, 0.1, 0.8), found(1, 0.2, 0.85), found(2, 0.1, 0.88))
    best, second = choose_candidates(study, 3)["plain"]
    assert (best.number, best.value, best.trials) == (1, 0.85, 1)
    assert (second.number, second.value, second.trials) == (0, near(0.84), 2)


def test_a_replicate_that_diverged_counts_against_its_configuration() -> None:
    """It is in the mean; one that was pruned or failed is not."""
    study = make_study(
        found(0, 0.1, 0.9),
        hopeless(number=1, params={"lr": 0.1}),
        found(2, 0.1, 0.4, Outcome.PRUNED),
        failed(number=3, params={"lr": 0.1}),
        found(4, 0.2, 0.6),
    )
    best, second = choose_candidates(study, 3)["plain"]
    assert (best.number, best.value) == (4, 0.6)
    assert (second.number, second.value, second.trials) == (0, near(0.5), 2)


def test_pruned_configurations_are_no_candidates() -> None:
    """However good a pruned trial was, it says nothing of a full one."""
    study = make_study(found(0, 0.1, 0.99, Outcome.PRUNED), found(1, 0.2, 0.5))
    assert [one.number for one in choose_candidates(study, 3)["plain"]] == [1]


def test_an_arm_without_a_complete_trial_is_told() -> None:
    """One line names the study and the arm."""
    study = make_study(make_trial(), found(0, 0.1, 0.7, Outcome.DIVERGED), arms=("plain", "other"))
    with pytest.raises(StudyError, match="made-up: has no complete trial in arm other; "):
        choose_candidates(study, 1)


def test_the_best_mean_over_fresh_seeds_wins() -> None:
    """Not what led the search; its optimism is what the search promised more."""
    leader, second = candidate(0, 0.95), candidate(7, 0.9)
    trained = make_study(
        make_trial((0.8,), arm="plain-0"),
        make_trial((0.9,), arm="plain-0", number=1),
        make_trial((0.86,), arm="plain-7"),
        make_trial((0.88,), arm="plain-7", number=1),
    )
    first, last = confirm(trained, {"plain": (leader, second)})["plain"]
    assert (first.candidate, first.mean, first.complete) == (second, near(0.87), True)
    assert (last.candidate, last.optimism, last.values) == (leader, near(0.1), {0: 0.8, 1: 0.9})


def test_equal_means_leave_the_order_of_the_search() -> None:
    """The one that led stays ahead."""
    trained = make_study(make_trial(arm="plain-0"), make_trial(arm="plain-7"))
    ranked = confirm(trained, {"plain": (candidate(7), candidate(0))})["plain"]
    assert [one.candidate.number for one in ranked] == [7, 0]


def test_a_candidate_that_diverges_on_a_fresh_seed_loses_by_it() -> None:
    """That seed counts as chance; where all trials failed, the candidate is out."""
    trained = make_study(
        make_trial((0.95,), arm="plain-0"),
        hopeless(arm="plain-0", number=1),
        make_trial((0.6,), arm="plain-7"),
        failed(arm="plain-9"),
    )
    ranked = confirm(trained, {"plain": (candidate(0), candidate(7), candidate(9))})["plain"]
    assert [(one.candidate.number, one.complete) for one in ranked] == [(7, True), (0, False)]
    assert ranked[1].mean == near((0.95 + 0.1) / 2)


def test_an_arm_all_of_whose_trials_failed_is_told() -> None:
    """There is nobody to promote."""
    trained = make_study(failed(arm="plain-0"))
    with pytest.raises(StudyError, match="no result for any candidate of arm plain"):
        confirm(trained, {"plain": (candidate(0),)})


def test_without_fresh_seeds_the_search_is_taken_at_its_word() -> None:
    """Its order stays, and nobody has a value."""
    (first, second) = unconfirmed({"plain": (candidate(3), candidate(1))})["plain"]
    assert (first.candidate.number, second.candidate.number) == (3, 1)
    assert not first.values


@given(st.sets(st.integers(0, 30)), st.integers(0, 20))
def test_fresh_seeds_are_new(used: set[int], number: int) -> None:
    """As many as asked for, each once, none used, the lowest first."""
    seeds = fresh_seeds(used, number)
    assert len(set(seeds)) == number
    assert not used & set(seeds)
    assert list(seeds) == sorted(seeds)


def test_a_paired_spread_leaves_out_what_seeds_share() -> None:
    """A seed that is good for both arms is no spread; candidates that diverged stay out."""
    first = (confirmation(0.1, 0.2, 0.3), confirmation(0.2, 0.3, 0.4))
    assert paired_sd(first, [confirmation(0.5, 0.6, 0.7)]) == near(0)
    assert paired_sd(first, [confirmation(0.1, 0.4, 0.3)]) == near(((0.2**2) / 3) ** 0.5)
    assert paired_sd(first, [confirmation(0.1, 0.4, 0.1, complete=False)]) is None


def test_a_paired_spread_is_pooled_over_candidates() -> None:
    """It is the root of the mean variance of all pairs."""
    first = (confirmation(0.0, 0.0), confirmation(0.0, 0.2))
    assert paired_sd(first, [confirmation(0.0, 0.0)]) == near(0.1)


def test_one_shared_seed_has_no_spread() -> None:
    """Two are the least."""
    assert paired_sd([confirmation(0.9)], [confirmation(0.8, 0.7)]) is None
    assert paired_sd(unconfirmed({"a": [candidate()]})["a"], [confirmation(0.8)]) is None
