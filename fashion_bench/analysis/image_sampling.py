"""How much of a difference on the test images is due to which images they are."""

from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.interval import BoolArray, FloatArray, Interval, mean_interval

__all__ = ["ImageDifference", "difference_over_images"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDifference:
    """The difference in accuracy A - B with the error of the images it was measured on.

    Attributes:
        images: how many there are.
        mean: mean difference, a fraction of images.
        standard_error: of that mean, another draw of as many images in mind; ``None`` for one.
        interval: Student's, of that mean; likewise.
    """

    images: int
    mean: float
    standard_error: float | None
    interval: Interval | None


def difference_over_images(
    correct_a: BoolArray, correct_b: BoolArray, *, level: float = 0.95
) -> ImageDifference:
    """Return the mean difference over the images, paired by image, for these trained networks.

    ``correct_a`` and ``correct_b`` are ``[seeds, images]``, of the same images in one order: was
    the image recognised? Each image counts with its mean over seeds, since answers to one image
    are not independent; the error is the usual one of a mean of such differences (Miller 2024,
    "Adding Error Bars to Evals", arXiv:2411.00640). It says nothing of other seeds.

    Raises:
        ValueError: there are no images or no seeds, or A and B have not the same images.
    """
    same_images = correct_a.ndim == 2 and correct_a.shape[1:] == correct_b.shape[1:]
    if not (same_images and correct_a.size and correct_b.size):
        raise ValueError(f"cannot pair images of shapes {correct_a.shape} and {correct_b.shape}")
    difference = correct_a.mean(axis=0) - correct_b.mean(axis=0)
    return ImageDifference(
        images=difference.size,
        mean=float(difference.mean()),
        standard_error=_standard_error(difference),
        interval=mean_interval(difference, level=level),
    )


def _standard_error(sample: FloatArray) -> float | None:
    return float(sample.std(ddof=1) / np.sqrt(sample.size)) if sample.size > 1 else None
