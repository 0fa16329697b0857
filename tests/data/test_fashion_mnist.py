import gzip
import struct
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.data.fashion_mnist import FILES, arrays, load, read
from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.errors import DataError

LABELS = "t10k-labels-idx1-ubyte"
MISTAKES = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"\0",
    "wrong magic number": lambda content: struct.pack(">I", 0x0D03) + content[4:],
    "wrong length": lambda content: content[:4] + struct.pack(">I", 2**32 - 1) + content[8:],
    "one bit": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}


@pytest.fixture(scope="module")
def labels(real_data) -> bytes:
    """The test labels' file, decompressed."""
    content = read(real_data, LABELS)
    assert content is not None
    return content


@pytest.fixture(scope="module")
def archive(labels) -> bytes:
    """The same as gzip's."""
    return gzip.compress(labels)


def _read_written(name: str, content: bytes) -> bytes | None:
    with TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(content)
        return read(Path(folder), LABELS)


def test_the_training_images_are_all_there(real_data):
    """60,000 images, 6,000 of each class, as uint8 pixels and int64 labels."""
    images = load("train", real_data)
    assert (images.pixels.shape, images.pixels.dtype) == ((60_000, 28, 28), torch.uint8)
    assert images.labels.bincount().tolist() == [6_000] * FACTS.classes


def test_the_test_images_are_others(real_data):
    """10,000 images, 1,000 of each class, not the first of the training images."""
    test, train = load("t10k", real_data), load("train", real_data)
    assert test.labels.bincount().tolist() == [1_000] * 10
    assert not torch.equal(test.pixels, train.pixels[:10_000])


def test_mean_and_std_are_those_of_the_training_images(real_data):
    """The constants hold to float64's precision; integer sums leave nothing to rounding."""
    counts = load("train", real_data).pixels.flatten().bincount(minlength=256)
    value = torch.arange(256)
    n, total, squares = (int((counts * value**power).sum()) for power in (0, 1, 2))
    assert pytest.approx(total / n / 255, rel=1e-15, abs=0) == FACTS.mean[0]
    assert (
        pytest.approx((n * squares - total**2) ** 0.5 / n / 255, rel=1e-15, abs=0) == FACTS.std[0]
    )


def test_the_first_image_is_an_ankle_boot(real_data):
    """Labels index the published names, in torchvision's order."""
    from torchvision.datasets import FashionMNIST

    assert tuple(FashionMNIST.classes) == FACTS.labels
    assert FACTS.labels[load("train", real_data).labels[0]] == "Ankle boot"


def test_loaded_pixels_may_be_written(real_data):
    """The tensors own their memory: torch neither warns nor crashes when one is written."""
    images = load("t10k", real_data)
    images.pixels[0, 0, 0] = 7
    assert int(images.pixels[0, 0, 0]) == 7


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_arrays_are_the_same_images_by_the_same_name(real_data, part):
    """Who looks at them without torch sees what is trained on, and can tell by the digest."""
    images, (pixels, labels, digest) = load(part, real_data), arrays(part, real_data)
    assert (images.pixels.numpy() == pixels).all()
    assert (images.labels.numpy() == labels).all()
    assert images.digest == digest


def test_archives_will_do(tmp_path, real_data):
    """A folder of .gz files loads like one of plain files."""
    for name in FILES:
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(read(real_data, name), 1))
    assert load("train", tmp_path).digest == load("train", real_data).digest


def test_a_missing_file_is_named(tmp_path):
    """An empty folder gives an error with the file's name and what to do."""
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte: is not there; fetch"):
        load("train", tmp_path)


def test_a_folder_that_is_a_file_holds_nothing(tmp_path):
    """A file given as the folder is a DataError, not a crash."""
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is not there"):
        load("train", tmp_path / "file")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    """A folder named like a file is a DataError that names it."""
    (tmp_path / LABELS).mkdir()
    with pytest.raises(DataError, match=f"{LABELS}: cannot be read"):
        read(tmp_path, LABELS)


def test_the_test_images_cannot_pass_for_the_training_images(tmp_path, real_data):
    """A sound file under another's name is refused by that name."""
    content = read(real_data, "t10k-images-idx3-ubyte")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte: is cut or is not the published"):
        load("train", tmp_path)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_wrong_file_is_refused_by_name(mistake, labels):
    """Each way a file goes wrong is a DataError, plain and compressed."""
    with pytest.raises(DataError, match=f"{LABELS}: is cut or is not the published file"):
        _read_written(LABELS, mistake(labels))
    with pytest.raises(DataError, match=f"{LABELS}.gz: is cut or is not the published file"):
        _read_written(f"{LABELS}.gz", gzip.compress(mistake(labels)))


@pytest.mark.parametrize("mistake", ["empty", "cut", "one bit"])
def test_a_damaged_archive_is_refused_by_name(mistake, archive):
    """A .gz that gzip cannot make sense of is a DataError."""
    with pytest.raises(DataError, match=f"{LABELS}.gz: "):
        _read_written(f"{LABELS}.gz", MISTAKES[mistake](archive))


def test_an_archive_cannot_fill_the_memory():
    """Of an archive that swells to 100 MB hardly more is read than the published file has."""
    bomb = gzip.compress(bytes(10**8))
    tracemalloc.start()
    with pytest.raises(DataError, match="is cut or is not the published file"):
        _read_written(f"{LABELS}.gz", bomb)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 10**6


@settings(max_examples=300)
@given(
    zipped=st.booleans(),
    cut=st.integers(0, 2_000) | st.just(0),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=4),
    tail=st.binary(max_size=64),
)
def test_no_damage_gets_through(zipped, cut, flips, tail, labels, archive):
    """Whatever is cut, flipped or appended: the published content or a DataError."""
    name, whole = (f"{LABELS}.gz", archive) if zipped else (LABELS, labels)
    damaged = bytearray(whole[: len(whole) - cut])
    for place, mask in flips:
        damaged[place % len(damaged)] ^= mask
    damaged += tail
    try:
        content = _read_written(name, bytes(damaged))
    except DataError:
        return
    assert content == labels
