import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.paired import HolmStep, holm
from tests.analysis.conftest import near

p_values = st.lists(st.integers(1, 64).map(lambda count: count / 64 / 8), max_size=8)


def test_each_p_is_held_against_its_step() -> None:
    """Four comparisons, two decided: alpha / 4, alpha / 3, then alpha / 2 for the rest."""
    assert holm([0.03, 0.005, 0.01, 0.04]) == (
        HolmStep(p=near(0.06), divisor=2, level=0.975),
        HolmStep(p=near(0.02), divisor=4, level=0.9875),
        HolmStep(p=near(0.03), divisor=3, level=near(1 - 0.05 / 3)),
        HolmStep(p=near(0.06), divisor=2, level=0.975),
    )


def test_alpha_itself_is_not_below_alpha() -> None:
    """A p exactly at its step fails, and stops the procedure there."""
    assert [step.divisor for step in holm([0.025, 0.04])] == [2, 2]


def test_one_comparison_is_left_alone() -> None:
    """A family of one needs no correction; a family of none has no step."""
    assert holm([0.04]) == (HolmStep(p=0.04, divisor=1, level=0.95),)
    assert holm([]) == ()


def test_equal_ones_are_treated_alike() -> None:
    """The order in which equal p were given settles nothing."""
    assert holm([0.01, 0.01, 0.9])[0] == holm([0.01, 0.01, 0.9])[1]
    assert [step.divisor for step in holm([0.01, 0.01, 0.04])] == [3, 3, 1]


@given(p_values, st.sampled_from([0.01, 0.05, 0.1]))
def test_it_decides_as_holm_wrote_it(p_values: list[float], alpha: float) -> None:
    """Step by step from the smallest until one fails: the same are decided, at the same step."""
    steps = holm(p_values, alpha=alpha)
    decided = set()
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[place] >= alpha / (len(p_values) - rank):
            break
        decided.add(int(place))
    assert {place for place, step in enumerate(steps) if step.p < alpha} == decided
    for p, step in zip(p_values, steps, strict=True):
        assert (p < alpha / step.divisor) == (step.p < alpha)
        assert step.level == 1 - alpha / step.divisor


@given(p_values)
def test_the_adjusted_keep_the_order(p_values: list[float]) -> None:
    """A smaller p stays no larger, none shrinks, none is above 1 or Bonferroni's."""
    steps = holm(p_values)
    for p, step in zip(p_values, steps, strict=True):
        assert p <= step.p <= min(1, len(p_values) * p)
        assert all(step.p <= other.p for q, other in zip(p_values, steps, strict=True) if p <= q)


@pytest.mark.parametrize("m", [3, 10])
def test_false_decisions_in_a_family_are_rare(m: int) -> None:
    """With no effect anywhere, some decision is made in 5 % of families at most."""
    families = np.random.default_rng(m).random((4_000, m))
    wrong = np.mean([min(step.p for step in holm(family)) < 0.05 for family in families.tolist()])
    assert wrong < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 4_000)
