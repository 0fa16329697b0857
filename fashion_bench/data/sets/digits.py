"""Handwritten digits that come with scikit-learn: real images where there is no network.

They are the test part of Alpaydin & Kaynak's (1998) "Optical Recognition of Handwritten Digits":
1,797 images of 8 x 8 pixels, grey from 0 to 16.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DataFacts

if TYPE_CHECKING:
    from fashion_bench.data.images import Images

TEST_IMAGES = 360  # a fifth, drawn once for ever

FACTS = DataFacts(
    name="digits",
    images=1_437,
    classes=10,
    shape=(1, 8, 8),
    labels=tuple(map(str, range(10))),
    mean=(0.30464654372535377,),
    std=(0.3762391388474948,),
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Load 1,437 training or 360 test images; the folder is not looked at."""
    import torch
    from sklearn.datasets import load_digits

    from fashion_bench.data.images import label_images
    from fashion_bench.rng import derive

    held = load_digits()
    order = torch.randperm(
        FACTS.images + TEST_IMAGES, generator=torch.Generator().manual_seed(derive("digits"))
    )
    rows = order[:-TEST_IMAGES] if part == "train" else order[-TEST_IMAGES:]
    greys = torch.from_numpy(held.images).to(torch.int32) * 255 // 16
    labels = torch.from_numpy(held.target)
    return label_images(greys.to(torch.uint8)[rows], labels[rows], FACTS)
