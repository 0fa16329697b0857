"""Which classes are taken for which, over all seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from sklearn.metrics import confusion_matrix

from fashion_bench.analysis.plots.arrays import Integers
from fashion_bench.analysis.plots.canvas import new_figure, png

__all__ = ["ConfusionInfo", "confusion_info", "draw_confusion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionInfo:
    """What ``draw_confusion`` draws; a row is a true class, a column a predicted one.

    Attributes:
        counts: predictions, summed over seeds.
        shares: of the predictions for each true class, fractions 0-1; ``None`` for a class
            without images.
        seeds: how many networks predicted.
        images: how many each of them was shown.
    """

    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...] | None, ...]
    seeds: int
    images: int


def confusion_info(labels: Integers, predicted: Integers, classes: Sequence[str]) -> ConfusionInfo:
    """Return what to draw of predictions; arguments as of ``draw_confusion``."""
    every = np.broadcast_to(labels, predicted.shape).ravel()
    counts = confusion_matrix(every, predicted.ravel(), labels=range(len(classes))).tolist()
    seeds, images = predicted.shape
    return ConfusionInfo(
        counts=tuple(tuple(row) for row in counts),
        shares=tuple(tuple(n / sum(row) for n in row) if any(row) else None for row in counts),
        seeds=seeds,
        images=images,
    )


def draw_confusion(
    name: str, labels: Integers, predicted: Integers, classes: Sequence[str]
) -> bytes:
    """Draw how often each class is taken for each, in per cent of its images, counts below.

    Args:
        name: of the arm and the images.
        labels: ``[N]``, or ``[S, N]`` where every seed has images of its own.
        predicted: classes, ``[S, N]``, a row for each seed.
        classes: the names of the labels 0, 1, ….
    """
    info = confusion_info(labels, predicted, classes)
    note = f"per cent of each true class, counts below; n = {info.images:,} images"
    figure = new_figure(9, 8.8, f"{name}: confusion matrix", f"{note}, seeds: {info.seeds}")
    axes = figure.subplots()
    shares = [row or [0.0] * len(classes) for row in info.shares]
    # The square root tells the few confusions apart from none.
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)
    for true, row in enumerate(info.counts):
        _draw_row(axes, true, row, info.shares[true])
    places = range(len(classes))
    axes.set_xticks(places, classes, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, classes)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.spines[:].set_visible(False)
    return png(figure)


def _draw_row(axes: Axes, true: int, counts: Sequence[int], shares: Sequence[float] | None) -> None:
    if shares is None:
        axes.text((len(counts) - 1) / 2, true, "no images", ha="center", va="center", color="0.4")
        return
    for column, (count, share) in enumerate(zip(counts, shares, strict=True)):
        color = "white" if share > 0.3 else "black" if count else "0.6"
        axes.text(column, true - 0.12, f"{100 * share:.1f}", color=color, ha="center", va="center")
        axes.text(
            column, true + 0.25, f"{count:,}", color=color, ha="center", va="center", fontsize=7
        )
