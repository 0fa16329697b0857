"""Pictures made of images: samples of each class, confident errors, first-layer weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isqrt, sqrt

import numpy as np
from matplotlib import colormaps

from fashion_bench.analysis.plots.canvas import (
    Floats,
    Integers,
    Pixels,
    blank,
    mosaic,
    new_figure,
    png,
)
from fashion_bench.rng import derive

# Samples of each class ---------------------------------------------------------------------------


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


# The most confidently wrong ----------------------------------------------------------------------

COLUMNS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongInfo:
    """What ``draw_wrong`` draws.

    Attributes:
        shown: the most confident first, then by place.
        wrong: images wrong in the mean over the seeds.
        images: images judged.
        left_out: images without finite probabilities.
        seeds: how many networks the mean is over.
    """

    shown: tuple[Wrong, ...]
    wrong: int
    images: int
    left_out: int
    seeds: int


def wrong_info(labels: Integers, probabilities: Floats, *, most: int = 24) -> WrongInfo:
    """Return what to draw of the wrong images; arguments as of ``draw_wrong``."""
    mean_NK = probabilities.mean(axis=0)
    sound_N = np.isfinite(mean_NK).all(axis=1)
    predicted_N, confidence_N = mean_NK.argmax(axis=1), mean_NK.max(axis=1)
    wrong = np.flatnonzero(sound_N & (predicted_N != labels))
    shown = wrong[np.argsort(-confidence_N[wrong], kind="stable")][:most]
    columns = (column[shown].tolist() for column in (labels, predicted_N, confidence_N))
    return WrongInfo(
        shown=tuple(
            Wrong(place=place, true=true, predicted=predicted, confidence=confidence)
            for place, true, predicted, confidence in zip(shown.tolist(), *columns, strict=True)
        ),
        wrong=len(wrong),
        images=int(sound_N.sum()),
        left_out=int((~sound_N).sum()),
        seeds=len(probabilities),
    )


def draw_wrong(
    name: str,
    images: Pixels,
    labels: Integers,
    probabilities: Floats,
    classes: Sequence[str],
    *,
    most: int = 24,
) -> bytes:
    """Draw the most confidently wrong images, by the mean softmax over the seeds.

    Args:
        name: of the arm and the images.
        images: ``[N, H, W]``, 0 is background.
        labels: ``[N]``.
        probabilities: softmax of each seed's network, ``[S, N, K]``.
        classes: the names of the labels 0, 1, ….
        most: how many to draw.
    """
    info = wrong_info(labels, probabilities, most=most)
    rows = max(1, -(-len(info.shown) // COLUMNS))
    title = f"{name}: the most confidently wrong images"
    figure = new_figure(10, 1.0 + 1.95 * rows, title, _wrong_note(info))
    if not info.shown:
        return blank(figure, "no image is wrong")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, wrong in zip(panels, info.shown, strict=False):
        axes.imshow(images[wrong.place], cmap="gray_r", vmin=0, vmax=255)
        verdict = f"{classes[wrong.predicted]} {wrong.confidence:.1%}"
        axes.set_title(f"{verdict}\ntrue: {classes[wrong.true]}", fontsize=8)
    return png(figure)


def _wrong_note(info: WrongInfo) -> str:
    note = f"predicted class, its mean softmax over seeds ({info.seeds}), true class"
    counts = f"{len(info.shown)} of {info.wrong:,} wrong among n = {info.images:,}"
    unjudged = f", {info.left_out:,} without finite probabilities left out"
    return f"{note}; {counts}{unjudged if info.left_out else ''}"


# Weights of the first layer ----------------------------------------------------------------------

FINE = 28  # pixels beside which a gap of one is thin
SCALE_QUANTILE = 0.995  # one stray weight must not pale all the others


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstWeightsInfo:
    """What ``draw_first_weights`` draws.

    Attributes:
        units: places of the units shown, by falling norm.
        norms: Euclidean norm of the weights of each of them.
        kernels: their weights, ``[n, H, H]``.
        limit: the colour scale runs from minus this to plus this.
        total: units of the layer.
        left_out: units with a weight that is not finite.
    """

    units: tuple[int, ...]
    norms: tuple[float, ...]
    kernels: Floats
    limit: float
    total: int
    left_out: int


def first_weights_info(weights: Floats, *, most: int = 49) -> FirstWeightsInfo:
    """Return what to draw of weights as ``draw_first_weights`` takes them."""
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    side = isqrt(flat.shape[1])
    norms = np.linalg.norm(flat, axis=1)
    sound = np.flatnonzero(np.isfinite(norms))
    units = sound[np.argsort(-norms[sound], kind="stable")][:most]
    kernels = flat[units].reshape(-1, side, side)
    return FirstWeightsInfo(
        units=tuple(units.tolist()),
        norms=tuple(norms[units].tolist()),
        kernels=kernels,
        limit=_color_limit(kernels),
        total=len(weights),
        left_out=len(weights) - len(sound),
    )


def draw_first_weights(name: str, weights: Floats, *, most: int = 49) -> bytes:
    """Draw the first-layer weights of the units with the largest norm, on one colour scale.

    Args:
        name: of the network.
        weights: of dense units ``[U, H * H]`` or of kernels on one channel ``[U, 1, H, H]``.
        most: how many units.
    """
    info = first_weights_info(weights, most=most)
    figure = new_figure(7.5, 6.9, f"{name}: weights of the first layer", _weights_note(info))
    if not info.units:
        return blank(figure, "no unit has finite weights")
    axes = figure.subplots()
    times = max(1, FINE // info.kernels.shape[1])
    enlarged = info.kernels.repeat(times, axis=1).repeat(times, axis=2)
    sheet = mosaic(enlarged, ceil(sqrt(len(info.units))))
    colors = colormaps["RdBu_r"].with_extremes(bad="0.75")
    image = axes.imshow(sheet, cmap=colors, vmin=-info.limit, vmax=info.limit)
    axes.set_axis_off()
    bar = figure.colorbar(image, ax=axes, extend="both", shrink=0.6)
    bar.set_label("weight; 0.5 % lie beyond the scale")
    return png(figure)


def _color_limit(kernels: Floats) -> float:
    limit = np.quantile(np.abs(kernels), SCALE_QUANTILE) if kernels.size else 0.0
    return float(limit) or 1.0  # of weights that are 0, which are then the middle of the scale


def _weights_note(info: FirstWeightsInfo) -> str:
    note = f"{len(info.units)} of {info.total:,} units, by falling norm"
    if info.norms:
        note += f" ({info.norms[0]:.3g} to {info.norms[-1]:.3g})"
    return f"{note}, {info.left_out:,} left out: a weight is not finite" if info.left_out else note
