"""Images as tensors, how they are split, and the order they come in."""

from fashion_bench.data.fashion_mnist import CLASSES, MEAN, STD
from fashion_bench.data.folder import data_folder, fetch
from fashion_bench.data.images import Images
from fashion_bench.data.load import load_test, load_train
from fashion_bench.data.split import Split, draw_split, epoch_order

__all__ = [
    "CLASSES",
    "MEAN",
    "STD",
    "Images",
    "Split",
    "data_folder",
    "draw_split",
    "epoch_order",
    "fetch",
    "load_test",
    "load_train",
]
