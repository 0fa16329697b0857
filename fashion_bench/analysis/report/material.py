"""What a report's pictures are drawn from besides the records, and what is shown where it lacks.

Shapes of arrays: N images of C channels and H x W pixels, or of F features; S seeds, K classes,
U units.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from fashion_bench.analysis.document import Block, Placeholder
from fashion_bench.analysis.plots.canvas import Floats, Integers, Pixels
from fashion_bench.analysis.plots.images import pictures_of
from fashion_bench.errors import FashionBenchError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Labelled images.

    Attributes:
        name: of the set.
        pixels: ``[N, H, W]``, ``[N, C, H, W]`` or ``[N, F]``, 0 is background.
        labels: ``[N]``.
        classes: the names of the labels 0, 1, ….
    """

    name: str
    pixels: NDArray[Any]
    labels: Integers
    classes: tuple[str, ...]

    @property
    def pictures(self) -> Pixels:
        """The images as they are drawn; raises ``Missing`` where they make no picture."""
        drawn = pictures_of(self.pixels)
        if drawn is None:
            raise Missing(f"{self.name} of the shape {self.pixels.shape[1:]} make no picture")
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """What the networks of one arm predicted of the test images.

    Attributes:
        seeds: of the networks.
        logits: of each of them, ``[S, N, K]``.
        labels: what the images show, ``[N]``.
        classes: the names of the labels 0, 1, ….
    """

    seeds: tuple[int, ...]
    logits: Floats
    labels: Integers
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inside:
    """What is inside one network of an arm.

    Attributes:
        seed: which one.
        values: weights of the first layer, as ``draw_first_weights`` takes them (see
            ``kernels_of``), or activations of the last hidden layer, ``[N, U]``.
    """

    seed: int
    values: Floats


class Missing(Exception):  # noqa: N818  # no error: a report says why, and goes on
    """What a picture is drawn from is not there; its words say why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What the pictures of an arm are drawn from, asked for where it is needed.

    Each raises ``Missing`` or a ``FashionBenchError`` where it is not there.

    Attributes:
        images: the test images.
        predicted: what the arm's networks predicted of them.
        weights: of the first layer of one of its networks.
        hidden: activations of that one's last hidden layer for the test images.
    """

    images: Callable[[], Seen]
    predicted: Callable[[], Predicted]
    weights: Callable[[], Inside]
    hidden: Callable[[], Inside]


def drawn(what: str, blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return blocks that are made one by one; one line in their place where material is missing."""
    try:
        return tuple(blocks)
    except (Missing, FashionBenchError) as error:
        return (Placeholder(what=what, why=str(error)),)
