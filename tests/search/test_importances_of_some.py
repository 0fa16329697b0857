"""Importances of parameters that only some trials use, on responses whose answer is known."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from fashion_bench.rng import derive
from fashion_bench.search.optuna_study import (
    FEWEST_RESAMPLED,
    importance_intervals,
    importances,
    trials_with,
)

EVALUATORS = ["PED-ANOVA", "fANOVA"]
ENOUGH = {"PED-ANOVA": 240, "fANOVA": 60}  # of the one a tenth tells, the other takes long
SPACE: dict[str, BaseDistribution] = {
    "depth": CategoricalDistribution((1, 2, 3)),
    "lr": FloatDistribution(0.0, 1.0),
    "second": FloatDistribution(0.0, 1.0),
    "third": FloatDistribution(0.0, 1.0),
    "also third": FloatDistribution(0.0, 1.0),
}
FROM = {"second": 2, "third": 3, "also third": 3}  # depth that has it
Numbers = Mapping[str, float]


def make_trials(count: int, value: Callable[[Numbers], float]) -> list[FrozenTrial]:
    """Return trials of all depths in turn, each with what it uses."""
    trials = []
    for number in range(count):
        depth = 1 + number % 3
        params: dict[str, float] = {"depth": depth}
        for name in SPACE.keys() - params.keys():
            if depth >= FROM.get(name, 1):
                params[name] = derive(name, number, bits=20) / 2**20
        space = {name: SPACE[name] for name in params}
        trials.append(
            optuna.trial.create_trial(value=value(params), params=params, distributions=space)
        )
    return trials


def having(trials: Sequence[FrozenTrial], name: str) -> list[FrozenTrial]:
    """Return the trials that have a parameter."""
    return [trial for trial in trials if name in trial.params]


def without(trials: Sequence[FrozenTrial], *names: str) -> list[FrozenTrial]:
    """Return the trials as if they had not these parameters."""
    return [
        optuna.trial.create_trial(
            value=trial.value,
            params={name: value for name, value in trial.params.items() if name not in names},
            distributions={name: d for name, d in trial.distributions.items() if name not in names},
        )
        for trial in trials
    ]


def mixed(params: Numbers) -> float:
    """Hang on everything a little."""
    return params["lr"] + fmean(params.values())


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_what_decides_where_it_is_used_is_important(evaluator: str) -> None:
    """The third layer decides among those of depth 3, the rate among all others."""
    trials = make_trials(ENOUGH[evaluator], lambda params: params.get("third", params["lr"] / 100))
    shares = importances(trials, evaluator)
    assert shares["third"] > 0.8
    assert shares["also third"] < 0.1
    each = ENOUGH[evaluator] // 3
    counts = {"depth": 3 * each, "lr": 3 * each, "second": 2 * each}
    assert trials_with(trials) == {**counts, "third": each, "also third": each}


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_what_decides_nothing_where_it_is_used_is_not(evaluator: str) -> None:
    """That trials without it are worse does not make a layer's width important."""
    trials = make_trials(
        ENOUGH[evaluator], lambda params: 10 * (params["depth"] == 3) + params["lr"]
    )
    shares = importances(trials, evaluator)
    assert shares["depth"] + shares["lr"] > 0.8
    assert shares["third"] + shares["also third"] < 0.2


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_each_is_judged_among_the_trials_that_have_it(evaluator: str) -> None:
    """Its share is what it would be if there were no others; what all have is over all."""
    trials = make_trials(36, mixed)
    shares = importances(trials, evaluator)
    of_all = importances(without(trials, *FROM), evaluator)
    assert {name: shares[name] for name in of_all} == of_all
    assert sum(of_all.values()) == pytest.approx(1)
    of_two = importances(without(having(trials, "second"), "third", "also third"), evaluator)
    of_three = importances(having(trials, "third"), evaluator)
    assert {*of_two} == {"depth", "lr", "second"}
    assert {*of_three} == {*SPACE}
    expected = (of_two["second"], of_three["third"], of_three["also third"])
    assert tuple(shares[name] for name in FROM) == expected


def test_each_interval_is_of_resamples_of_those_trials() -> None:
    """A parameter that too few trials have has a share, and no interval."""
    trials = make_trials(60, mixed)
    intervals = importance_intervals(trials)
    of_all = importance_intervals(without(trials, *FROM))
    assert {name: intervals[name] for name in of_all} == of_all
    assert intervals["third"] == importance_intervals(having(trials, "third"))["third"]
    few = trials[: 3 * FEWEST_RESAMPLED - 1]
    assert trials_with(few)["third"] == FEWEST_RESAMPLED - 1
    assert {*importances(few)} == {*SPACE}
    assert {*importance_intervals(few)} == {"depth", "lr", "second"}


def test_only_complete_trials_count() -> None:
    """A pruned trial is none of those that have a parameter."""
    trials = make_trials(30, mixed)
    deep = trials[2]
    pruned = optuna.trial.create_trial(
        state=TrialState.PRUNED, params=deep.params, distributions=deep.distributions
    )
    assert trials_with([*trials, pruned]) == trials_with(trials)
    assert importances([*trials, pruned]) == importances(trials)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("count", range(6))
def test_a_parameter_of_one_trial_has_no_share(evaluator: str, count: int) -> None:
    """Nor has one whose trials are all alike; nobody is warned of either."""
    trials = make_trials(count, lambda params: 1.0 if params["depth"] == 3 else params["lr"])
    shares = importances(trials, evaluator)
    assert "third" not in shares
    assert ("lr" in shares) == (count >= 2)
    assert ("second" in shares) == (count >= 3)
    assert importance_intervals(trials) == {}
