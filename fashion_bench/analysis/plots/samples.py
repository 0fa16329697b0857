"""Some images of every class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.plots.arrays import Integers, Pixels, mosaic
from fashion_bench.analysis.plots.canvas import new_figure, png
from fashion_bench.rng import derive

__all__ = ["Sample", "SamplesInfo", "draw_samples", "samples_info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is shown of one class.

    Attributes:
        name: of the class.
        count: images there are of it.
        chosen: places of those shown among all images, ascending.
    """

    name: str
    count: int
    chosen: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesInfo:
    """What ``draw_samples`` draws.

    Attributes:
        samples: one for each class, in the order of the labels.
        images: how many they were chosen from.
    """

    samples: tuple[Sample, ...]
    images: int


def samples_info(
    labels: Integers, classes: Sequence[str], *, seed: int, each: int = 10
) -> SamplesInfo:
    """Choose up to ``each`` images of every class; a class' choice rests on its images alone."""
    return SamplesInfo(
        samples=tuple(
            _sample(name, np.flatnonzero(labels == label), derive("samples", seed, label), each)
            for label, name in enumerate(classes)
        ),
        images=len(labels),
    )


def draw_samples(
    name: str,
    images: Pixels,
    labels: Integers,
    classes: Sequence[str],
    *,
    seed: int,
    each: int = 10,
) -> bytes:
    """Draw a row of images for each class.

    Args:
        name: of the set of images.
        images: ``[N, H, W]``, 0 is background.
        labels: ``[N]``, each the place of a name in ``classes``.
        classes: their names.
        seed: draws which images are shown.
        each: how many of a class.
    """
    info = samples_info(labels, classes, seed=seed, each=each)
    height, width = images.shape[1:]
    tiles = np.full((len(classes), each, height, width), np.nan)
    for row, sample in zip(tiles, info.samples, strict=True):
        row[: len(sample.chosen)] = images[list(sample.chosen)]
    title = f"{name}: {each} images of each class, drawn with seed {seed}"
    figure = new_figure(1.2 + 0.62 * each, 0.6 + 0.62 * len(classes), title, f"n = {info.images:,}")
    axes = figure.subplots()
    axes.imshow(mosaic(tiles.reshape(-1, height, width), each), cmap="gray_r", vmin=0, vmax=255)
    places = np.arange(len(classes)) * (height + 1) + (height - 1) / 2
    axes.set_yticks(places, [f"{s.name}\nn = {s.count:,}" for s in info.samples])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return png(figure)


def _sample(name: str, places: Integers, seed: int, each: int) -> Sample:
    random = np.random.default_rng(seed)
    chosen = random.choice(places, size=min(each, len(places)), replace=False)
    return Sample(name=name, count=len(places), chosen=tuple(np.sort(chosen).tolist()))
