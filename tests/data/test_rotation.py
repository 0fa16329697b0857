"""The test images, each turned by its own random angle."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.transforms import Compose, PILToTensor, RandomRotation

from fashion_bench.data import sets
from fashion_bench.data.images import Images, label_images
from fashion_bench.data.rotation import KNOWN, angle_of, rotate
from fashion_bench.errors import DataError, SpecError


@pytest.fixture(scope="module")
def some(real_data: Path) -> Images:
    """The first hundred test images."""
    images = sets.module("fashion_mnist").load("test", real_data)
    return label_images(images.pixels[:100], images.labels[:100], sets.facts("fashion_mnist"))


def test_images_are_turned_as_the_notebook_turns_them(
    some: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given our angles, torchvision's own transform of a PIL image gives the same pixels."""
    angles = map(angle_of, range(len(some.labels)))
    monkeypatch.setattr(RandomRotation, "get_params", staticmethod(lambda _: next(angles)))
    notebook = Compose([RandomRotation(25, fill=(0,)), PILToTensor()])
    expected = torch.cat([notebook(Image.fromarray(pixels)) for pixels in some.pixels.numpy()])
    rotated = rotate(some)
    assert torch.equal(rotated.pixels, expected)
    assert torch.equal(rotated.labels, some.labels)
    assert not torch.equal(rotated.pixels, some.pixels)


def test_angles_are_spread_evenly() -> None:
    """Ten thousand angles reach from -25 to 25 degrees with the mean and deviation of a uniform."""
    angles = torch.tensor([angle_of(place) for place in range(10_000)], dtype=torch.float64)
    assert -25 <= angles.min() < -24.9
    assert 24.9 < angles.max() < 25
    assert abs(angles.mean()) < 5 * 50 / math.sqrt(12 * 10_000)
    assert float(angles.std()) == pytest.approx(50 / math.sqrt(12), rel=0.02)


def test_an_angle_belongs_to_its_place(some: Images) -> None:
    """How many images follow, or what was drawn before, turns no image otherwise."""
    torch.manual_seed(7)
    few = rotate(label_images(some.pixels[:10], some.labels[:10], sets.facts("fashion_mnist")))
    assert torch.equal(few.pixels, rotate(some).pixels[:10])


@pytest.mark.parametrize("source", ["fashion_mnist", "synthetic"])
def test_the_rotated_images_are_known(source: str, real_data: Path) -> None:
    """Those of each source are the ones that every earlier result rests on."""
    images = sets.module(source).load("test", real_data)
    rotated = rotate(images)
    assert rotated.digest == KNOWN[images.digest]
    assert rotated.pixels.shape == (10_000, 28, 28)
    assert rotated.pixels.dtype == torch.uint8


def test_another_way_to_rotate_is_noticed(some: Images) -> None:
    """Where libraries turn known images otherwise, one line says so."""
    (known, *_) = KNOWN
    with pytest.raises(DataError, match=r"rotates otherwise .* install the versions in constr"):
        rotate(replace(some, digest=known))


@pytest.mark.parametrize("floats", [False, True])
def test_channels_are_turned_together(some: Images, floats: bool) -> None:
    """Each as the grey image of its place, in bytes and in floats, of whatever size."""
    grey = some.pixels[:20, 3:24, 4:25]
    pixels = torch.stack([grey, grey + 1, 255 - grey], 1)
    facts = replace(sets.facts("cifar10"), shape=(3, 21, 21))
    if floats:
        pixels = pixels.float() / 255
    turned = rotate(label_images(pixels, some.labels[:20], facts))
    assert (turned.pixels.shape, turned.pixels.dtype) == (pixels.shape, pixels.dtype)
    for channel in range(3):
        alone = label_images(pixels[:, channel], some.labels[:20], sets.facts("mnist"))
        assert torch.equal(turned.pixels[:, channel], rotate(alone).pixels)
    assert turned.mean == facts.mean


@pytest.mark.parametrize("shape", [(20, 784), (20, 28, 27), (20, 3, 4, 5)])
def test_what_is_not_square_cannot_be_turned(shape: tuple[int, ...]) -> None:
    """One line says so, of features too."""
    images = label_images(torch.zeros(shape), torch.zeros(20), sets.facts("mnist"))
    with pytest.raises(SpecError, match="only square images can be measured rotated"):
        rotate(images)
