"""Mirrored and moved images."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.data.augment import MOST, augment
from fashion_bench.models.layers import mix

KINDS = ("none", "flip", "shift", "flip+shift")
shapes = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7))
words = st.integers(-(2**31), 2**31 - 1)


def draw(*shape: int) -> Tensor:
    """Return images with no two pixels alike, none of them 0."""
    count = int(torch.tensor(shape).prod())
    return torch.arange(1, count + 1, dtype=torch.float32).view(shape)


def noise(*shape: int, first: int = 0) -> Tensor:
    """Return the words of so many images."""
    count = int(torch.tensor(shape).prod())
    return mix(torch.arange(first, first + count, dtype=torch.int32)).view(shape)


def outcomes(image: Tensor, kind: str) -> list[Tensor]:
    """Return all that an image may become, by padding, cutting and flipping."""
    height, width = image.shape[-2:]
    padded = F.pad(image, (MOST,) * 4)
    moved = [image]
    if "shift" in kind:
        steps = [(down, right) for down in range(5) for right in range(5)]
        moved = [padded[..., d : d + height, r : r + width] for d, r in steps]
    flipped = []
    if "flip" in kind:
        mirrored = F.pad(image.flip(-1), (MOST,) * 4)
        flipped = [image.flip(-1)]
        if "shift" in kind:
            flipped = [mirrored[..., d : d + height, r : r + width] for d, r in steps]
    return moved + flipped


@pytest.mark.parametrize("kind", KINDS)
@given(shape=shapes, word=words)
def test_an_image_becomes_one_of_its_kind(
    kind: str, shape: tuple[int, int, int], word: int
) -> None:
    """Of any size, channels alike, also one smaller than the step."""
    image = draw(*shape)
    made = augment(image[None], kind, torch.tensor([word], dtype=torch.int32), 0.0)[0]
    assert any(torch.equal(made, outcome) for outcome in outcomes(image, kind))


@pytest.mark.parametrize(("kind", "count"), [("flip", 2), ("shift", 25), ("flip+shift", 50)])
def test_all_outcomes_are_about_equally_likely(kind: str, count: int) -> None:
    """By the words of 20,000 images: none is missing, none is twice as often as due."""
    image = draw(1, 6, 6)
    made = augment(image.expand(20_000, 1, 6, 6), kind, noise(20_000), 0.0).flatten(1)
    kinds, counts = made.unique(dim=0, return_counts=True)
    assert len(kinds) == count
    assert counts.min() > 0.7 * 20_000 / count
    assert counts.max() < 1.3 * 20_000 / count


@pytest.mark.parametrize("kind", KINDS)
def test_a_lane_sees_alone_what_it_sees_in_a_cohort(kind: str) -> None:
    """[T, B, C, H, W] is T times [B, C, H, W]; under vmap and compiled too."""
    images, random = draw(3, 4, 2, 5, 6), noise(3, 4)
    together = augment(images, kind, random, -1.5)
    alone = [augment(images[lane], kind, random[lane], -1.5) for lane in range(3)]
    assert torch.equal(together, torch.stack(alone))
    vmapped = torch.vmap(lambda some, bits: augment(some, kind, bits, -1.5))(images, random)
    assert torch.equal(together, vmapped)


def test_it_compiles_to_the_same() -> None:
    """In one graph, without a break."""
    images, random = draw(2, 4, 3, 5, 6), noise(2, 4)
    background = torch.tensor([-1.0, -2.0, -3.0]).view(3, 1, 1)
    compiled = torch.compile(augment, fullgraph=True, dynamic=False)
    expected = augment(images, "flip+shift", random, background)
    assert torch.equal(compiled(images, "flip+shift", random, background), expected)


def test_the_background_comes_in() -> None:
    """Where an image moved away there is the value given, one a channel."""
    background = torch.tensor([7.0, 8.0]).view(2, 1, 1)
    made = augment(torch.zeros(500, 2, 6, 6), "shift", noise(500), background)
    assert made[:, 0].unique().tolist() == [0, 7]
    assert made[:, 1].unique().tolist() == [0, 8]


def test_bytes_are_moved_as_bytes() -> None:
    """Raw pixels keep their type, and their background is 0."""
    images = torch.full((300, 1, 6, 6), 9, dtype=torch.uint8)
    made = augment(images, "shift", noise(300), 0.0)
    assert made.dtype == torch.uint8
    assert made.unique().tolist() == [0, 9]
