"""Made-up images for tests that need no real ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DataFacts
from fashion_bench.data.sets import fashion_mnist

if TYPE_CHECKING:
    from fashion_bench.data.images import Images

# Alike in shape and range to Fashion-MNIST, and normalised by the same two numbers.
FACTS = DataFacts(
    name="synthetic",
    images=60_000,
    classes=10,
    shape=(1, 28, 28),
    labels=tuple(map(str, range(10))),
    mean=fashion_mnist.FACTS.mean,
    std=fashion_mnist.FACTS.std,
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Draw 60,000 training or 10,000 test images; the folder is not looked at."""
    from fashion_bench.data import synthetic

    return synthetic.draw_images(part, 60_000 if part == "train" else 10_000)
