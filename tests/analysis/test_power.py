import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import superiority_interval
from fashion_bench.analysis.power import (
    MOST_PAIRS,
    PairsNeeded,
    pairs_for_difference,
    pairs_for_margin,
    pairs_for_superiority,
    pairs_needed,
    smallest_difference,
)
from tests.analysis.conftest import half_widths

REPEATS = 20_000


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_pairs_needed_are_those_of_the_tables(effect: float, pairs: int) -> None:
    """Cohen's small, medium and large effects, 80 %, two-sided 5 %: as G*Power 3 gives them."""
    assert pairs_for_difference(effect, 1.0) == pairs
    assert pairs_for_difference(-effect / 300, 1 / 300) == pairs


@pytest.mark.parametrize(("n", "power"), [(8, 0.8), (34, 0.8), (20, 0.95)])
def test_a_planned_difference_is_found_as_often_as_planned(n: int, power: float) -> None:
    """Simulated, the t test finds the smallest difference with the power it was planned for."""
    difference = smallest_difference(n, 0.003, power=power)
    assert difference is not None
    samples = np.random.default_rng(n).normal(difference, 0.003, (REPEATS, n))
    found = np.mean(samples.mean(axis=1) > half_widths(samples))
    assert abs(found - power) < 4 * np.sqrt(power * (1 - power) / REPEATS)


@settings(max_examples=30)
@given(st.floats(0.01, 1.4), st.floats(0.5, 0.99))
@example(effect=0.01, power=0.9375)  # beyond the most pairs
@example(effect=1.4, power=0.5)  # within the fewest
def test_the_two_planners_are_inverse(effect: float, power: float) -> None:
    """The pairs planned find the difference, one fewer would not; nor would the most, if none."""
    pairs = pairs_for_difference(effect, 1.0, power=power)
    if pairs is not None:
        found = smallest_difference(pairs, 1.0, power=power)
        assert found is not None
        assert found <= effect * (1 + 1e-9)
    missed = smallest_difference(pairs - 1 if pairs else MOST_PAIRS, 1.0, power=power)
    assert missed is None if pairs == MIN_PAIRS else missed is not None
    assert missed is None or missed > effect * (1 - 1e-9)


def test_fewer_than_six_pairs_find_nothing() -> None:
    """No verdict is given below six pairs, so nothing is planned there."""
    assert smallest_difference(MIN_PAIRS - 1, 1.0) is None
    assert pairs_for_difference(100.0, 1.0) == MIN_PAIRS
    assert pairs_for_superiority(1.0) == MIN_PAIRS


def test_without_spread_any_difference_is_found() -> None:
    """Where seeds do not matter the fewest pairs do."""
    assert smallest_difference(6, 0.0) == 0
    assert pairs_for_difference(1e-9, 0.0) == MIN_PAIRS


@pytest.mark.parametrize(("difference", "sd"), [(0.0, 1.0), (0.0, 0.0), (1e-3, 1.0)])
def test_what_no_number_of_pairs_finds_is_told(difference: float, sd: float) -> None:
    """No difference, or next to none: there is no number to train for."""
    assert pairs_for_difference(difference, sd) is None


def test_a_difference_of_nearly_nothing_needs_thousands() -> None:
    """A hundredth of the spread takes what the normal distribution says it takes."""
    pairs = pairs_for_difference(0.01, 1.0)
    assert pairs == pytest.approx(
        (stats.norm.isf(0.025) + stats.norm.isf(0.2)) ** 2 * 1e4, rel=1e-4
    )


def test_three_wins_of_four_take_46_pairs() -> None:
    """To settle that P(A > B) = 0.75 is not one half, with 95 % power, takes 46 pairs."""
    assert pairs_for_superiority(0.75) == 46
    assert pairs_for_superiority(0.25) == 46


@pytest.mark.parametrize("probability", [0.65, 0.75, 0.9])
def test_the_pairs_planned_settle_it(probability: float) -> None:
    """The interval of P(A > B) leaves out one half as often as planned, and no n below does."""
    pairs = pairs_for_superiority(probability)
    assert pairs is not None
    wins = np.random.default_rng(pairs).binomial(pairs, probability, REPEATS)
    settled = np.array([leaves_out_half(won, pairs) for won in range(pairs + 1)])
    assert np.mean(settled[wins]) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / REPEATS)
    for n in range(MIN_PAIRS, pairs):
        settled = np.array([leaves_out_half(won, n) for won in range(n + 1)])
        assert stats.binom.pmf(np.arange(n + 1), n, probability) @ settled < 0.95


def test_equals_are_never_told_apart() -> None:
    """No number of pairs settles one half against one half, or next to it."""
    assert pairs_for_superiority(0.5) is None
    assert pairs_for_superiority(0.501) is None


def leaves_out_half(wins: int, n: int) -> bool:
    """Return whether so many wins of n settle which arm is ahead."""
    interval = superiority_interval(np.repeat([1.0, -1.0], [wins, n - wins]))
    assert interval is not None
    return not interval.low <= 0.5 <= interval.high


@pytest.mark.parametrize(("margin", "power"), [(1.39, 0.95), (0.7, 0.8), (0.3, 0.9)])
def test_the_pairs_planned_say_that_no_difference_matters(margin: float, power: float) -> None:
    """Simulated without a difference, it is said as often as planned; by a pair fewer it is not."""
    pairs = pairs_for_margin(margin, 1.0, power=power)
    assert pairs is not None
    for n, enough in ((pairs, True), (pairs - 1, False)):
        samples = np.random.default_rng(n).normal(0, 1, (REPEATS, n))
        half = half_widths(samples, level=0.9)
        said = np.mean(np.abs(samples.mean(axis=1)) + half < margin)
        error = np.sqrt(power * (1 - power) / REPEATS)
        assert said > power - 4 * error if enough else said < power + 4 * error


def test_the_unit_of_margin_and_spread_is_the_same() -> None:
    """Points or fractions: what counts is the one in terms of the other."""
    assert pairs_for_margin(0.005, 0.0036) == pairs_for_margin(0.5, 0.36)


def test_the_pairs_for_a_margin_have_ends() -> None:
    """Without spread the fewest do; of next to no margin nobody trains enough."""
    assert pairs_for_margin(0.5, 0.0) == MIN_PAIRS
    assert pairs_for_margin(0.5, 1e-9) == MIN_PAIRS
    assert pairs_for_margin(0.001, 1.0) is None
    many = pairs_for_margin(0.02, 1.0)
    normal = (stats.norm.isf(0.05) + stats.norm.isf(0.1)) ** 2 * 2_500
    assert many == pytest.approx(normal, rel=1e-3)


def test_both_answers_to_a_margin_are_planned() -> None:
    """So many pairs find a difference of it, so many say that there is none that matters."""
    assert pairs_needed(0.5, 0.36) == PairsNeeded(
        difference=pairs_for_difference(0.5, 0.36), same=pairs_for_margin(0.5, 0.36)
    )
