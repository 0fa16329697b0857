import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fashion_bench.analysis.sign_flip import EXACT_UP_TO, RESAMPLES, sign_flip_p
from tests.analysis.conftest import near

# Whole images of 10,000: ties among sums, and rounding in every difference.
images = st.integers(0, 10_000).map(lambda count: count / 10_000)
sizes = st.integers(2, 9)


@given(sizes.flatmap(lambda n: st.lists(st.tuples(images, images), min_size=n, max_size=n)))
def test_p_counts_the_flips_in_whole_images(values: list[tuple[float, float]]) -> None:
    """Of few differences p is exact, also where many flips give the same sum."""
    a, b = np.array(values).T
    whole = np.rint(10_000 * a).astype(int) - np.rint(10_000 * b).astype(int)
    sums = np.zeros(1, dtype=int)
    for difference in whole:
        sums = np.concatenate([sums + difference, sums - difference])
    assert sign_flip_p(a - b) == near(np.mean(np.abs(sums) >= abs(whole.sum())))


@pytest.mark.parametrize("n", [2, 6, 11])
def test_p_is_scipys(n: int) -> None:
    """The exact p is that of SciPy's permutation test of one sample."""
    sample = np.random.default_rng(n).normal(0.4, 1, n)
    theirs = stats.permutation_test([sample], np.mean, permutation_type="samples", n_resamples=2**n)
    assert sign_flip_p(sample) == near(float(theirs.pvalue))


def test_beyond_the_exact_p_is_near_it() -> None:
    """One difference more than can be counted: p is within 4 Monte-Carlo errors of exact."""
    sample = np.append(np.random.default_rng(5).normal(0.4, 1, EXACT_UP_TO), 0.0)
    exact = float(sign_flip_p(sample[:-1]))  # a zero more changes nothing
    error = np.sqrt(exact * (1 - exact) / RESAMPLES)
    assert 0.02 < exact < 0.5
    assert 0 < abs(float(sign_flip_p(sample)) - exact) < 4 * error
    assert sign_flip_p(sample) == sign_flip_p(sample)


@pytest.mark.parametrize(
    ("n", "p"), [(0, 1), (1, 1), (5, 2 / 32), (6, 2 / 64), (16, 2**-15), (40, 1 / (RESAMPLES + 1))]
)
def test_p_has_a_floor(n: int, p: float) -> None:
    """The clearest of results has the p of the two flips that are as clear, never 0."""
    assert sign_flip_p(np.full(n, 0.1 + 0.2)) == near(p)


def test_no_difference_has_p_1() -> None:
    """Where A and B are equal, every flip is as extreme."""
    assert sign_flip_p(np.zeros(8)) == 1
    assert sign_flip_p(np.zeros(20)) == 1


@pytest.mark.parametrize("n", [7, 20])
def test_many_samples_have_the_p_they_have_alone(n: int) -> None:
    """A stack of samples gives one p each."""
    samples = np.random.default_rng(n).normal(size=(3, 2, n))
    p = sign_flip_p(samples)
    assert p.shape == (3, 2)
    assert p[2, 1] == sign_flip_p(samples[2, 1])
