"""Shipped data sets that are fetched through torchvision, or lie in scikit-learn."""

import gzip
import io
import pickle
import struct
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import md5
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torchvision import datasets

from fashion_bench.data import sets, torchvision_files
from fashion_bench.data.arrays import mean_and_std
from fashion_bench.data.sources import Sources
from fashion_bench.errors import DataError, MachineError

PIXELS = np.random.default_rng(3).integers(256, size=(30, 3, 32, 32), dtype=np.uint8)
LABELS = np.arange(30) % 10


def sum_of(content: bytes) -> str:
    """Return what torchvision publishes of a file."""
    return md5(content, usedforsecurity=False).hexdigest()


def idx(array: np.ndarray) -> bytes:
    """Return an array as an IDX file of bytes."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def mnist_files() -> dict[str, bytes]:
    """Return the four files of a small MNIST: 20 images to train on, 10 to test."""
    grey, parts = PIXELS[:, 0, 2:30, 2:30], {"train": slice(20), "t10k": slice(20, 30)}
    return {
        f"{part}-{what}": idx(array[rows])
        for part, rows in parts.items()
        for what, array in (("images-idx3-ubyte", grey), ("labels-idx1-ubyte", LABELS))
    }


def cifar_files() -> dict[str, bytes]:
    """Return the files of a small CIFAR-10: five batches of four images, and one of ten."""
    rows = {f"data_batch_{n + 1}": slice(4 * n, 4 * n + 4) for n in range(5)}
    rows["test_batch"] = slice(20, 30)
    files = {
        name: pickle.dumps(
            {"data": PIXELS[some].reshape(-1, 3072), "labels": LABELS[some].tolist()}
        )
        for name, some in rows.items()
    }
    return files | {"batches.meta": pickle.dumps({"label_names": list("abcdefghij")})}


def tarred(files: dict[str, bytes]) -> bytes:
    """Return the archive that CIFAR-10 is published as."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a mirror that publishes small sets of the real formats."""
    folder = tmp_path / "served"
    folder.mkdir()
    archives = {f"{name}.gz": gzip.compress(content) for name, content in mnist_files().items()}
    cifar, archive = cifar_files(), tarred(cifar_files())
    for name, content in (archives | {"cifar-10-python.tar.gz": archive}).items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    mirror = f"http://127.0.0.1:{server.server_port}/"
    for kind in (datasets.MNIST, datasets.KMNIST):
        monkeypatch.setattr(kind, "mirrors", [mirror])
        published = [(name, sum_of(content)) for name, content in archives.items()]
        monkeypatch.setattr(kind, "resources", published)
    sums = {name: sum_of(content) for name, content in cifar.items()}
    changed = {
        "url": f"{mirror}cifar-10-python.tar.gz",
        "tgz_md5": sum_of(archive),
        "train_list": [[f"data_batch_{n}", sums[f"data_batch_{n}"]] for n in range(1, 6)],
        "test_list": [["test_batch", sums["test_batch"]]],
        "meta": datasets.CIFAR10.meta | {"md5": sums["batches.meta"]},
    }
    for name, value in changed.items():
        monkeypatch.setattr(datasets.CIFAR10, name, value)
    for name in ("mnist", "kmnist", "cifar10"):
        monkeypatch.setattr(sets.module(name), "FACTS", replace(sets.facts(name), images=20))
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """An empty folder of images."""
    return Sources(folder=tmp_path / "data", beside=Path("/nowhere"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mnist", PIXELS[:, 0, 2:30, 2:30]),
        ("kmnist", PIXELS[:, 0, 2:30, 2:30]),
        ("cifar10", PIXELS),
    ],
)
def test_a_set_is_fetched_verified_and_read(
    name: str, expected: np.ndarray, served: Path, sources: Sources
) -> None:
    """Images, labels and facts are the published ones; what is there is not fetched again."""
    told: list[str] = []
    sources.fetch(name, told.append)
    assert "verified" in told[0]
    for path in served.iterdir():
        path.unlink()
    sources.fetch(name, told.append)
    assert len(told) == 1
    dataset = sources.open(name)
    train, test = dataset.load("train"), dataset.load("test")
    assert np.array_equal(train.pixels.numpy(), expected[:20])
    assert np.array_equal(test.pixels.numpy(), expected[20:])
    assert train.labels.tolist() == LABELS[:20].tolist()
    assert test.labels.tolist() == LABELS[20:].tolist()
    assert train.shape == dataset.facts.shape
    assert len(train.mean) == dataset.facts.shape[0]


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_torchvision_finds_what_was_fetched(name: str, served: Path, sources: Sources) -> None:
    """The layout is its own, in both directions."""
    sources.fetch(name, print)
    kind = {"mnist": datasets.MNIST, "cifar10": datasets.CIFAR10}[name]
    assert len(kind(str(sources.folder), train=False)) == 10


def test_an_archive_that_lies_there_is_unpacked(served: Path, sources: Sources) -> None:
    """As torchvision leaves it beside what it unpacked: no network is needed then."""
    raw = sources.folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in served.iterdir():
        path.rename(raw / path.name)
    sources.fetch("mnist", print)
    assert len(sources.open("mnist").load("train").labels) == 20


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_another_file_than_the_published_one_is_not_taken(
    name: str, served: Path, sources: Sources
) -> None:
    """A mirror that gives anything else is left, and nothing is unpacked."""
    for path in served.iterdir():
        path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(MachineError, match=r"not the published file\); connect to the internet"):
        sources.fetch(name, print)
    with pytest.raises(DataError, match="is not there; fetch the data, or name its folder"):
        sources.open(name).load("train")


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_machine_without_network_says_so_in_one_line(
    name: str, served: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says what to do."""

    def fail(url: str, seconds: float) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torchvision_files, "await_answer", fail)
    with pytest.raises(MachineError) as refused:
        sources.fetch(name, print)
    assert "no network" in str(refused.value)
    assert "connect to the internet, or put the file there" in str(refused.value)


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: b"\1" + c[1:], lambda c: b""])
@pytest.mark.parametrize(
    ("name", "file"),
    [("mnist", "MNIST/raw/train-images-idx3-ubyte"), ("cifar10", "cifar-10-batches-py/test_batch")],
)
def test_a_damaged_file_is_refused(
    name: str, file: str, spoil: object, served: Path, sources: Sources
) -> None:
    """It is named, and no pickle of another sum is read."""
    sources.fetch(name, print)
    path = sources.folder / file
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DataError) as refused:
        sources.open(name).load("train")
    assert str(refused.value).startswith(f"{path}: is cut or is not the published file")


def test_fewer_images_than_published_are_refused(served: Path, sources: Sources) -> None:
    """A file of the right format may still be another set's."""
    sources.fetch("mnist", print)
    raw = sources.folder / "MNIST" / "raw"
    for what in ("images-idx3-ubyte", "labels-idx1-ubyte"):
        (raw / f"train-{what}").write_bytes((raw / f"t10k-{what}").read_bytes())
    with pytest.raises(DataError, match=r"is not mnist, of 20 training images and 10 classes"):
        sources.open("mnist").load("train")


def test_class_names_are_torchvisions() -> None:
    """In the order of the labels."""
    assert sets.facts("kmnist").labels == tuple(datasets.KMNIST.classes)
    names = [name.partition(" ")[0] for name in datasets.MNIST.classes]
    assert sets.facts("mnist").labels == tuple(names)


def test_digits_are_always_the_same() -> None:
    """Real images without a network: the digest of each part is pinned, the facts are its own."""
    dataset = Sources(folder=Path("/nowhere"), beside=Path("/nowhere")).open("digits")
    train, test = dataset.load("train"), dataset.load("test")
    assert (train.digest, test.digest) == ("1536bc69dff4eff5", "9c06466d5a751b78")
    assert (len(train.labels), len(test.labels)) == (dataset.facts.images, 360)
    assert mean_and_std(train.pixels.numpy()) == (dataset.facts.mean, dataset.facts.std)
    assert train.shape == dataset.facts.shape
    assert int(train.pixels.max()) == 255
    assert test.labels.unique().tolist() == list(range(10))
    both = torch.cat([train.pixels, test.pixels]).flatten(1)
    assert len(both) == 1_797
    assert len(both.unique(dim=0)) == 1_797
