"""Images, labels and predictions made up for the tests of this folder."""

import numpy as np
from numpy.typing import NDArray

CLASSES = ("coat", "bag", "boot")


def make_images(count: int, size: int = 4) -> NDArray[np.uint8]:
    """Return images ``[count, size, size]``, each of one grey: its place."""
    return np.repeat(np.arange(count, dtype=np.uint8), size * size).reshape(count, size, size)


def make_labels(*labels: int) -> NDArray[np.int64]:
    """Return labels, the type they have everywhere."""
    return np.array(labels, dtype=np.int64)
