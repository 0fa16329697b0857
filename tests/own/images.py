"""A data set of a user's: 3x32x32 and seven classes, brighter from class to class."""

import numpy as np


def load(part):
    """Return images [N, 3, 32, 32] and labels [N] of "train" or "test"."""
    draw = np.random.default_rng(0 if part == "train" else 1)
    labels = draw.integers(7, size=350 if part == "train" else 70)
    noise = draw.normal(size=(len(labels), 3, 32, 32))
    return (noise + labels[:, None, None, None] / 3).astype("float32"), labels
