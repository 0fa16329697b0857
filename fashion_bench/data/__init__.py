"""Images as tensors, where they can be had, how they are split, and the order they come in."""

from fashion_bench.data.folder import data_folder, fetch
from fashion_bench.data.images import Images
from fashion_bench.data.load import load_test, load_train

__all__ = ["Images", "data_folder", "fetch", "load_test", "load_train"]
