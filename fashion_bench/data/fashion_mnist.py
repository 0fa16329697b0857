"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017) read from a folder, never without checking it."""

import gzip
import os
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5, sha256
from math import prod
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.errors import DataError, reason

Bad = Callable[[DataError], object]

if TYPE_CHECKING:  # to see them, or whether they are there, nobody waits for torch
    from fashion_bench.data.images import Images


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of one published IDX file.

    Attributes:
        shape: of the array it holds.
        md5: of the decompressed file.
    """

    shape: tuple[int, ...]
    md5: str

    @property
    def size(self) -> int:
        """Bytes of the decompressed file: a magic number, the shape, the elements."""
        return 4 + 4 * len(self.shape) + prod(self.shape)


# Sums of the contents, since archives differ in their gzip headers by mirror (decision 6).
FILES = {
    "train-images-idx3-ubyte": Published((60_000, 28, 28), "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
    "train-labels-idx1-ubyte": Published((60_000,), "9018921c3c673c538a1fc5bad174d6f9"),
    "t10k-images-idx3-ubyte": Published((10_000, 28, 28), "8181f5470baa50b63fa0f6fddb340f0a"),
    "t10k-labels-idx1-ubyte": Published((10_000,), "15d484375f8d13e6eb1aabb0c3f46965"),
}


def load(part: Literal["train", "t10k"], folder: Path) -> "Images":
    """Load the training images or the test images ("t10k") from a folder.

    Raises:
        DataError: a file is missing, cut, or not the published one.
    """
    import torch

    from fashion_bench.data.images import label_images

    pixels, labels = map(torch.from_numpy, _arrays(part, folder))
    return label_images(pixels, labels, FACTS)


def arrays(
    part: Literal["train", "t10k"], folder: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], str]:
    """Return pixels ``[N, 28, 28]``, labels ``[N]`` and their digest, which is that of ``load``.

    Raises:
        DataError: as ``load``.
    """
    pixels, labels = _arrays(part, folder)
    digest = sha256(pixels.data)
    digest.update(labels.data)
    return pixels, labels, digest.hexdigest()[:16]


def _arrays(
    part: Literal["train", "t10k"], folder: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    pixels = _load_array(folder, f"{part}-images-idx3-ubyte")
    return pixels, _load_array(folder, f"{part}-labels-idx1-ubyte")


def read(folder: Path, name: str, bad: Bad = lambda _: None) -> bytes | None:
    """Read one published file from a folder, plain or ``.gz``; ``None`` when it is not there.

    Args:
        folder: where it lies.
        name: of the file.
        bad: told of what is there under its name and had to be passed over.

    Raises:
        DataError: it is there, but unreadable or not the published one.
    """
    content = _open(folder, name, bad)
    return None if content is None else bytes(content)


def verify(content: bytes | mmap, name: str, *, where: object) -> None:
    """Check a decompressed file against its published sum.

    Raises:
        DataError: this is not it.
    """
    if md5(content, usedforsecurity=False).hexdigest() != FILES[name].md5:
        raise DataError(
            where, "is cut or is not the published file", remedy="delete it and fetch again"
        )


def _open(folder: Path, name: str, bad: Bad = lambda _: None) -> bytes | mmap | None:
    """Do the same; a plain file is mapped, so that all processes share its memory."""
    wrong: list[DataError] = []
    own = folder / name
    inside = [own / name] if own.is_dir() else []  # as some programs unpack an archive
    for path in (*inside, own, folder / f"{name}.gz"):
        try:
            content = _contents(path, FILES[name].size)
            verify(content, name, where=path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except DataError as error:
            wrong.append(error)
        except (OSError, EOFError, zlib.error) as error:
            problem = f"cannot be read ({reason(error)})"
            wrong.append(DataError(path, problem, remedy="delete it and fetch again"))
        else:
            for passed in wrong:
                bad(passed)
            return content
    if wrong:
        raise wrong[0]
    return None


def _contents(path: Path, size: int) -> bytes | mmap:
    """Return what is in a file; of a longer one than is due, one byte too many to show it."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise OSError(0, "it is no file")
    if path.suffix == ".gz":
        with gzip.open(path) as archive:
            return archive.read(size + 1)
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != size:
            return file.read(size + 1)
        return mmap(file.fileno(), size, access=ACCESS_COPY)


def _load_array(folder: Path, name: str) -> NDArray[np.uint8]:
    content = _open(folder, name)
    if content is None:
        raise DataError(
            folder / name, "is not there", remedy="fetch the data, or name its folder with --data"
        )
    shape = FILES[name].shape
    header = len(content) - prod(shape)  # the sum vouches for what it says
    array = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    return array if array.flags.writeable else array.copy()
