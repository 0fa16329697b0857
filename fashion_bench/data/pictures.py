"""A picture of a person's, brought to the shape of a data set's images.

For Fashion-MNIST as its images were made of photographs (Xiao, Rasul & Vollgraf 2017, section 2):
edges within 5 % of the ground's colour are trimmed, the longer side is scaled, the shorter one
extended so that the object is in the centre, and light ground is negated. They left out rows and
columns and sharpened the rest. Here pixels are averaged, which is kinder to noise: of images of the
set that were enlarged, as many got the class of the original either way.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fashion_bench.config import DataFacts
from fashion_bench.errors import DataError, reason

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})
DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B"})  # more than a byte a pixel, by Pillow

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")  # no reader of these runs another program
_MOST_BYTES = 1 << 28  # of a file: no end comes of a device, or of a pipe that is never closed
_MOST_SIDE = 1024  # pixels that are looked at; more only take memory
_CLOSE = 0.05 * 255  # to the ground's colour: nothing but ground


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture as a network is shown it.

    Attributes:
        pixels: uint8, ``[C, H, W]``.
        light: whether its ground is light, by the mean of its outermost pixels.
        inverted: whether it was negated.
    """

    pixels: NDArray[np.uint8]
    light: bool
    inverted: bool


def see(path: Path, facts: DataFacts, invert: bool | None = None) -> Seen:
    """Return a picture as a network is shown it that knows a data set's images alone.

    One of their size stays as it is. In colour any other is resized; in grey its sides keep their
    ratio, and it is negated where its ground is not that of the data set.

    Args:
        path: of the file.
        facts: of the data set: of one or three channels.
        invert: whether to negate it, whatever its ground is; ``None``: as needed.

    Raises:
        DataError: it is no picture, is cut, too large, or an animation.
    """
    channels, height, width = facts.shape
    picture = read_picture(path)
    if picture.size != (width, height):
        if channels == 1:
            picture = _fitted(picture, (width, height), trimmed=facts.name == "fashion_mnist")
        else:
            picture = picture.resize((width, height), Image.Resampling.BOX)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    light = bool(_edge(pixels).mean() > 127.5)
    if invert is None:
        invert = channels == 1 and light != (facts.mean[0] > 0.5)
    shaped = pixels.reshape(height, width, channels).transpose(2, 0, 1)
    return Seen(255 - shaped if invert else shaped, light, invert)


def _fitted(picture: Image.Image, size: tuple[int, int], *, trimmed: bool) -> Image.Image:
    """Return it in the centre of its own ground, trimmed to what stands out from that or not."""
    rgb = np.asarray(picture, np.int16)
    ground = np.median(rgb[[0, 0, -1, -1], [0, -1, 0, -1]], axis=0)
    rows, columns = np.nonzero((np.abs(rgb - ground) > _CLOSE).any(-1))
    if trimmed and len(rows):
        left, top, right, bottom = columns.min(), rows.min(), columns.max(), rows.max()
        picture = picture.crop((int(left), int(top), int(right) + 1, int(bottom) + 1))
    scaled = ImageOps.contain(picture, size, Image.Resampling.BOX)
    canvas = Image.new("RGB", size, tuple(map(int, ground)))
    # Of an odd margin Fashion-MNIST has more at the left and at the top.
    canvas.paste(scaled, ((size[0] - scaled.width + 1) // 2, (size[1] - scaled.height + 1) // 2))
    return canvas


def _edge(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the outermost pixels."""
    inner = (slice(1, -1), slice(1, -1))
    outermost = np.ones(pixels.shape[:2], bool)
    outermost[inner] = False
    return pixels[outermost]


def read_picture(path: Path) -> Image.Image:
    """Return a picture as people see it, in RGB: turned as its camera was, on a ground.

    What is transparent shows white, or black where what is not is rather light.

    Raises:
        DataError: it is no picture, is cut, too large, or an animation.
    """
    with opened(path, _FORMATS) as picture:
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:  # a camera's thumbnails
            raise DataError(path, "is an animation", remedy="save one picture of it")
        picture.draft("RGB", (_MOST_SIDE, _MOST_SIDE))
        turned = ImageOps.exif_transpose(picture)
        if turned.mode in DEEP:  # only of PNG: 16 bits
            turned = Image.fromarray((np.asarray(turned, np.float32) / 257).astype(np.uint8))
        if turned.has_transparency_data:
            turned = _on_ground(turned.convert("RGBA"))
        turned = turned.convert("RGB")
        turned.thumbnail((_MOST_SIDE, _MOST_SIDE), Image.Resampling.BOX)
        return turned


def _on_ground(picture: Image.Image) -> Image.Image:
    """Return a picture on that ground of white and black from which it stands out."""
    grey, alpha = np.asarray(picture.convert("L"), float), np.asarray(picture)[..., 3]
    light = alpha.any() and np.average(grey, weights=alpha) > 127.5
    ground = Image.new("RGBA", picture.size, "black" if light else "white")
    return Image.alpha_composite(ground, picture)


@contextmanager
def opened(path: Path, formats: tuple[str, ...] | None = None) -> Iterator[Image.Image]:
    """Open a picture; whatever Pillow's many readers stumble into is told in one line.

    Args:
        path: of the file.
        formats: Pillow's names of those that may be; ``None`` for any of a file on a disk.

    Raises:
        DataError: it is no picture, cannot be read, or is larger than one should be.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with path.open("rb") as file, Image.open(_whole(file), formats=formats) as picture:
                yield picture
    except (DataError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise DataError(path, "is no picture", remedy="mend or remove it") from error
    except Exception as error:
        problem = f"cannot be read ({reason(error)})"
        raise DataError(path, problem, remedy="mend or remove it") from error


def _whole(file: BinaryIO) -> BinaryIO:
    """Return what can be read anywhere: of a pipe all that it holds."""
    if file.seekable():
        return file
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("over 256 MiB")
    return BytesIO(content)
