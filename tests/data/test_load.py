from pathlib import Path

import pytest
import torch

from fashion_bench.config import SOURCES
from fashion_bench.data import load_test, load_train


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_the_same_shapes(source, real_data):
    """60,000 training and 10,000 test images of ten classes, whatever the source."""
    for images, count in (
        (load_train(source, real_data), 60_000),
        (load_test(source, real_data), 10_000),
    ):
        assert (images.pixels.shape, images.pixels.dtype) == ((count, 28, 28), torch.uint8)
        assert (images.labels.shape, images.labels.dtype) == ((count,), torch.int64)
        assert images.labels.unique().tolist() == list(range(10))


@pytest.mark.parametrize("source", SOURCES)
def test_training_and_test_images_differ(source, real_data):
    """The two doors lead to different images."""
    train, test = load_train(source, real_data), load_test(source, real_data)
    assert not torch.equal(train.labels[:10_000], test.labels)


def test_synthetic_images_need_no_folder():
    """Synthetic images come from a folder that is not there."""
    assert len(load_test("synthetic", Path("/nowhere")).labels) == 10_000


def test_processes_share_the_memory_of_plain_files(real_data: Path) -> None:
    """The pixels of a loaded file are its mapped pages, and writing to them leaves it alone."""
    images = load_train("fashion_mnist", real_data)
    address = images.pixels.data_ptr()
    maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    (mapped,) = (
        columns[-1]
        for columns in maps
        if int(columns[0].split("-")[0], 16) <= address < int(columns[0].split("-")[1], 16)
    )
    assert mapped == str((real_data / "train-images-idx3-ubyte").resolve())
    images.pixels[0] = 255
    assert load_train("fashion_mnist", real_data).digest == images.digest
