"""Pictures made of images: samples of each class, confident errors, first-layer weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, prod, sqrt
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fashion_bench.analysis.plots.canvas import (
    MOST_CLASSES,
    Floats,
    Integers,
    Pixels,
    choose,
    class_label,
    draw_picture,
)
from fashion_bench.rng import derive


def mosaic(tiles: NDArray[Any], columns: int) -> NDArray[np.float64]:
    """Lay tiles ``[N, H, W]`` or ``[N, H, W, 3]`` out in rows of one image, a pixel apart.

    It is NaN in the gaps and after the last.
    """
    room = [(0, -len(tiles) % columns), (0, 1), (0, 1), (0, 0)][: tiles.ndim]
    cells = np.pad(tiles.astype(np.float64), room, constant_values=np.nan)
    _, height, width, *colors = cells.shape
    rows = cells.reshape(-1, columns, height, width, *colors).swapaxes(1, 2)
    return rows.reshape(-1, columns * width, *colors)[:-1, :-1]


def pictures_of(pixels: NDArray[Any]) -> Pixels | None:
    """Return images as they are drawn: uint8 ``[N, H, W]``, or ``[N, H, W, 3]`` in colour.

    Args:
        pixels: bytes or floats, ``[N, H, W]`` or ``[N, C, H, W]``; of floats the lowest is drawn
            as 0 and the highest as 255. Features ``[N, F]``, and neither one channel nor three,
            make no picture: ``None``.
    """
    if pixels.ndim == 4 and pixels.shape[1] == 3:
        pixels = pixels.transpose(0, 2, 3, 1)
    elif pixels.ndim != 3:
        return None
    if pixels.dtype == np.uint8:
        return pixels
    low, high = float(pixels.min()), float(pixels.max())
    scale = 255 / (high - low) if high > low else 0.0
    drawn: Pixels = ((pixels - low) * scale).astype(np.uint8)
    return drawn


# Samples of each class ---------------------------------------------------------------------------

EACH = 10


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


def choose_samples(
    labels: Integers, classes: Sequence[str], *, seed: int, each: int = EACH
) -> tuple[Sample, ...]:
    """Choose up to ``each`` images of every class; a class' choice rests on its images alone."""
    samples = []
    for label, name in enumerate(classes):
        places = np.flatnonzero(labels == label)
        chosen = choose(places, each, derive("samples", seed, label))
        samples.append(Sample(name=name, count=len(places), chosen=tuple(chosen.tolist())))
    return tuple(samples)


def draw_samples(
    name: str, images: Pixels, labels: Integers, classes: Sequence[str], *, seed: int
) -> bytes:
    """Draw a row of images for each class.

    Args:
        name: of the set of images.
        images: as of ``pictures_of``.
        labels: ``[N]``, each the place of a name in ``classes``.
        classes: their names.
        seed: draws which images are shown.
    """
    samples = choose_samples(labels, classes[:MOST_CLASSES], seed=seed)
    height = images.shape[1]
    tiles = np.full((len(samples), EACH, *images.shape[1:]), np.nan)
    for row, sample in zip(tiles, samples, strict=True):
        row[: len(sample.chosen)] = images[list(sample.chosen)]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _show(axes, mosaic(tiles.reshape(-1, *images.shape[1:]), EACH))
        places = np.arange(len(samples)) * (height + 1) + (height - 1) / 2
        names = [f"{class_label(sample.name)}\nn = {sample.count:,}" for sample in samples]
        axes.set_yticks(places, names)
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    title = f"{name}: {EACH} images of each class, drawn with seed {seed}"
    size = (1.2 + 0.62 * EACH, 0.6 + 0.62 * len(samples))
    note = f"n = {len(labels):,}"
    if len(samples) < len(classes):
        note += f", the first {len(samples)} of {len(classes):,} classes"
    return draw_picture(title, size, draw, note=note)


# The most confidently wrong ----------------------------------------------------------------------

COLUMNS = 6
MOST_WRONG = 24


@dataclass(frozen=True, slots=True)
class Wrong:
    """One image.

    Attributes:
        place: of the image among all.
        true: its class.
        predicted: the class of the highest mean probability over the seeds.
        confidence: that probability, a fraction 0-1.
    """

    place: int
    true: int
    predicted: int
    confidence: float


def judged_images(probabilities: Floats) -> Integers:
    """Return the places of the images whose probabilities ``[S, N, K]`` are all finite."""
    return np.flatnonzero(np.isfinite(probabilities).all(axis=(0, 2)))


def wrong_images(labels: Integers, probabilities: Floats) -> list[Wrong]:
    """Return the wrong images, the most confident first, then by place; as of ``draw_wrong``."""
    judged = judged_images(probabilities)
    mean_nK = probabilities[:, judged].mean(axis=0)
    columns = (judged, labels[judged], mean_nK.argmax(axis=1), mean_nK.max(axis=1))
    said = map(Wrong, *(column.tolist() for column in columns))
    wrong = [one for one in said if one.predicted != one.true]
    return sorted(wrong, key=lambda one: -one.confidence)


def draw_wrong(
    name: str, images: Pixels, labels: Integers, probabilities: Floats, classes: Sequence[str]
) -> bytes:
    """Draw the most confidently wrong images, by the mean softmax over the seeds.

    Args:
        name: of the arm and the images.
        images: as of ``pictures_of``.
        labels: ``[N]``.
        probabilities: softmax of each seed's network, ``[S, N, K]``.
        classes: the names of the labels 0, 1, ….
    """
    judged, wrong = judged_images(probabilities), wrong_images(labels, probabilities)
    shown = wrong[:MOST_WRONG]
    rows = max(1, -(-len(shown) // COLUMNS))

    def draw(figure: Figure) -> None:
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for axes, one in zip(panels, shown, strict=False):
            _show(axes, images[one.place])
            verdict = f"{class_label(classes[one.predicted])} {one.confidence:.1%}"
            axes.set_title(f"{verdict}\ntrue: {class_label(classes[one.true])}", fontsize=8)

    note = f"predicted class, its mean softmax over seeds ({len(probabilities)}), true class; "
    note += f"{len(shown)} of {len(wrong):,} wrong among n = {len(judged):,}"
    if left_out := len(labels) - len(judged):
        note += f", {left_out:,} without finite probabilities left out"
    title = f"{name}: the most confidently wrong images"
    empty = "" if shown else "no image is wrong"
    return draw_picture(title, (10, 1.0 + 1.95 * rows), draw, note=note, empty=empty)


def _show(axes: Axes, picture: NDArray[Any]) -> None:
    """Show an image of values 0-255, 0 white where it is grey; NaN is left white."""
    if picture.ndim == 3:
        axes.imshow(np.nan_to_num(picture, nan=255.0).astype(np.uint8))
    else:
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=255)


# Weights of the first layer ----------------------------------------------------------------------

MOST_UNITS = 49
FINE = 28  # pixels beside which a gap of one is thin
SCALE_QUANTILE = 0.995  # one stray weight must not pale all the others


def kernels_of(weights: Floats, shape: Sequence[int]) -> Floats | None:
    """Return weights as pictures ``[U, H, W]``, of several channels side by side.

    Args:
        weights: of the first layer: of dense units ``[U, C * H * W]``, or of kernels of any size
            ``[U, C, h, w]``. Of what else a first layer may be there is no picture: ``None``.
        shape: of the images, (C, H, W); of features, (F,), there is none either.
    """
    if len(shape) != 3:
        return None
    if weights.ndim == 2 and weights.shape[1] == prod(shape):
        weights = weights.reshape(-1, *shape)
    if weights.ndim != 4 or weights.shape[1] != shape[0]:
        return None
    units, channels, height, width = weights.shape
    beside = weights.transpose(0, 2, 1, 3).reshape(units, height, channels * width)
    return beside.astype(np.float64)


def finite_norms(kernels: Floats) -> dict[int, float]:
    """Return the Euclidean norm of each unit with finite weights, by its place; by falling norm."""
    norms = enumerate(np.linalg.norm(kernels.reshape(len(kernels), -1), axis=1).tolist())
    finite = [(unit, norm) for unit, norm in norms if isfinite(norm)]
    return dict(sorted(finite, key=lambda item: -item[1]))


def color_limit(kernels: Floats) -> float:
    """Return what the colour scale runs to, from minus the same."""
    limit = np.quantile(np.abs(kernels), SCALE_QUANTILE) if kernels.size else 0.0
    return float(limit) or 1.0  # of weights that are 0, which are then the middle of the scale


def draw_first_weights(name: str, kernels: Floats) -> bytes:
    """Draw the first-layer weights of the units with the largest norm, on one colour scale.

    Args:
        name: of the network.
        kernels: as of ``kernels_of``.
    """
    norms = finite_norms(kernels)
    units = list(norms)[:MOST_UNITS]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        times = max(1, FINE // kernels.shape[1])
        enlarged = kernels[units].repeat(times, axis=1).repeat(times, axis=2)
        _, height, width = enlarged.shape
        sheet = mosaic(enlarged, ceil(sqrt(len(units) * height / width)))
        colors = colormaps["RdBu_r"].with_extremes(bad="0.75")
        limit = color_limit(kernels[units])
        image = axes.imshow(sheet, cmap=colors, vmin=-limit, vmax=limit)
        axes.set_axis_off()
        bar = figure.colorbar(image, ax=axes, extend="both", shrink=0.6)
        bar.set_label("weight; 0.5 % lie beyond the scale")

    note = f"{len(units)} of {len(kernels):,} units, by falling norm"
    if units:
        note += f" ({norms[units[0]]:.3g} to {norms[units[-1]]:.3g})"
    if left_out := len(kernels) - len(norms):
        note += f", {left_out:,} left out: a weight is not finite"
    empty = "" if units else "no unit has finite weights"
    title = f"{name}: weights of the first layer"
    return draw_picture(title, (7.5, 6.9), draw, note=note, empty=empty)
