"""What a report is drawn from besides the records.

Shapes: N images of H x W pixels, S seeds, K classes, U units.
"""

from dataclasses import dataclass

from fashion_bench.analysis.plots.arrays import Floats, Integers, Pixels

__all__ = ["Inside", "Predicted", "Seen"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Labelled images.

    Attributes:
        name: of the set.
        pixels: ``[N, H, W]``, 0 is background.
        labels: ``[N]``.
        classes: the names of the labels 0, 1, ….
    """

    name: str
    pixels: Pixels
    labels: Integers
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """What the networks of one arm said of the test images.

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
        weights: of the first layer, as ``draw_first_weights`` takes them.
        hidden: what the last hidden layer makes of the test images, ``[N, U]``; ``None`` without
            them.
    """

    seed: int
    weights: Floats
    hidden: Floats | None
