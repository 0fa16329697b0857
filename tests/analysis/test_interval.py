import numpy as np
import pytest
from scipy import stats

from fashion_bench.analysis.interval import Interval, mean_interval
from fashion_bench.analysis.text import NONE, interval_text, with_interval
from tests.analysis.conftest import near


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_of_a_mean_is_students(level: float) -> None:
    """A mean's interval is the one that the one-sample t test inverts to."""
    sample = np.random.default_rng(1).normal(size=7)
    low, high = map(float, stats.ttest_1samp(sample, 0).confidence_interval(level))
    expected = Interval(low=near(low), high=near(high), level=level)
    assert mean_interval(sample, level=level) == expected


@pytest.mark.parametrize("n", [0, 1])
def test_a_mean_without_spread_to_see_has_no_interval(n: int) -> None:
    """Nothing or one value: no interval, and no warning."""
    assert mean_interval(np.ones(n)) is None


def test_equal_values_have_an_interval_of_no_width() -> None:
    """Without spread the interval is the mean."""
    assert mean_interval(np.full(4, 0.25)) == Interval(low=0.25, high=0.25, level=0.95)


@pytest.mark.parametrize(
    ("low", "high", "out"), [(0.1, 0.2, True), (-2, -1, True), (-1, 1, False), (0, 1, False)]
)
def test_an_end_at_zero_holds_zero(low: float, high: float, out: bool) -> None:
    """The sign is settled where 0 is neither inside nor at an end."""
    assert Interval(low=low, high=high, level=0.95).leaves_out_zero is out


def test_a_value_is_told_with_its_interval() -> None:
    """By what shows a number; without an interval alone, and as a dash where there is no value."""
    interval, shown = Interval(low=-0.25, high=1, level=0.95), "{:.1f}".format
    assert with_interval(0.5, interval, shown) == "0.5 [-0.2, 1.0]"
    assert with_interval(0.5, None, shown) == "0.5"
    assert with_interval(None, None, shown) == interval_text(None, shown) == NONE
