from statistics import stdev

import numpy as np
import pytest

from fashion_bench.analysis.comparison import OverImages, over_images
from fashion_bench.analysis.interval import Interval
from tests.analysis.conftest import near


def test_images_are_paired_and_seeds_averaged() -> None:
    """Two seeds, four images: the mean difference, and its error over the four images."""
    a = np.array([[1, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    b = np.array([[0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool)
    error = stdev([1, 0, 0, 0.5]) / 2
    assert over_images(a, b) == OverImages(
        seeds=2,
        images=4,
        mean=near(0.375),
        standard_error=near(error),
        interval=Interval(
            low=near(0.375 - 3.182446305 * error),
            high=near(0.375 + 3.182446305 * error),
            level=0.95,
        ),
        of_both=over_images(a, b).of_both,
    )


def test_its_error_is_that_of_drawing_images() -> None:
    """For fixed networks 95 % of the intervals hold the difference over all images there are."""
    generator = np.random.default_rng(1)
    difficulty = generator.beta(1, 8, 200_000)  # images A misses; B misses a tenth more of them
    held, means, errors = [], [], []
    for _ in range(2_000):
        missed = generator.choice(difficulty, 400)
        draws = generator.random((3, 400))
        told = over_images(draws > missed, draws > 1.1 * missed)
        assert told.interval is not None
        assert told.standard_error is not None
        held.append(told.interval.low <= 0.1 * difficulty.mean() <= told.interval.high)
        means.append(told.mean)
        errors.append(told.standard_error)
    assert 0.93 < np.mean(held) < 0.97
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.06)


def test_seeds_and_images_are_in_one_interval() -> None:
    """Of 15 networks an arm on 400 images, drawn anew: 95 % hold the truth, those of images fewer.

    A seed shifts how many images its network misses, and by how much the arms differ on them.
    """
    generator = np.random.default_rng(2)
    both, of_images = [], []
    for _ in range(600):
        of_image = generator.normal(0, 1, 400)
        of_seed = generator.normal(0, 0.5, (15, 1))
        told = over_images(
            of_image + of_seed + generator.normal(0, 1, (15, 400)) > 0.2,
            of_image - of_seed + generator.normal(0, 1, (15, 400)) > 0.2,
        )
        assert told.interval is not None
        assert told.of_both is not None
        both.append(told.of_both.low <= 0 <= told.of_both.high)
        of_images.append(told.interval.low <= 0 <= told.interval.high)
        assert told.of_both.low <= told.interval.low < told.interval.high <= told.of_both.high
    assert 0.92 < np.mean(both) < 0.985
    assert np.mean(of_images) < 0.6


def test_networks_that_agree_have_no_error() -> None:
    """Both arms right of the same images: no difference, and no doubt."""
    same = np.eye(4, dtype=bool)
    told = over_images(same, same)
    assert told.of_both == told.interval == Interval(low=0, high=0, level=0.95)


def test_one_image_has_no_error() -> None:
    """From one image no error can be told."""
    one = over_images(np.array([[True]]), np.array([[False]]))
    assert one == OverImages(
        seeds=1, images=1, mean=1.0, standard_error=None, interval=None, of_both=None
    )


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (2, 4)), ((2, 0), (2, 0)), ((0, 3), (2, 3)), ((3,), (3,))]
)
def test_what_is_not_paired_is_refused(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Other images, none at all, no seeds or no axis of seeds: a bug."""
    with pytest.raises(ValueError, match="cannot pair images"):
        over_images(np.zeros(a, dtype=bool), np.zeros(b, dtype=bool))
