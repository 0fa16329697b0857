"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fashion_bench.config import DataFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fashion_bench.data.images import Images

FACTS = DataFacts(
    name="fashion_mnist",
    images=60_000,
    classes=10,
    shape=(1, 28, 28),
    labels=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mean=(0.2860405969887955,),
    std=(0.3530242445149226,),
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Load the 60,000 training or the 10,000 test images."""
    from fashion_bench.data import fashion_mnist

    return fashion_mnist.load("train" if part == "train" else "t10k", folder)


def arrays(
    part: Literal["train", "test"], folder: Path
) -> "tuple[NDArray[Any], NDArray[Any], str]":
    """Return the same images' pixels, labels and digest, for who only looks at them."""
    from fashion_bench.data import fashion_mnist

    return fashion_mnist.arrays("train" if part == "train" else "t10k", folder)


def fetch(folder: Path, say: Callable[[str], None]) -> None:
    """Bring what the folder lacks; see ``data.folder.fetch``."""
    from fashion_bench.data import folder as data_folder

    data_folder.fetch(folder, say)
