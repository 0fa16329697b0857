"""How often the intervals and verdicts are right, counted over made-up comparisons.

The long form, ``-m slow``, is the same with more of them.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from fashion_bench.analysis.interval import BoolArray, FloatArray
from fashion_bench.analysis.paired import Differences, Verdict, compare_paired
from fashion_bench.analysis.sign_flip import sign_flip_p
from fashion_bench.rng import derive
from tests.analysis.conftest import half_widths

Draw = Callable[[np.random.Generator, tuple[int, int]], FloatArray]

# Differences of mean 0, and the coverage asked for.
COVERAGE: dict[str, tuple[Draw, float, float]] = {
    "normal": (lambda generator, shape: generator.standard_normal(shape), 0.93, 0.97),
    "heavy-tailed": (lambda generator, shape: generator.standard_t(5, shape), 0.93, 0.97),
    "skewed": (lambda generator, shape: generator.gamma(2.0, size=shape) - 2.0, 0.91, 0.97),
}

AT_ONCE = 500  # comparisons: 40 MB of flipped sums

pairs = pytest.mark.parametrize("n", [6, 10, 30])
repeats = pytest.mark.parametrize(
    "repeats", [10_000, pytest.param(200_000, marks=pytest.mark.slow)]
)


@pairs
@repeats
@pytest.mark.parametrize("differences", COVERAGE)
def test_the_interval_covers_the_mean(differences: str, n: int, repeats: int) -> None:
    """95 % intervals hold the true mean 93-97 % of the time, under a strong skew 91 %."""
    draw, least, most = COVERAGE[differences]
    share = np.concatenate([_covered(sample) for sample in _drawn(draw, n, repeats)]).mean()
    print(f"{differences}, n = {n}: covered {share:.4f} of {repeats:,}")
    assert least <= share <= most


@pairs
@repeats
@pytest.mark.parametrize("scores", COVERAGE)
def test_no_effect_is_seldom_called_one(scores: str, n: int, repeats: int) -> None:
    """Of two equal arms one is called better at most 5 % of the time, whatever their scores."""
    draw, _, _ = COVERAGE[scores]
    both = zip(_drawn(draw, n, repeats, "a"), _drawn(draw, n, repeats, "b"), strict=True)
    share = np.concatenate([_decided(a - b) for a, b in both]).mean()
    print(f"{scores}, n = {n}: told apart {share:.4f} of {repeats:,}")
    assert share <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / repeats)


@pairs
def test_the_count_is_of_the_verdicts_given(n: int) -> None:
    """Counted all at once or one comparison at a time, the verdicts are the same."""
    sample = next(_drawn(COVERAGE["normal"][0], n, 100)) + 0.7
    verdicts = [
        compare_paired([Differences(by_seed=dict(enumerate(row)))])[0].verdict for row in sample
    ]
    decided = [verdict in (Verdict.BETTER, Verdict.WORSE) for verdict in verdicts]
    assert 0 < sum(decided) < len(decided)
    assert decided == _decided(sample).tolist()


def _covered(differences: FloatArray) -> BoolArray:
    return np.asarray(np.abs(differences.mean(axis=1)) <= half_widths(differences))


def _decided(differences: FloatArray) -> BoolArray:
    return ~_covered(differences) & (sign_flip_p(differences) < 0.05)


def _drawn(draw: Draw, n: int, repeats: int, *names: str) -> Iterator[FloatArray]:
    generator = np.random.default_rng(derive("coverage", n, *names))
    for first in range(0, repeats, AT_ONCE):
        yield draw(generator, (min(AT_ONCE, repeats - first), n))
