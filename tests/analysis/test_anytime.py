from math import exp, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import integrate, stats

from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import (
    PRIOR_VARIANCE,
    FloatArray,
    anytime_interval,
    critical_t,
    e_value,
)
from tests.analysis.conftest import near

samples = st.integers(2, 40).flatmap(
    lambda n: arrays.arrays(np.float64, n, elements=st.integers(-100, 100).map(float))
)
levels = st.sampled_from([0.9, 0.95, 0.99])


@pytest.mark.parametrize("n", [2, 6, 30])
def test_the_evidence_is_the_bayes_factor_of_its_t_statistic(n: int) -> None:
    """Integrated by hand over the effect drawn from the prior, the noncentral t gives the same."""
    sample = np.random.default_rng(n).normal(0.7, 1, n)
    t = float(stats.ttest_1samp(sample, 0).statistic)

    def likelihood(effect: float) -> float:
        density = stats.nct.pdf(t, n - 1, effect * sqrt(n))
        return float(density * stats.norm.pdf(effect, scale=sqrt(PRIOR_VARIANCE)))

    mixed = integrate.quad(likelihood, -6, 6)[0]
    assert e_value(sample) == pytest.approx(mixed / stats.t.pdf(t, n - 1), rel=1e-5)


@given(samples, levels, st.floats(-50, 50))
def test_the_interval_holds_what_the_evidence_does_not_reject(
    sample: FloatArray, level: float, mean: float
) -> None:
    """A mean lies inside exactly where the e-value against it is below 1 / (1 - level)."""
    interval = anytime_interval(sample, level=level)
    evidence = e_value(sample - mean)
    if interval is None:
        assert evidence < 1 / (1 - level)
    elif min(abs(mean - interval.low), abs(mean - interval.high)) > 1e-6:
        assert (interval.low < mean < interval.high) == (evidence < 1 / (1 - level))


@given(samples, st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(sample: FloatArray, scale: float) -> None:
    """Points or fractions: the evidence is the same, and of either sign."""
    assert e_value(sample * scale) == pytest.approx(e_value(sample), rel=1e-6)
    assert e_value(-sample) == near(e_value(sample))


def test_below_six_pairs_nothing_is_left_out() -> None:
    """Of five pairs no t statistic has evidence enough, so there is no interval; of six one has."""
    assert critical_t(MIN_PAIRS - 1, level=0.95) is None
    critical = critical_t(MIN_PAIRS, level=0.95)
    assert critical is not None
    assert critical < inf
    assert anytime_interval(np.arange(float(MIN_PAIRS - 1))) is None


def test_it_is_wider_than_a_planned_interval_and_narrows() -> None:
    """What may be looked at any time costs width, at 8 pairs twice as much; it falls with n."""
    widths = []
    for n in (8, 20, 100, 1_000):
        critical = critical_t(n, level=0.95)
        assert critical is not None
        assert 1 < critical / stats.t.isf(0.025, n - 1) < 2.1
        widths.append(critical / sqrt(n))
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("n", [0, 1, 6])
def test_without_spread_or_pairs_the_evidence_is_told(n: int) -> None:
    """Nothing but zeros speaks for no difference; equal others against it, as far as n goes."""
    assert e_value(np.zeros(n)) == near(1 / sqrt(1 + n * PRIOR_VARIANCE))
    if n > 1:
        assert e_value(np.full(n, 0.01)) == near((1 + n * PRIOR_VARIANCE) ** ((n - 1) / 2))
        found = anytime_interval(np.full(n, 0.01))
        assert found is not None
        assert found.low == near(found.high)


def test_overwhelming_evidence_is_a_number() -> None:
    """It stays finite, however many equal differences there are."""
    assert e_value(np.full(5_000, 0.01)) == near(exp(700))
