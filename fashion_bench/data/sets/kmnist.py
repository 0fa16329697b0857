"""Kuzushiji-MNIST, cursive Japanese (Clanuwat et al. 2018)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DataFacts

if TYPE_CHECKING:
    from fashion_bench.data.images import Images

FACTS = DataFacts(
    name="kmnist",
    images=60_000,
    classes=10,
    shape=(1, 28, 28),
    labels=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    mean=(0.1918,),
    std=(0.3483,),
    test=True,
)


def load(part: Literal["train", "test"], folder: Path) -> "Images":
    """Load the 60,000 training or the 10,000 test images."""
    from fashion_bench.data import torchvision_files

    return torchvision_files.load_mnist("KMNIST", part, folder, FACTS)


def fetch(folder: Path, say: Callable[[str], None]) -> None:
    """Bring what the folder lacks; see ``torchvision_files``."""
    from fashion_bench.data import torchvision_files

    torchvision_files.fetch_mnist("KMNIST", folder, say)
