from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.exploration import ExpectedBest, expected_best
from fashion_bench.analysis.interval import FloatArray
from tests.analysis.conftest import near

RESAMPLES = 4_000

accuracies = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_two_values_are_done_by_hand() -> None:
    """Of two draws from two values three in four times the better is among them."""
    assert expected_best([0.9, 0.8]) == ExpectedBest(
        n=(1, 2),
        mean=(near(0.85), near(0.875)),
        low=(0.8, 0.8),
        high=(0.9, 0.9),
        band=(0.1, 0.9),
    )


def test_no_trial_has_no_curve() -> None:
    """Before the first trial ends there is nothing to expect."""
    assert expected_best([]) == ExpectedBest(n=(), mean=(), low=(), high=(), band=(0.1, 0.9))


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_is_that_of_drawing_again(seed: int) -> None:
    """At every budget the mean of resampled searches is within 4 Monte-Carlo errors."""
    values = np.random.default_rng(seed).beta(8, 2, 25)
    curve = expected_best(values.tolist())
    for n, mean in zip(curve.n, curve.mean, strict=True):
        best = best_of_resampled(values, n, seed)
        assert abs(best.mean() - mean) < 4 * best.std() / np.sqrt(RESAMPLES)


@pytest.mark.parametrize("band", [(0.1, 0.9), (0.25, 0.75)])
def test_the_band_is_that_of_drawing_again(band: tuple[float, float]) -> None:
    """Of resampled searches the share named ends at or below each edge, and less below it."""
    values = np.random.default_rng(7).beta(8, 2, 25)
    curve = expected_best(values.tolist(), band=band)
    for n, *edges in zip(curve.n, curve.low, curve.high, strict=True):
        best = best_of_resampled(values, n, 7)
        for edge, share in zip(edges, band, strict=True):
            error = 4 * np.sqrt(share * (1 - share) / RESAMPLES)
            assert np.mean(best < edge) - error < share < np.mean(best <= edge) + error


@given(accuracies)
def test_more_trials_never_expect_less(values: list[float]) -> None:
    """The curve starts at the mean, does not fall, stays within the values, and knows no order."""
    curve = expected_best(values)
    assert curve.n == tuple(range(1, len(values) + 1))
    assert curve.mean[0] == near(fmean(values))
    for line in (curve.mean, curve.low, curve.high):
        assert np.all(np.diff(line) >= -1e-12)
        assert min(values) - 1e-12 <= line[0]
        assert line[-1] <= max(values) + 1e-12
    assert np.all(np.less_equal(curve.low, curve.high))
    assert expected_best(sorted(values)) == curve


@given(st.floats(0, 1), st.integers(1, 20))
def test_equal_values_have_a_flat_curve(value: float, n: int) -> None:
    """Where every trial came to the same, so will the next."""
    curve = expected_best([value] * n)
    assert curve.low == curve.high == (value,) * n
    assert curve.mean == pytest.approx((value,) * n)


def best_of_resampled(values: FloatArray, n: int, seed: int) -> FloatArray:
    """Return the best value of many searches of n trials drawn from these with replacement."""
    generator = np.random.default_rng((seed, n))
    best: FloatArray = generator.choice(values, (RESAMPLES, n)).max(axis=1)
    return best
