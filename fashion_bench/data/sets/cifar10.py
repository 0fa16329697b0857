"""CIFAR-10, small colour photographs (Krizhevsky 2009)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DataFacts

if TYPE_CHECKING:
    from fashion_bench.data.images import Images

FACTS = DataFacts(
    name="cifar10",
    images=50_000,
    classes=10,
    shape=(3, 32, 32),
    labels=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    mean=(0.4913996786, 0.4821584084, 0.4465309144),
    std=(0.2470322325, 0.2434851280, 0.2615878417),
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Load the 50,000 training or the 10,000 test images."""
    from fashion_bench.data import torchvision_files

    return torchvision_files.load_cifar(part, folder, FACTS)


def fetch(folder: Path, say: Callable[[str], None]) -> None:
    """Bring what the folder lacks; see ``torchvision_files``."""
    from fashion_bench.data import torchvision_files

    torchvision_files.fetch_cifar(folder, say)
