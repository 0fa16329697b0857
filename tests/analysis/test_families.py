"""Families of comparisons keep their promises; the script has the same with more of them."""

import numpy as np
import pytest

from fashion_bench.analysis.paired import SETTLED, Differences, compare_paired
from tests.analysis.families import (
    HALF_DIFFER,
    NONE_DIFFERS,
    SEEDS,
    UNLIKE,
    Draw,
    differences,
    heavy,
    holds,
    is_apart,
    normal,
    told,
)


@pytest.mark.parametrize("secondary", [False, True], ids=["primary", "secondary"])
@pytest.mark.parametrize("draw", [normal, heavy])
def test_no_false_verdict_in_nineteen_of_twenty(draw: Draw, secondary: bool) -> None:
    """Ten arms alike: some pair is told apart in 5 % of the experiments, but for chance."""
    found = told(draw, 200, NONE_DIFFERS, secondary=secondary)
    assert found.ever_false.value <= 0.05 + 3 * found.ever_false.error
    assert found.covered.value >= 0.94 - 3 * found.covered.error


def test_arms_may_have_unlike_numbers_of_seeds() -> None:
    """Half of them 10 and half 6: neither verdicts nor intervals are wrong more often."""
    found = told(normal, 150, NONE_DIFFERS, seeds=UNLIKE)
    assert found.ever_false.value <= 0.05 + 3 * found.ever_false.error
    assert found.covered.value >= 0.92 - 3 * found.covered.error


def test_ten_arms_at_ten_seeds_can_be_told_apart() -> None:
    """Of pairs two deviations apart more than three of four are settled, few of the others."""
    found = told(normal, 100, HALF_DIFFER)
    assert found.settled.value >= 0.75
    assert found.ever_false.value <= 0.05 + 3 * found.ever_false.error


def test_what_is_counted_are_the_verdicts_given() -> None:
    """Counted all at once, verdicts and intervals are those of the comparison."""
    family = differences(normal(np.random.default_rng(3), (1, SEEDS, 10)) / 1.4 + HALF_DIFFER)
    compared = compare_paired(
        [Differences(by_seed=dict(enumerate(column))) for column in family.T.tolist()]
    )
    apart = [one.verdict in SETTLED for one in compared]
    assert 5 < sum(apart) < 45
    assert is_apart(family).tolist() == apart
    at = np.array([one.adjusted_interval.high for one in compared if one.adjusted_interval])
    assert holds(family, at - 1e-9).all()
    assert not holds(family, at + 1e-9).any()
