"""Tests of the importances in ``search/optuna_study.py``; the driver's tests drive the rest."""

from collections.abc import Callable

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from fashion_bench.rng import derive
from fashion_bench.search.optuna_study import (
    FEWEST_RESAMPLED,
    importance_intervals,
    importances,
)

SPACE: dict[str, BaseDistribution] = {
    "lr": FloatDistribution(0.0, 1.0),
    "hidden": CategoricalDistribution((64, 250)),
}


def make_trials(count: int, value: Callable[[float], float] = lambda lr: lr) -> list[FrozenTrial]:
    """Return trials whose value is a function of lr alone."""
    rates = [derive("lr", number, bits=20) / 2**20 for number in range(count)]
    return [
        optuna.trial.create_trial(
            value=value(lr),
            params={"lr": lr, "hidden": 64 if number % 2 else 250},
            distributions=SPACE,
        )
        for number, lr in enumerate(rates)
    ]


@pytest.mark.parametrize("evaluator", ["PED-ANOVA", "fANOVA"])
def test_what_decides_is_important(evaluator: str) -> None:
    """The parameter that the value is made of has the largest share; the same at every call."""
    shares = importances(make_trials(60), evaluator)
    assert shares["lr"] > 0.8
    assert sum(shares.values()) == pytest.approx(1)
    assert shares == importances(make_trials(60), evaluator)


def test_shares_lie_in_their_intervals_where_one_decides() -> None:
    """The interval is of shares, holds the clear case, and is the same at every call."""
    trials = make_trials(60)
    intervals = importance_intervals(trials)
    assert intervals.keys() == importances(trials).keys()
    assert all(0 <= low <= high <= 1 for low, high in intervals.values())
    assert intervals["lr"][0] > intervals["hidden"][1]
    assert intervals == importance_intervals(trials)


def test_more_trials_narrow_an_interval() -> None:
    """What more trials settle hangs less on which they are."""
    few, many = (importance_intervals(make_trials(count))["lr"] for count in (12, 300))
    assert many[1] - many[0] < few[1] - few[0]


def test_few_trials_have_no_interval() -> None:
    """Only complete trials count, and of too few of them a resample says nothing."""
    trials = make_trials(FEWEST_RESAMPLED)
    assert importance_intervals(trials)
    assert importance_intervals(trials[1:]) == {}
    pruned = optuna.trial.create_trial(
        state=TrialState.PRUNED, params=trials[0].params, distributions=SPACE
    )
    assert importance_intervals([*trials[1:], pruned]) == {}


def test_equal_values_tell_nothing() -> None:
    """Where no trial is better than another, there is neither share nor interval."""
    trials = make_trials(20, lambda _: 0.9)
    assert importances(trials) == {}
    assert importance_intervals(trials) == {}
