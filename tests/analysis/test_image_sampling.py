from statistics import stdev

import numpy as np
import pytest

from fashion_bench.analysis.comparison import ImageDifference, difference_over_images
from fashion_bench.analysis.interval import Interval
from tests.analysis.conftest import near


def test_images_are_paired_and_seeds_averaged() -> None:
    """Two seeds, four images: the mean difference, and its error over the four images."""
    a = np.array([[1, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    b = np.array([[0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool)
    error = stdev([1, 0, 0, 0.5]) / 2
    assert difference_over_images(a, b) == ImageDifference(
        images=4,
        mean=near(0.375),
        standard_error=near(error),
        interval=Interval(
            low=near(0.375 - 3.182446305 * error),
            high=near(0.375 + 3.182446305 * error),
            level=0.95,
        ),
    )


def test_its_error_is_that_of_drawing_images() -> None:
    """For fixed networks 95 % of the intervals hold the difference over all images there are."""
    generator = np.random.default_rng(1)
    difficulty = generator.beta(1, 8, 200_000)  # images A misses; B misses a tenth more of them
    held, means, errors = [], [], []
    for _ in range(2_000):
        missed = generator.choice(difficulty, 400)
        draws = generator.random((3, 400))
        told = difference_over_images(draws > missed, draws > 1.1 * missed, level=0.95)
        assert told.interval is not None
        assert told.standard_error is not None
        held.append(told.interval.low <= 0.1 * difficulty.mean() <= told.interval.high)
        means.append(told.mean)
        errors.append(told.standard_error)
    assert 0.93 < np.mean(held) < 0.97
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.06)


def test_arms_may_have_other_numbers_of_seeds() -> None:
    """Each arm is averaged over its own seeds."""
    a = np.array([[True, False, True]])
    assert difference_over_images(a, np.repeat(a, 3, axis=0)).mean == 0


def test_one_image_has_no_error() -> None:
    """From one image no error can be told."""
    one = difference_over_images(np.array([[True]]), np.array([[False]]))
    assert one == ImageDifference(images=1, mean=1.0, standard_error=None, interval=None)


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (2, 4)), ((2, 0), (2, 0)), ((0, 3), (2, 3)), ((3,), (3,))]
)
def test_what_is_not_paired_is_refused(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Other images, none at all, no seeds or no axis of seeds: a bug."""
    with pytest.raises(ValueError, match="cannot pair images"):
        difference_over_images(np.zeros(a, dtype=bool), np.zeros(b, dtype=bool))
