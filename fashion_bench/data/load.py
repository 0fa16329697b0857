"""The training images and the test images, by separate doors.

Whatever searches is handed what ``load_train`` returns and has no way to the test images.
"""

from pathlib import Path

from fashion_bench.config import Source
from fashion_bench.data import fashion_mnist, synthetic
from fashion_bench.data.images import Images


def load_train(source: Source, folder: Path) -> Images:
    """Load the 60,000 images that are split into training and validation images.

    Args:
        source: which data set.
        folder: holds the files of Fashion-MNIST; not looked at for synthetic images.

    Raises:
        DataError: a file is missing, cut, or not the published one.
    """
    if source == "synthetic":
        return synthetic.draw_images("train", 60_000)
    return fashion_mnist.load("train", folder)


def load_test(source: Source, folder: Path) -> Images:
    """Load the 10,000 test images: for measuring, never for searching. As ``load_train``."""
    if source == "synthetic":
        return synthetic.draw_images("test", 10_000)
    return fashion_mnist.load("t10k", folder)
