import numpy as np
import pytest

from fashion_bench.analysis.plots import images
from fashion_bench.analysis.plots.images import (
    color_limit,
    draw_first_weights,
    finite_norms,
    kernels_of,
)

DENSE = np.arange(12.0).reshape(3, 4)  # three units on 2 x 2 pixels, the last the strongest
WEIGHTS = DENSE.reshape(3, 2, 2)


def test_the_strongest_units_come_first() -> None:
    """By the norm of their weights, each a square."""
    kernels = kernels_of(DENSE, (1, 2, 2))
    assert kernels is not None
    norms = finite_norms(kernels)
    assert list(norms) == [2, 1, 0]
    assert norms[2] == pytest.approx((64 + 81 + 100 + 121) ** 0.5)
    assert norms[1] == pytest.approx((16 + 25 + 36 + 49) ** 0.5)
    assert kernels[[2, 1]].tolist() == [[[8, 9], [10, 11]], [[4, 5], [6, 7]]]


def test_no_more_are_shown_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strongest are; how many there are is told."""
    monkeypatch.setattr(images, "MOST_UNITS", 2)
    weaker = np.concatenate([WEIGHTS[:1] / 2, WEIGHTS[1:]])
    assert draw_first_weights("made up", WEIGHTS) == draw_first_weights("made up", weaker)
    assert draw_first_weights("made up", WEIGHTS) != draw_first_weights("made up", WEIGHTS[1:])


def test_kernels_of_a_convolution_are_taken_as_they_are() -> None:
    """``[U, 1, h, w]`` is what ``[U, H * W]`` is, of whatever size the kernels are."""
    kernels = kernels_of(DENSE, (1, 2, 2))
    assert np.array_equal(kernels, kernels_of(WEIGHTS[:, None], (1, 28, 28)))


def test_channels_stand_side_by_side() -> None:
    """Of dense units and of kernels, on images that need not be square."""
    weights = np.arange(24.0).reshape(2, 2, 2, 3)
    expected = np.concatenate([weights[:, 0], weights[:, 1]], axis=2)
    assert np.array_equal(kernels_of(weights, (2, 9, 9)), expected)
    assert np.array_equal(kernels_of(weights.reshape(2, 12), (2, 2, 3)), expected)


@pytest.mark.parametrize(
    ("weights", "shape"),
    [
        (DENSE, (4,)),
        (DENSE, (1, 3, 3)),
        (DENSE[0], (1, 2, 2)),
        (WEIGHTS, (1, 2, 2)),
        (WEIGHTS[:, None], (3, 2, 2)),
    ],
    ids=["features", "another size", "one a unit", "no layer of pixels", "other channels"],
)
def test_what_looks_at_no_pixels_has_no_picture(weights: np.ndarray, shape: tuple) -> None:
    """Then the report says so instead."""
    assert kernels_of(weights, shape) is None


def test_one_stray_weight_does_not_pale_the_others() -> None:
    """The colour scale ends where nearly all weights lie."""
    weights = np.ones((10, 10, 10))
    weights[0, 0, 0] = 1000.0
    assert color_limit(weights) == 1.0


def test_weights_of_zero_are_the_middle_of_the_scale() -> None:
    """Where all weights are 0, or there is none, the scale still has two ends."""
    assert color_limit(np.zeros((2, 2, 2))) == 1.0
    assert color_limit(np.zeros((0, 2, 2))) == 1.0


def test_a_unit_that_is_not_finite_is_left_out() -> None:
    """The others are shown, and the missing are counted."""
    weights = WEIGHTS.copy()
    weights[2, 0, 0] = np.nan
    norms = finite_norms(weights)
    assert (list(norms), len(weights) - len(norms)) == ([1, 0], 1)


@pytest.mark.parametrize(
    "weights",
    [
        WEIGHTS,
        WEIGHTS[:1],
        np.zeros((2, 2, 2)),
        np.full((2, 2, 2), np.nan),
        np.full((2, 2, 2), 1e30),
    ],
)
def test_first_weights_are_drawn(weights: np.ndarray) -> None:
    """One unit, dead units, none that is finite, huge ones; twice the same."""
    drawn = [draw_first_weights("made up", weights) for _ in range(2)]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]


def test_the_weights_are_in_the_picture() -> None:
    """Weights of the other sign look different."""
    assert draw_first_weights("made up", WEIGHTS) != draw_first_weights("made up", -WEIGHTS)
