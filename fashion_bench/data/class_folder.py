"""A data set in a folder that has a folder of pictures for each class."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_bench.data.arrays import Raw, open_arrays
from fashion_bench.data.memory import check_memory
from fashion_bench.data.pictures import DEEP, opened
from fashion_bench.data.sources import Dataset, Part
from fashion_bench.errors import DataError, joined

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}  # no more: a data set that exists keeps its images
GREY = {"1", "L"}  # Pillow's names for pictures of one bit or byte a pixel


def open_folder(source: str, path: Path) -> Dataset:
    """Return the data set of ``train/<class>/*.png`` and ``test/<class>/*.png`` in a folder.

    Or of ``<class>/*.png`` alone, without a test part. Pictures are PNG, JPEG or BMP, all of one
    size; where those to train on are all grey they have one channel, else three. Classes are
    numbered by name, and pictures ordered by name; others files are passed over.

    Args:
        source: as it is called in a study's file.
        path: where it lies.

    Raises:
        DataError: it is not there, lacks pictures, or these cannot be read or differ in size.
    """
    read = ClassFolder(path)
    return open_arrays(source, str(path), read, test=read.has_test)


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """The ``Read`` of a folder."""

    path: Path

    @property
    def has_test(self) -> bool:
        """Whether there are two parts, and not classes alone."""
        return (self.path / "train").is_dir() and (self.path / "test").is_dir()

    def __call__(self, part: Part) -> Raw | None:
        """Read the pictures of a part."""
        if part == "test" and not self.has_test:
            return None
        train = _pictures(self._root("train"))
        names = tuple(train)
        pictures = train if part == "train" else _pictures(self._root("test"))
        if others := sorted(set(pictures) - set(names)):
            raise DataError(
                self._root(part),
                "has classes that the train part lacks",
                given=joined(others),
                remedy="give both parts the same folders",
            )
        paths = [path for of_class in pictures.values() for path in of_class]
        counts = [len(of_class) for of_class in pictures.values()]
        labels = np.repeat([names.index(name) for name in pictures], counts)
        return _read(paths, grey=part == "train" or _is_grey(train)), labels, names

    def _root(self, part: Part) -> Path:
        parted = (self.path / "train").is_dir()
        return self.path / part if parted else self.path


def _pictures(root: Path) -> dict[str, list[Path]]:
    """Return the pictures of each class, by its name."""
    try:
        folders = sorted(path for path in root.iterdir() if path.is_dir() and _is_shown(path))
        if not folders:
            remedy = "make one with pictures for each class"
            raise DataError(root, "has no folder for a class", remedy=remedy)
        found = {
            folder.name: sorted(
                path
                for path in folder.iterdir()
                if path.suffix.lower() in SUFFIXES and _is_shown(path)
            )
            for folder in folders
        }
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "is not there" if missing else f"cannot be read ({error.strerror})"
        raise DataError(
            error.filename or root, problem, remedy="name a folder of pictures"
        ) from error
    for name, paths in found.items():
        if not paths:
            raise DataError(
                root / name, "holds no picture", remedy="put PNG, JPEG or BMP files there"
            )
    return found


def _is_shown(path: Path) -> bool:
    return not path.name.startswith(".")


def _is_grey(pictures: dict[str, list[Path]]) -> bool:
    return all(mode in GREY for of_class in pictures.values() for _, mode in _looks(of_class))


def _looks(paths: list[Path]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the size (width, height) and the mode of each picture, by the heads of the files."""
    for path in paths:
        with opened(path) as picture:
            if picture.mode in DEEP:
                raise DataError(
                    path,
                    "has more than a byte a pixel",
                    given=picture.mode,
                    remedy="save it with 8 bits a channel",
                )
            yield picture.size, picture.mode


def _read(paths: list[Path], *, grey: bool) -> NDArray[Any]:
    """Read pictures of one size; in one channel where that may be and all of them are grey."""
    looks = list(_looks(paths))
    (width, height), _ = looks[0]
    for path, (size, _) in zip(paths, looks, strict=True):
        if size != (width, height):
            raise DataError(
                path,
                f"is not of the size of the others, {width} x {height}",
                given=f"{size[0]} x {size[1]}",
                remedy="make all pictures of one size",
            )
    grey = grey and all(mode in GREY for _, mode in looks)
    shape = (len(paths), height, width) if grey else (len(paths), height, width, 3)
    check_memory(int(np.prod(shape)) * (1 if grey else 2), paths[0].parent.parent)
    pixels = np.empty(shape, np.uint8)
    for place, path in zip(pixels, paths, strict=True):
        with opened(path) as picture:
            place[:] = np.asarray(picture.convert("L" if grey else "RGB"))
    return pixels if grey else np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
