"""What may lie in a data folder under a file's name: every door says it in one line, or passes it.

An unpacking cut short, a folder that an unpacker made, a link that leads nowhere.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fashion_bench.app.health.machine import machine_findings
from fashion_bench.data.fashion_mnist import FILES, read
from fashion_bench.data.folder import fetch
from fashion_bench.data.sources import Sources
from fashion_bench.errors import DataError

LABELS = "t10k-labels-idx1-ubyte"


def _cut(path: Path) -> None:
    path.write_bytes(b"cut" * 10)


def _unreadable(path: Path) -> None:
    path.symlink_to("/proc/self/mem")  # even for root


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": _cut,
    "empty": Path.touch,
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path),
    "unreadable": _unreadable,
}
damaged = pytest.mark.parametrize("damage", DAMAGE)


@pytest.fixture(scope="module")
def labels(real_data: Path) -> bytes:
    """The test labels' file, decompressed."""
    content = read(real_data, LABELS)
    assert content is not None
    return content


@pytest.fixture
def folder(tmp_path: Path, real_data: Path) -> Path:
    """A folder of images that lacks the test labels."""
    for name in FILES:
        for file in (name, f"{name}.gz"):
            if name != LABELS and (real_data / file).exists():
                (tmp_path / file).symlink_to(real_data / file)
    return tmp_path


@damaged
def test_a_damaged_file_hides_no_whole_one_beside_it(
    folder: Path, labels: bytes, damage: str
) -> None:
    """The ``.gz`` beside it serves; ``data fetch`` and the doctor name the other."""
    DAMAGE[damage](folder / LABELS)
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(labels))
    said = list[str]()
    fetch(folder, said.append, {})
    (line,) = said
    assert line.startswith(f"{folder / LABELS} ")
    assert line.endswith("; what is beside it serves")
    found = [one for one in machine_findings(folder, folder) if one.about == "data"]
    assert [one.state for one in found] == ["ok", "note"]
    assert found[1].says.startswith(f"{folder / LABELS} ")


@damaged
def test_a_damaged_file_alone_is_refused_by_name(folder: Path, damage: str) -> None:
    """As it may be somebody's, it is not written over."""
    DAMAGE[damage](folder / LABELS)
    with pytest.raises(DataError, match=f"{LABELS}: .*; delete it and fetch again") as refusal:
        fetch(folder, print, {})
    assert "Errno" not in str(refusal.value)


def test_a_pipe_in_place_of_a_file_is_not_waited_for(folder: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(folder / LABELS)
    with pytest.raises(DataError, match="it is no file"):
        fetch(folder, print, {})


def test_a_file_in_a_folder_of_its_name_is_found(folder: Path, labels: bytes) -> None:
    """Some programs unpack an archive so; nothing is said of it."""
    (folder / LABELS).mkdir()
    (folder / LABELS / LABELS).write_bytes(labels)
    said = list[str]()
    fetch(folder, said.append, {})
    assert said == []


@damaged
@pytest.mark.parametrize("source", ["mnist", "cifar10", "x.npz", "pictures/"])
def test_the_other_doors_name_the_file(tmp_path: Path, source: str, damage: str) -> None:
    """Torchvision's files, an ``.npz``, one of many pictures: in one line for people."""
    path = {
        "mnist": tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte",
        "cifar10": tmp_path / "cifar-10-batches-py" / "data_batch_1",
        "x.npz": tmp_path / "x.npz",
        "pictures/": tmp_path / "pictures" / "coat" / "1.png",
    }[source]
    path.parent.mkdir(parents=True, exist_ok=True)
    DAMAGE[damage](path)
    with pytest.raises(DataError) as refusal:
        Sources(tmp_path, tmp_path).open(source).load("train")
    assert str(refusal.value).startswith(f"{path}")
    assert "Errno" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_a_whole_npz_beside_a_cut_one_is_its_own(tmp_path: Path) -> None:
    """The file that is named is read, and no other."""
    images, labels = np.zeros((4, 5, 5), np.uint8), np.arange(4) % 2
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    _cut(tmp_path / "y.npz")
    assert Sources(tmp_path, tmp_path).open("x.npz").facts.images == 4
