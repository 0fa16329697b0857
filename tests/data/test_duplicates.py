"""Tests of ``data/duplicates.py``."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.data import duplicates
from fashion_bench.data.duplicates import LEAST, near_duplicates
from fashion_bench.data.images import Images, label_images
from fashion_bench.data.sets.digits import load
from fashion_bench.data.sets.synthetic import FACTS


def images(pixels: torch.Tensor) -> Images:
    """Return images of ten classes, in turn."""
    return label_images(pixels, torch.arange(len(pixels)) % 10, FACTS)


def drawn(seed: int, number: int, *shape: int) -> torch.Tensor:
    """Return random bytes ``[number, *shape]``."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(256, (number, *shape), generator=draw, dtype=torch.uint8)


def by_numpy(test: torch.Tensor, train: torch.Tensor) -> list[bool]:
    """Return the same by the textbook: one correlation for each pair."""
    flat = [each.flatten(1).double().numpy() for each in (test, train)]
    return (np.corrcoef(*flat)[: len(test), len(test) :].max(axis=1) > LEAST).tolist()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    shape=st.sampled_from([(9, 9), (3, 6, 6)]),
    noise=st.lists(st.integers(0, 60), min_size=1, max_size=40),
    block=st.sampled_from([7, 1_000]),
)
def test_it_is_the_correlation_of_every_pair(
    seed: int, shape: tuple[int, ...], noise: list[int], block: int
) -> None:
    """However images are put into blocks: train images under more and more noise, and brighter."""
    train = drawn(seed, 50, *shape)
    test = torch.stack([train[place] // 2 for place in range(len(noise))])
    for image, amount in zip(test, noise, strict=True):
        image += drawn(seed + 1, 1, *shape)[0] % (amount + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "BLOCK", block)
        patch.setattr(duplicates, "LEADING", 5)
        found = near_duplicates(images(test), images(train))
    assert found.tolist() == by_numpy(test, train)


def test_constant_images_are_left_out() -> None:
    """They correlate with nothing, on either side; nor does another image with them."""
    train = torch.cat((drawn(0, 3, 8, 8), torch.full((1, 8, 8), 7, dtype=torch.uint8)))
    test = torch.stack((train[3], train[1], 255 - train[1]))
    assert near_duplicates(images(test), images(train)).tolist() == [False, True, False]


def test_features_are_no_pixels() -> None:
    """Two features correlate by 1 or -1, whatever they are."""
    train = torch.rand(5, 2)
    assert not near_duplicates(images(train), images(train)).any()


def test_shipped_digits_have_few() -> None:
    """As counted by numpy: 7 of 360."""
    test, train = load("test", Path()), load("train", Path())
    found = near_duplicates(test, train)
    assert found.sum() == 7
    assert found.tolist() == by_numpy(test.pixels, train.pixels)
