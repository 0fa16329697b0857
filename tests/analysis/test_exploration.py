from dataclasses import replace
from math import nan
from typing import Any

import pytest

from fashion_bench.analysis.exploration import dependence, expectations, expected_best
from fashion_bench.plan import PrunerPlan, SamplerPlan
from fashion_bench.records import Outcome
from tests.analysis.conftest import failed, hopeless, make_study, make_trial
from tests.plans import planned


def test_each_arm_has_its_curve() -> None:
    """Of its values as they are counted: the hopeless at chance, the stopped and failed in none."""
    study = make_study(
        make_trial((0.8,), arm="a"),
        hopeless(arm="a", number=1),
        failed(arm="a", number=2),
        make_trial((0.9,), arm="a", number=3, outcome=Outcome.PRUNED),
        failed(arm="b"),
    )
    (first, best), (second, none) = expectations(study).items()
    assert (first, best) == ("a", expected_best([0.8, 0.1]))
    assert (second, none.n) == ("b", ())


def test_a_value_that_is_not_finite_leaves_no_curve() -> None:
    """What is left without it would flatter the arm."""
    odd = make_trial((0.9,), number=1)
    odd = replace(odd, history=(replace(odd.history[0], valid_accuracy=nan),))
    (best,) = expectations(make_study(make_trial(), odd)).values()
    assert best.n == ()


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({}, []),
        ({"sampler": SamplerPlan(name="tpe")}, ["the sampler tpe learns from earlier trials"]),
        ({"sampler": SamplerPlan(name="gp")}, ["the sampler gp learns from earlier trials"]),
        ({"sampler": SamplerPlan(name="qmc")}, ["the sampler qmc spreads trials evenly"]),
        ({"sampler": SamplerPlan(name="grid")}, ["a grid lists its trials"]),
        (
            {"pruner": PrunerPlan(name="median"), "enqueued": 1},
            ["the pruner median stops trials early", "configurations were enqueued (1)"],
        ),
        ({"seeds": (1, 2)}, ["its trials are listed"]),
    ],
)
def test_what_makes_trials_depend_on_each_other_is_named(
    plan: dict[str, Any], expected: list[str]
) -> None:
    """Only random search without more draws them independently from one distribution."""
    assert list(dependence(planned(make_study(make_trial()), **plan))) == expected
