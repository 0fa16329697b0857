"""MNIST, handwritten digits (LeCun, Bottou, Bengio & Haffner 1998)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DataFacts

if TYPE_CHECKING:
    from fashion_bench.data.images import Images

FACTS = DataFacts(
    name="mnist",
    images=60_000,
    classes=10,
    shape=(1, 28, 28),
    labels=tuple(map(str, range(10))),
    mean=(0.13066047627384288,),
    std=(0.30810780385646266,),
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Load the 60,000 training or the 10,000 test images."""
    from fashion_bench.data import torchvision_files

    return torchvision_files.load_mnist("MNIST", part, folder, FACTS)


def fetch(folder: Path, say: Callable[[str], None]) -> None:
    """Bring what the folder lacks; see ``torchvision_files``."""
    from fashion_bench.data import torchvision_files

    torchvision_files.fetch_mnist("MNIST", folder, say)
