"""Data sets in torchvision's layout and by its published sums, downloaded where they are not there.

torchvision's own downloads know no time limit and can leave half a file, so what it publishes of
the files, where they are and what their md5 sums are, is taken from it, and nothing more.
"""

import gzip
import struct
import tarfile
import warnings
import zlib
from collections.abc import Callable, Sequence
from hashlib import md5
from http.client import HTTPException
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import torch
from torch import Tensor

from fashion_bench.config import DataFacts
from fashion_bench.data.folder import filling, write
from fashion_bench.data.images import Images, label_images
from fashion_bench.data.origins import await_answer
from fashion_bench.data.sources import Part
from fashion_bench.errors import DataError, MachineError

LARGEST = 1 << 28  # bytes of an archive: CIFAR-10's has 170 MB
PATIENCE = 5.0  # seconds until a server has answered

MnistKind = Literal["MNIST", "KMNIST"]


def _published(kind: str) -> Any:  # noqa: ANN401  # torchvision is not typed
    from torchvision import datasets  # slow to import, seldom needed

    return getattr(datasets, kind)


# MNIST and its likes, in IDX files ----------------------------------------------------------------


def load_mnist(kind: MnistKind, part: Part, folder: Path, facts: DataFacts) -> Images:
    """Load a part of a data set that is published as MNIST is.

    Raises:
        DataError: a file is not there, or is not like the published one.
    """
    prefix = "train" if part == "train" else "t10k"
    raw = folder / kind / "raw"
    pixels = _read_idx(raw / f"{prefix}-images-idx3-ubyte", facts.shape[1:])
    labels = _read_idx(raw / f"{prefix}-labels-idx1-ubyte", ())
    return _checked(pixels, labels, part, raw, facts)


def fetch_mnist(kind: MnistKind, folder: Path, say: Callable[[str], None]) -> None:
    """Bring the files that are lacking; an archive that is there already is unpacked.

    Raises:
        DataError: the folder is none.
        MachineError: they cannot be downloaded, or not be written.
    """
    published = _published(kind)
    raw = folder / kind / "raw"
    names = [name.removesuffix(".gz") for name, _ in published.resources]
    if all((raw / name).is_file() for name in names):
        return
    with filling(raw):
        for archive, md5_sum in published.resources:
            path = raw / archive.removesuffix(".gz")
            if not path.is_file():
                content = _archive(raw / archive, published.mirrors, md5_sum)
                write(path, gzip.decompress(content))
    say(f"{raw}: {kind}, verified, from torchvision's mirrors")


def _read_idx(path: Path, shape: tuple[int, ...]) -> Tensor:
    """Read an IDX file of bytes, of items of this shape."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _not_there(path, error) from error
    axes = 1 + len(shape)
    header = 4 + 4 * axes
    sizes = struct.unpack(f">{axes}I", content[4:header]) if len(content) >= header else ()
    magic = bytes([0, 0, 8, axes])  # 8: bytes without a sign
    if content[:4] != magic or sizes[1:] != shape or len(content) != header + prod(sizes):
        raise DataError(path, "is cut or is not the published file", remedy="delete it and fetch")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=header).reshape(sizes).copy())


# CIFAR-10, in pickles -----------------------------------------------------------------------------


def load_cifar(part: Part, folder: Path, facts: DataFacts) -> Images:
    """Load a part of CIFAR-10. Its files are pickles: only what has the published sum is read.

    Raises:
        DataError: a file is not there, or is not the published one.
    """
    published = _published("CIFAR10")
    base = folder / published.base_folder
    for name, md5_sum in _members(published):
        try:
            content = (base / name).read_bytes()
        except OSError as error:
            raise _not_there(base / name, error) from error
        if _sum(content) != md5_sum:
            problem = "is cut or is not the published file"
            raise DataError(base / name, problem, remedy="delete it and fetch")
    with warnings.catch_warnings(action="ignore"):  # NumPy's, of arrays pickled by Python 2
        held = published(str(folder), train=part == "train")
    pixels = torch.from_numpy(np.ascontiguousarray(held.data.transpose(0, 3, 1, 2)))
    return _checked(pixels, torch.tensor(held.targets), part, base, facts)


def fetch_cifar(folder: Path, say: Callable[[str], None]) -> None:
    """Bring CIFAR-10's files where one is lacking; as ``fetch_mnist``."""
    published = _published("CIFAR10")
    base = folder / published.base_folder
    if all((base / name).is_file() for name, _ in _members(published)):
        return
    with filling(base):
        mirror = published.url.removesuffix(published.filename)
        content = _archive(folder / published.filename, [mirror], published.tgz_md5)
        with tarfile.open(fileobj=BytesIO(content)) as archive:
            for name, _ in _members(published):
                file = archive.extractfile(f"{published.base_folder}/{name}")
                write(base / name, file.read() if file else b"")
    say(f"{base}: CIFAR-10, verified, from its authors' site")


def _members(published: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # see ``_published``
    """Return names and sums of the files that are read."""
    listed = [*published.train_list, *published.test_list]
    return [*map(tuple, listed), (published.meta["filename"], published.meta["md5"])]


# Both ---------------------------------------------------------------------------------------------


def _checked(pixels: Tensor, labels: Tensor, part: Part, where: Path, facts: DataFacts) -> Images:
    sound = len(pixels) == len(labels) and int(labels.max()) < facts.classes
    if not sound or (part == "train" and len(pixels) != facts.images):
        raise DataError(
            where,
            f"is not {facts.name}, of {facts.images:,} training images and {facts.classes} classes",
            given=f"{len(pixels):,} images, {len(labels):,} labels",
            remedy="delete it and fetch",
        )
    return label_images(pixels, labels, facts)


def _not_there(path: Path, error: OSError) -> DataError:
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    problem = "is not there" if missing else f"cannot be read ({error.strerror})"
    return DataError(path, problem, remedy="fetch the data, or name its folder with --data")


def _sum(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def _archive(path: Path, mirrors: Sequence[str], md5_sum: str) -> bytes:
    """Return an archive with this sum: the file, if it lies there, or what a mirror gives."""
    if path.is_file() and _sum(content := path.read_bytes()) == md5_sum:
        return content
    refusals = []
    for mirror in mirrors:
        try:
            content = _download(f"{mirror}{path.name}")
        except (OSError, EOFError, zlib.error, HTTPException) as error:
            if isinstance(error, HTTPError):
                error.close()  # it is the response too
            refusals.append(f"{mirror}: {error or type(error).__name__}")
            continue
        if _sum(content) == md5_sum:
            return content
        refusals.append(f"{mirror}: not the published file")
    raise MachineError(
        path,
        f"is not here and could not be downloaded ({'; '.join(refusals)})",
        remedy="connect to the internet, or put the file there",
    )


def _download(url: str) -> bytes:
    await_answer(url, PATIENCE)
    with urlopen(url, timeout=20) as response:
        return bytes(response.read(LARGEST))
