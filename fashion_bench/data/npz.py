"""A data set in one ``.npz`` file of NumPy's, of which nothing is ever unpickled."""

import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from math import prod
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fashion_bench.data.arrays import Raw, open_arrays
from fashion_bench.data.memory import check_memory
from fashion_bench.data.sources import Dataset, Part
from fashion_bench.errors import DataError, joined, reason

KEYS: dict[Part, tuple[tuple[str, str], ...]] = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train"), ("images", "labels")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}
"""What a part is called: our own names, those of Keras, and of a set without a test part."""

BROKEN = (
    *(OSError, EOFError, ValueError, KeyError, RuntimeError),
    *(BadZipFile, zlib.error, struct.error),
)
"""What is raised by reading a file that is cut or none of NumPy's."""


def open_npz(source: str, path: Path) -> Dataset:
    """Return the data set of a file.

    It holds ``train_images`` and ``train_labels``, with or without ``test_images`` and
    ``test_labels``; or the same under the names of Keras, ``x_train``, ``y_train``, ``x_test`` and
    ``y_test``; or ``images`` and ``labels`` alone. ``names`` are those of the classes.

    Args:
        source: as it is called in a study's file.
        path: where it lies.

    Raises:
        DataError: it is not there, is broken, or holds no images with labels.
    """
    held = _names(path)
    if _pair("train", held, path) is None:
        raise DataError(
            path,
            "holds no train_images and train_labels",
            given=joined(held),
            remedy="name the arrays so, or x_train and y_train, or images and labels",
        )
    test = _pair("test", held, path) is not None
    return open_arrays(source, str(path), Npz(path), test=test)


@dataclass(frozen=True, slots=True)
class Npz:
    """The ``Read`` of a file."""

    path: Path

    def __call__(self, part: Part) -> Raw | None:
        """Read the arrays of a part."""
        held = _names(self.path)
        pair = _pair(part, held, self.path)
        if pair is None:
            return None
        images, labels = (self._array(key) for key in pair)
        return images, labels, self._array("names") if "names" in held else None

    def _array(self, key: str) -> NDArray[np.generic]:
        where = f"{self.path}: {key}"
        try:
            with ZipFile(self.path) as archive, archive.open(f"{key}.npy") as file:
                size, has_objects = _header(file)
            if has_objects:
                raise DataError(
                    where,
                    "holds Python objects as a pickle, which could run anything",
                    remedy="store it as an array of numbers",
                )
            check_memory(size, where)
            with np.load(self.path, allow_pickle=False) as arrays:
                array: NDArray[np.generic] = arrays[key]
        except BROKEN as error:
            raise _broken(where, error) from error
        return array


def _header(file: object) -> tuple[int, bool]:
    """Return how many bytes an array takes, and whether it holds Python objects."""
    version = npy.read_magic(file)  # type: ignore[arg-type]
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)  # type: ignore[arg-type]
    return prod(shape) * dtype.itemsize, dtype.hasobject


def _names(path: Path) -> list[str]:
    try:
        with ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except FileNotFoundError as error:
        raise DataError(path, "is not there", remedy="name a file that is") from error
    except BROKEN as error:
        raise _broken(path, error) from error


def _broken(where: object, error: Exception) -> DataError:
    return DataError(
        where, f"cannot be read ({reason(error)})", remedy="write it anew with numpy.savez"
    )


def _pair(part: Part, held: Collection[str], path: Path) -> tuple[str, str] | None:
    """Return what a part's arrays are called in a file.

    Raises:
        DataError: there is one of the two.
    """
    for pair in KEYS[part]:
        if lacking := [key for key in pair if key not in held]:
            if len(lacking) == 1:
                raise DataError(path, f"holds no {lacking[0]}", remedy="store the two together")
            continue
        return pair
    return None
