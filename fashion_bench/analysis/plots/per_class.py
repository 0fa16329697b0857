"""How well each class is told from the others, over the seeds, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from fashion_bench.analysis.compare import Spread
from fashion_bench.analysis.plots.arrays import Floats, Integers

__all__ = ["ClassScore", "class_rows", "class_scores"]


@dataclass(frozen=True, slots=True, kw_only=True)
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
    """Return the score of each class.

    Args:
        labels: ``[N]``, or ``[S, N]`` where every seed has images of its own.
        predicted: classes, ``[S, N]``, a row for each seed.
        classes: the names of the labels 0, 1, ….
    """
    pairs = zip(np.broadcast_to(labels, predicted.shape), predicted, strict=True)
    scores_S4K = np.array([_scores(*pair, len(classes)) for pair in pairs])
    return tuple(_score(name, scores_S4K[:, :, label]) for label, name in enumerate(classes))


def class_rows(scores: Sequence[ClassScore]) -> list[list[str]]:
    """Return a header and a row for each class, as text: mean ± standard deviation over seeds."""
    header = ["class", "precision", "recall", "F1", "images"]
    return [header, *map(_cells, scores)]


def _cells(score: ClassScore) -> list[str]:
    rates = (score.precision, score.recall, score.f1)
    return [score.name, *(_cell(rate, 3) for rate in rates), _cell(score.support, 0)]


def _scores(labels: Integers, predicted: Integers, classes: int) -> Floats:
    scores = precision_recall_fscore_support(
        labels, predicted, labels=range(classes), zero_division=0.0
    )
    return np.stack(scores)


def _score(name: str, scores_S4: Floats) -> ClassScore:
    present_S4 = scores_S4[scores_S4[:, 3] > 0]
    precision, recall, f1, support = (_spread(column.tolist()) for column in present_S4.T)
    return ClassScore(name=name, precision=precision, recall=recall, f1=f1, support=support)


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(n=len(values), mean=fmean(values), sd=stdev(values) if len(values) > 1 else None)


def _cell(spread: Spread | None, digits: int) -> str:
    if spread is None:
        return "–"
    mean = f"{spread.mean:.{digits}f}"
    return f"{mean} ± {spread.sd:.{digits}f}" if spread.sd else mean
