"""Made-up images for tests that need no real ones; alike in shape, range and difficulty."""

from functools import lru_cache
from typing import Literal

import torch

from fashion_bench.data.images import Images, label_images
from fashion_bench.data.sets.synthetic import FACTS
from fashion_bench.rng import derive

CLASSES, (_, SIDE, _), BLOCK = FACTS.classes, FACTS.shape, 4


@lru_cache(maxsize=4)  # an experiment asks five times for two of them, and they take a second each
def draw_images(part: Literal["train", "test"], images: int) -> Images:
    """Draw images that each mix the pattern of their class with a rival's, under noise.

    Every class has one pattern of grey blocks. An image holds between 28 and 64 64ths of its own:
    below 32 the rival shows more, so that no network should get past 0.9 or so. Integers
    throughout: the same bytes on every machine. Whoever asks again is given the same images.
    """
    draw = torch.Generator().manual_seed(derive("synthetic", part))
    labels = torch.randint(CLASSES, (images,), generator=draw)
    rivals = torch.randint(CLASSES, (images,), generator=draw)
    share = torch.randint(28, 65, (images, 1, 1), generator=draw, dtype=torch.int16)
    noise = torch.randint(64, (images, SIDE, SIDE), generator=draw, dtype=torch.uint8)
    patterns = _draw_patterns()
    mixed = patterns[labels] * share + patterns[rivals] * (64 - share)
    return label_images((mixed >> 6).to(torch.uint8) + noise, labels, FACTS)


def _draw_patterns() -> torch.Tensor:
    """Return int16 ``[10, 28, 28]``, 0-191, so that noise of 0-63 keeps a pixel below 256."""
    draw = torch.Generator().manual_seed(derive("synthetic", "patterns"))
    blocks = SIDE // BLOCK
    coarse = torch.randint(192, (CLASSES, blocks, blocks), generator=draw, dtype=torch.int16)
    return coarse.repeat_interleave(BLOCK, dim=1).repeat_interleave(BLOCK, dim=2)
