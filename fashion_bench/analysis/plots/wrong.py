"""The images that the networks of an arm are most sure of and wrong about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.plots.arrays import Floats, Integers, Pixels
from fashion_bench.analysis.plots.canvas import new_figure, png, say

__all__ = ["Wrong", "WrongInfo", "draw_wrong", "wrong_info"]

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
    return WrongInfo(
        shown=tuple(
            Wrong(
                place=int(place),
                true=int(labels[place]),
                predicted=int(predicted_N[place]),
                confidence=float(confidence_N[place]),
            )
            for place in shown
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
    figure = new_figure(10, 1.0 + 1.95 * rows, title, _note(info))
    if not info.shown:
        say(figure.subplots(), "no image is wrong")
        return png(figure)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, wrong in zip(panels, info.shown, strict=False):
        axes.imshow(images[wrong.place], cmap="gray_r", vmin=0, vmax=255)
        verdict = f"{classes[wrong.predicted]} {wrong.confidence:.1%}"
        axes.set_title(f"{verdict}\ntrue: {classes[wrong.true]}", fontsize=8)
    return png(figure)


def _note(info: WrongInfo) -> str:
    note = f"predicted class, its mean softmax over seeds ({info.seeds}), true class"
    counts = f"{len(info.shown)} of {info.wrong:,} wrong among n = {info.images:,}"
    unjudged = f", {info.left_out:,} without finite probabilities left out"
    return f"{note}; {counts}{unjudged if info.left_out else ''}"
