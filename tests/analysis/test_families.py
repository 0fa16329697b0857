"""Families of comparisons keep their promises; the script has the same with more of them."""

import pytest

from tests.analysis.families import HALF_DIFFER, NONE_DIFFERS, Draw, heavy, normal, told


@pytest.mark.parametrize("secondary", [False, True], ids=["primary", "secondary"])
@pytest.mark.parametrize("draw", [normal, heavy])
def test_no_false_verdict_in_nineteen_of_twenty(draw: Draw, secondary: bool) -> None:
    """Ten arms alike: some pair is told apart in 5 % of the experiments, but for chance."""
    found = told(draw, 200, NONE_DIFFERS, secondary=secondary)
    assert found.ever_false.value <= 0.05 + 3 * found.ever_false.error
    assert found.covered.value >= 0.94 - 3 * found.covered.error


def test_ten_arms_at_ten_seeds_can_be_told_apart() -> None:
    """Of pairs two deviations apart more than three of four are settled, few of the others."""
    found = told(normal, 100, HALF_DIFFER)
    assert found.settled.value >= 0.75
    assert found.ever_false.value <= 0.05 + 3 * found.ever_false.error
