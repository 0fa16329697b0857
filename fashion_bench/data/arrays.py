"""A data set made of arrays, wherever they were read: they are checked, and its facts computed.

Shapes: N images of C channels, H x W pixels, or of F features; K classes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fashion_bench.config import DataFacts
from fashion_bench.data.images import Images, label_images
from fashion_bench.data.memory import check_memory
from fashion_bench.data.sources import Dataset, Part, require_test
from fashion_bench.errors import DataError, shown
from fashion_bench.text import problem_of

Raw = tuple[Any, Any, Any]
"""Images, labels, and the names of the classes or ``None``: nothing is known of them yet."""

Read = Callable[[Part], Raw | None]
"""Returns a part, or ``None`` where there is none; picklable."""

AT_ONCE = 1 << 20  # elements that are looked at together, so that looking takes no memory


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """What has been checked.

    Attributes:
        pixels: uint8 or float32, as in ``Images``.
        labels: int64 ``[N]``, none below 0.
        names: of the classes, where they have any.
    """

    pixels: NDArray[Any]
    labels: NDArray[np.int64]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The ``Read`` of arrays that are held in memory."""

    train: Raw
    test: Raw | None

    def __call__(self, part: Part) -> Raw | None:
        """Return a part."""
        return self.train if part == "train" else self.test


def open_arrays(name: str, where: str, read: Read, *, test: bool) -> Dataset:
    """Return the data set of what is read; its train part is read at once, for the facts.

    Args:
        name: of the set.
        where: it comes from, for messages.
        read: reads it.
        test: whether there is a test part.

    Raises:
        DataError: what is read is no set of images with labels; says in which way.
    """
    arrays = _read(read, "train", where)
    facts = facts_of(name, arrays, where, test=test)
    doors = _Doors(where, read, facts, arrays.pixels.dtype, _images(arrays, facts))
    if test and isinstance(read, Held):  # what is there already need not wait to be refused
        doors("test")
    return Dataset(facts, doors)


@dataclass(slots=True, eq=False)
class _Doors:
    """The two doors; what was read for the facts is kept, but left behind by what travels."""

    where: str
    read: Read
    facts: DataFacts
    dtype: np.dtype[Any]
    train: Images | None

    def __call__(self, part: Part) -> Images:
        if part == "train" and self.train is not None:
            return self.train
        if part == "test":
            require_test(self.facts)
        arrays = _read(self.read, part, self.where)
        if part == "train":
            if facts_of(self.facts.name, arrays, self.where, test=self.facts.test) != self.facts:
                problem = "holds other images than when it was opened"
                raise DataError(self.where, problem, remedy="leave it alone while a study runs")
        else:
            self._compare(arrays)
        return _images(arrays, self.facts)

    def _compare(self, test: Arrays) -> None:
        """Refuse test images that are unlike the training images."""
        where, facts = f"{self.where} (test)", self.facts
        if (shape := _shape(test.pixels)) != facts.shape or test.pixels.dtype != self.dtype:
            raise DataError(
                where,
                f"images are {test.pixels.dtype} {shape}, those of the train part "
                f"{self.dtype} {facts.shape}",
                remedy="give both parts one shape and type",
            )
        if (highest := int(test.labels.max())) >= facts.classes:
            raise _out_of_range(where, highest, facts.classes)
        if test.names not in (None, facts.labels):
            problem = "names other classes than the train part"
            raise DataError(where, problem, remedy="give both parts the same names")

    def __reduce__(self) -> tuple[object, ...]:
        return _Doors, (self.where, self.read, self.facts, self.dtype, None)


def facts_of(name: str, train: Arrays, where: str, *, test: bool) -> DataFacts:
    """Return what is known of a set by the arrays of its train part; arguments as ``open_arrays``.

    Raises:
        DataError: its labels are not 0 to K - 1, or there is one class only.
    """
    where = f"{where} (train)"
    found = np.unique(train.labels)
    if len(found) == 1:
        raise DataError(
            where, "holds one class only", given=int(found[0]), remedy="give images of two or more"
        )
    classes = int(found[-1]) + 1 if train.names is None else len(train.names)
    if found[-1] >= classes:
        raise _out_of_range(where, int(found[-1]), classes)
    if len(found) < classes:
        gaps = np.flatnonzero(found != np.arange(len(found)))
        raise DataError(
            where,
            f"has no image of class {int(gaps[0]) if len(gaps) else len(found)}, of {classes:,}",
            remedy="number the classes from 0 without gaps",
        )
    mean, std = mean_and_std(train.pixels)
    return DataFacts(
        name=name,
        images=len(train.pixels),
        classes=classes,
        shape=_shape(train.pixels),
        labels=train.names or tuple(map(str, range(classes))),
        mean=mean,
        std=std,
        test=test,
    )


def _out_of_range(where: str, label: int, classes: int) -> DataError:
    return DataError(
        where,
        f"a label is out of the range 0 to {classes - 1}",
        given=shown(label),
        remedy="number the classes from 0",
    )


def _shape(pixels: NDArray[Any]) -> tuple[int, ...]:
    own = pixels.shape[1:]
    return (1, *own) if len(own) == 2 else own


def _images(arrays: Arrays, facts: DataFacts) -> Images:
    pixels = arrays.pixels if arrays.pixels.flags.writeable else arrays.pixels.copy()
    return label_images(torch.from_numpy(pixels), torch.from_numpy(arrays.labels), facts)


# Checks -------------------------------------------------------------------------------------------


def _read(read: Read, part: Part, where: str) -> Arrays:
    where = f"{where} ({part})"
    try:
        raw = read(part)
        if raw is None:
            raise DataError(where, "there is no such part", remedy="return images and labels")
        images, labels, names = raw
        pixels = _pixels(images, where)
        return Arrays(pixels, _labels(labels, len(pixels), where), _names(names, where))
    except MemoryError as error:
        remedy = "give fewer or smaller images, or free some memory"
        raise DataError(where, "does not fit into memory", remedy=remedy) from error


def _array(value: Any, where: str, what: str) -> NDArray[Any]:  # noqa: ANN401  # anything given
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        problem = f"{what} are no array ({str(error).partition(chr(10))[0][:80]})"
        raise DataError(where, problem, remedy="give a NumPy array or a tensor") from error
    return array


def _pixels(value: Any, where: str) -> NDArray[Any]:  # noqa: ANN401  # see ``_array``
    pixels = _array(value, where, "images")
    if pixels.dtype != np.uint8 and pixels.dtype.kind != "f":
        raise DataError(
            where,
            "images are neither bytes nor floats",
            given=str(pixels.dtype),
            remedy="give uint8 from 0 to 255, or floats",
        )
    if not 2 <= pixels.ndim <= 4:
        raise DataError(
            where,
            "images have neither the shape [N, H, W] nor [N, C, H, W] nor [N, features]",
            given=str(pixels.shape),
            remedy="reshape them",
        )
    if 0 in pixels.shape:
        raise DataError(
            where, "holds no images", given=str(pixels.shape), remedy="give one a class or more"
        )
    if pixels.ndim == 4 and pixels.shape[3] in (1, 3) and pixels.shape[1] not in (1, 3):
        pixels = pixels.transpose(0, 3, 1, 2)
    if pixels.ndim == 4 and pixels.shape[1] == 1:
        pixels = pixels[:, 0]
    kept = np.uint8 if pixels.dtype == np.uint8 else np.float32
    if pixels.dtype != kept or not pixels.flags.c_contiguous:
        check_memory(pixels.size * np.dtype(kept).itemsize, where)
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
            pixels = pixels.astype(kept, order="C")
    if kept is np.float32:
        _check_finite(pixels, where)
    return pixels


def _check_finite(pixels: NDArray[Any], where: str) -> None:
    first = 0
    for some in _chunks(pixels):
        finite = np.isfinite(some).reshape(len(some), -1).all(axis=1)
        if not finite.all():
            raise DataError(
                where,
                f"image {first + int(finite.argmin()):,} has a pixel that is not a finite float32",
                remedy="mend it or leave the image out",
            )
        first += len(some)


def _labels(value: Any, images: int, where: str) -> NDArray[np.int64]:  # noqa: ANN401
    labels = _array(value, where, "labels")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]  # as Keras keeps them
    if labels.dtype.kind not in "iub" or labels.ndim != 1:
        raise DataError(
            where,
            "labels are not one integer an image",
            given=f"{labels.dtype} {labels.shape}",
            remedy="give integers from 0 to K - 1",
        )
    if len(labels) != images:
        raise DataError(
            where,
            "there are not as many labels as images",
            given=f"{len(labels):,} for {images:,}",
            remedy="give one label an image",
        )
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= 2**31:
        label = lowest if lowest < 0 else highest
        raise DataError(
            where,
            "a label is out of range",
            given=shown(label),
            remedy="number the classes from 0 without gaps",
        )
    return np.array(labels, np.int64)


def _names(value: Any, where: str) -> tuple[str, ...] | None:  # noqa: ANN401
    if value is None:
        return None
    names = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(names, list | tuple) or not all(
        isinstance(name, str) and name.strip() and problem_of(name) is None for name in names
    ):
        problem = "the names of the classes are not a list of words"
        raise DataError(where, problem, given=shown(repr(names)), remedy="give one text a class")
    return tuple(names)


# Mean and deviation -------------------------------------------------------------------------------


def mean_and_std(pixels: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation, one a channel, of pixels as in ``Arrays``.

    Sums are exact, so that no machine, and no order of adding up, has others. Bytes count as
    fractions of 255.
    """
    channels = pixels.swapaxes(0, 1) if pixels.ndim == 4 else pixels[None]
    means, stds = zip(*map(_mean_and_std, channels), strict=True)
    return means, stds


def _mean_and_std(channel: NDArray[Any]) -> tuple[float, float]:
    sums = _byte_sums if channel.dtype == np.uint8 else _float_sums
    total, squares = sums(channel)
    n = channel.size
    return float(total / n), sqrt((n * squares - total * total) / (n * n))


def _byte_sums(channel: NDArray[np.uint8]) -> tuple[Fraction, Fraction]:
    """Return the sum of pixels / 255 and of their squares."""
    counts = sum(np.bincount(some.ravel(), minlength=256) for some in _chunks(channel))
    held = list(enumerate(np.asarray(counts).tolist()))
    total, squares = (sum(count * value**power for value, count in held) for power in (1, 2))
    return Fraction(total, 255), Fraction(squares, 255**2)


def _float_sums(channel: NDArray[np.float32]) -> tuple[Fraction, Fraction]:
    """Return the exact sum of float32 numbers and of their squares.

    A number is a whole one of 24 bits times a power of two. Those of one power are added up as
    whole numbers, of which float64, in which ``bincount`` adds, holds sums of 2**29; so a square,
    of 48 bits, is added up in two halves.
    """
    lowest, bits = -149, 24  # the least power that float32 has, and digits beside it
    sums = np.zeros((3, 280), np.int64)
    for some in _chunks(channel):
        mantissas, powers = np.frexp(some.ravel())
        whole = np.ldexp(mantissas, bits).astype(np.int64)
        high, low = np.divmod(whole * whole, 1 << bits)
        for row, weights in zip(sums, (whole, high, low), strict=True):
            row += np.bincount(powers - lowest, weights, minlength=280).astype(np.int64)
    total = squares = Fraction()
    for place, (whole_sum, high_sum, low_sum) in enumerate(sums.T.tolist()):
        unit = Fraction(2) ** (place + lowest - bits)
        total += whole_sum * unit
        squares += ((high_sum << bits) + low_sum) * unit * unit
    return total, squares


def _chunks(pixels: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield images in their order, a few at a time."""
    step = max(1, AT_ONCE // prod(pixels.shape[1:]))
    return (pixels[start : start + step] for start in range(0, len(pixels), step))
