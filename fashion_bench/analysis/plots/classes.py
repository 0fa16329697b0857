"""How well each class is recognised: the confusion matrix, and precision, recall and F1."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fashion_bench.analysis.plots.canvas import (
    MOST_CLASSES,
    Floats,
    Integers,
    class_label,
    draw_picture,
)
from fashion_bench.analysis.summary import Spread, spread

# Confusion matrix --------------------------------------------------------------------------------


def confusion_counts(labels: Integers, predicted: Integers, classes: Sequence[str]) -> Integers:
    """Return how often each class is taken for each, summed over seeds, ``[K, K]``.

    A row is a true class, a column a predicted one; arguments as of ``draw_confusion``.
    """
    from sklearn.metrics import confusion_matrix  # slow to import, not for every report

    every = np.broadcast_to(labels, predicted.shape).ravel()
    counts: Integers = confusion_matrix(every, predicted.ravel(), labels=range(len(classes)))
    return counts


def confusion_shares(counts: Integers) -> Floats:
    """Return the same as fractions 0-1 of each true class; NaN in the row of one without images."""
    with np.errstate(invalid="ignore"):
        shares: Floats = counts / counts.sum(axis=1, keepdims=True)
    return shares


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
    counts = confusion_counts(labels, predicted, classes)
    shares = confusion_shares(counts)
    seeds, images = predicted.shape
    places = range(len(classes))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        # The square root tells the few confusions apart from none.
        axes.imshow(np.sqrt(np.nan_to_num(shares)), cmap="Blues", vmin=0, vmax=1)
        if len(classes) <= MOST_CLASSES:
            names = list(map(class_label, classes))
            for true, row in enumerate(counts.tolist()):
                _draw_row(axes, true, row, shares[true].tolist())
            axes.set_xticks(places, names, rotation=35, ha="right", rotation_mode="anchor")
            axes.set_yticks(places, names)
        axes.set(xlabel="predicted class", ylabel="true class")
        axes.spines[:].set_visible(False)

    told = "per cent of each true class, counts below"
    if len(classes) > MOST_CLASSES:
        told = "share of each true class, by its number; the darker, the more"
    note = f"{told}; n = {images:,} images, seeds: {seeds}"
    return draw_picture(f"{name}: confusion matrix", (9, 8.8), draw, note=note)


def _draw_row(axes: Axes, true: int, counts: Sequence[int], shares: Sequence[float]) -> None:
    if not any(counts):
        axes.text((len(counts) - 1) / 2, true, "no images", ha="center", va="center", color="0.4")
        return
    for column, (count, share) in enumerate(zip(counts, shares, strict=True)):
        color = "white" if share > 0.3 else "black" if count else "0.6"
        style: dict[str, Any] = {"color": color, "ha": "center", "va": "center"}
        axes.text(column, true - 0.12, f"{100 * share:.1f}", **style)
        axes.text(column, true + 0.25, f"{count:,}", fontsize=7, **style)


# Precision, recall and F1 of each class ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is recognised; a seed without images of it is in no spread.

    Attributes:
        name: of the class.
        precision: share of what was taken for it that is it, a fraction 0-1; 0 where nothing was.
        recall: share of its images that were recognised, a fraction 0-1.
        f1: harmonic mean of the two, a fraction 0-1.
        support: its images.
    """

    name: str
    precision: Spread | None
    recall: Spread | None
    f1: Spread | None
    support: Spread | None


def class_scores(
    labels: Integers, predicted: Integers, classes: Sequence[str]
) -> tuple[ClassScore, ...]:
    """Return the score of each class; arguments as of ``draw_confusion``."""
    from sklearn.metrics import precision_recall_fscore_support

    pairs = zip(np.broadcast_to(labels, predicted.shape), predicted, strict=True)
    each = partial(precision_recall_fscore_support, labels=range(len(classes)), zero_division=0.0)
    scores_S4K = np.array([each(*pair) for pair in pairs])
    return tuple(_score(name, scores_S4K[:, :, label]) for label, name in enumerate(classes))


def class_rows(scores: Sequence[ClassScore]) -> list[list[str]]:
    """Return a header and a row for each class, as text: mean ± standard deviation over seeds."""
    return [["class", "precision", "recall", "F1", "images"], *map(_cells, scores)]


def _cells(score: ClassScore) -> list[str]:
    rates = (score.precision, score.recall, score.f1)
    return [score.name, *(_cell(rate, 3) for rate in rates), _cell(score.support, 0)]


def _score(name: str, scores_S4: Floats) -> ClassScore:
    present_S4 = scores_S4[scores_S4[:, 3] > 0]
    return ClassScore(name, *(spread(column.tolist()) for column in present_S4.T))


def _cell(spread: Spread | None, digits: int) -> str:
    if spread is None:
        return "–"
    mean = f"{spread.mean:.{digits}f}"
    return f"{mean} ± {spread.sd:.{digits}f}" if spread.sd else mean
