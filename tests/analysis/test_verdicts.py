import numpy as np
import pytest

from tests.analysis.verdicts import (
    Draw,
    ever_false,
    heavy,
    normal,
    seeds_to_a_verdict,
    share_called_same,
)


@pytest.mark.parametrize("draw", [normal, heavy])
def test_looking_at_every_n_errs_in_one_of_twenty(draw: Draw) -> None:
    """Of 400 experiments without a difference, looked at after each pair, 5 % or less ever err."""
    assert ever_false(draw, 400).value <= 0.05


@pytest.mark.parametrize("look", [1, 2])
def test_a_clear_difference_takes_few_seeds(look: int) -> None:
    """One of twice the spread is settled after 9 pairs or fewer in half of the experiments."""
    assert np.median(seeds_to_a_verdict(2.0, look, 300)) <= 9


def test_a_difference_of_the_margin_is_seldom_called_none() -> None:
    """Exactly at the margin, no difference that matters is said in 5 %, but for chance."""
    found = share_called_same(0.5, 0.36, 10, 0.5, 2_000)
    assert found.value <= 0.05 + 3 * found.error


def test_no_difference_is_said_where_there_is_none() -> None:
    """Ten planned pairs of the spread that seeds have say so in 95 % at half a point."""
    assert share_called_same(0.0, 0.36, 10, 0.5, 1_000).value >= 0.95


def test_looks_end_in_no_difference_too() -> None:
    """Looked at after every other pair, it is said where there is none and not at the margin."""
    assert share_called_same(0.0, 0.36, 30, 0.5, 200, look=2).value >= 0.95
    assert share_called_same(0.5, 0.36, 30, 0.5, 200, look=2).value <= 0.05
