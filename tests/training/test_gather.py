"""Images as a network is given them, of any shape and type."""

import pytest
import torch
from torch import Tensor

from fashion_bench.data import synthetic
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Dataset
from fashion_bench.training.step import gather, normalise

DRAW = torch.Generator().manual_seed(5)
BYTES = torch.randint(256, (20, 3, 5, 4), generator=DRAW, dtype=torch.uint8)
LABELS = torch.arange(20) % 4
SETS = {
    "grey": BYTES[:, 0],
    "colour": BYTES,
    "floats": BYTES * 0.3 - 7.0,
    "grey floats": BYTES[:, 1] / 255,
    "features": BYTES[:, 0].flatten(1).double(),
    "same": torch.full((20, 3, 3), 9, dtype=torch.uint8),
}


def images_of(pixels: Tensor) -> Images:
    """Return the training images of a set of these."""
    return Dataset.from_arrays((pixels, LABELS)).load("train")


@pytest.mark.parametrize("pixels", SETS.values(), ids=SETS)
def test_pixels_have_mean_0_and_deviation_1(pixels: Tensor) -> None:
    """Channel by channel over the training images; where all pixels are the same they are 0."""
    images = images_of(pixels)
    found, labels = gather(images, torch.arange(20), torch.float64)
    assert tuple(found.shape) == (20, *images.shape)
    assert torch.equal(labels, LABELS)
    channels = found.transpose(0, 1).flatten(1) if found.ndim == 4 else found.flatten()[None]
    zeros = torch.zeros(len(channels), dtype=torch.float64)
    deviation = channels.std(1, correction=0)
    expected = zeros if bool((pixels == pixels.flatten()[0]).all()) else zeros + 1
    torch.testing.assert_close(channels.mean(1), zeros, atol=1e-5, rtol=0)
    torch.testing.assert_close(deviation, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("pixels", SETS.values(), ids=SETS)
def test_rows_of_any_shape_are_gathered(pixels: Tensor) -> None:
    """Lane by lane and row by row; the images themselves are left as they were."""
    images = images_of(pixels)
    before = images.pixels.clone()
    rows = torch.tensor([[3, 1, 3], [0, 19, 7]])
    together, labels = gather(images, rows, torch.float32)
    assert torch.equal(labels, LABELS[rows])
    for lane in range(2):
        assert torch.equal(together[lane], gather(images, rows[lane], torch.float32)[0])
    assert torch.equal(images.pixels, before)


@pytest.mark.parametrize("name", ["colour", "floats"])
def test_a_compiled_gathering_is_the_same(name: str) -> None:
    """To rounding: a kernel may keep more digits between two operations."""
    images, rows = images_of(SETS[name]), torch.tensor([[3, 1, 3], [0, 19, 7]])
    compiled = torch.compile(gather, fullgraph=True, dynamic=False)
    found, _ = compiled(images, rows, torch.float32)
    torch.testing.assert_close(found, gather(images, rows, torch.float32)[0])


def test_grey_bytes_are_normalised_as_they_always_were() -> None:
    """Bit for bit: what version 0.1 trained on."""
    images = synthetic.draw_images("train", 50)
    mean, std = 0.2860405969887955, 0.3530242445149226
    expected = images.pixels.to(torch.float32).sub_(255 * mean).mul_(1 / (255 * std))
    found, _ = gather(images, torch.arange(50), torch.float32)
    assert torch.equal(found[:, 0], expected)
    assert torch.equal(normalise(images.pixels, images.mean, images.std, torch.float32), expected)
