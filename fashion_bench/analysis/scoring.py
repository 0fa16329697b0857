"""Scoring of predictions: F1, the worst class, calibration (ECE, temperature), the Brier score.

Predictions are logits of N images and K classes. Every figure is of one network on one set.
"""

from collections.abc import Callable
from math import exp, isfinite, isnan, log, nan

import numpy as np
import scipy  # whose parts are imported where they are used
from numpy.typing import NDArray

from fashion_bench.analysis.interval import FloatArray
from fashion_bench.errors import RAISED, SpecError, said
from fashion_bench.training.predictions import Predictions

BINS = 15  # of confidence, as in Guo et al.
TEMPERATURES = (0.05, 20.0)  # of a network of any use it is near 1

OwnMetric = Callable[..., object]
"""A user's own: (logits float32 [N, K], labels [N], numpy both) to a number, higher is better."""


def figures_of(predictions: Predictions, temperature: float | None = None) -> dict[str, float]:
    """Return what predictions score besides accuracy and loss, by measure.

    Args:
        predictions: of one network on one set of images.
        temperature: the network's own, for calibration and refinement; see ``temperature_of``.
    """
    probabilities = np.exp(predictions.log_probabilities)
    found = {"brier": brier(probabilities, predictions), "ece": ece(probabilities, predictions)}
    of_class = class_accuracies(predictions)
    if np.isfinite(of_class).all():  # of a class without an image nobody can tell
        found |= {"macro_f1": macro_f1(predictions), "worst_class": float(of_class.min())}
    if temperature is not None:
        refined = loss_at(predictions, temperature)
        found |= {"refinement": refined, "calibration": float(predictions.losses.mean()) - refined}
    return found


def class_accuracies(predictions: Predictions) -> FloatArray:
    """Return the share of each class's images that are recognised, ``[K]``; NaN without any."""
    right, images = _of_classes(predictions)
    return np.where(images > 0, right / np.maximum(images, 1), np.nan)


def macro_f1(predictions: Predictions) -> float:
    """Return the mean over classes of F1, the harmonic mean of precision and recall."""
    right, images = _of_classes(predictions)
    named = np.bincount(predictions.predicted, minlength=len(images))
    return float((2 * right / np.maximum(named + images, 1)).mean())


def _of_classes(predictions: Predictions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many images of each class are recognised, and how many there are, ``[K]``."""
    classes, labels = predictions.logits.shape[1], predictions.labels
    right = np.bincount(labels[predictions.right], minlength=classes)
    return right, np.bincount(labels, minlength=classes)


def brier(probabilities: FloatArray, predictions: Predictions) -> float:
    """Return the mean squared distance of ``[N, K]`` from the truth, 0 to 2 (Brier 1950)."""
    of_truth = probabilities[np.arange(len(predictions.labels)), predictions.labels]
    return float(((probabilities**2).sum(axis=1) - 2 * of_truth + 1).mean())


def ece(probabilities: FloatArray, predictions: Predictions) -> float:
    """Return the expected calibration error, a fraction (Guo et al. 2017, arXiv:1706.04599, eq. 3).

    In bins of equal width by the confidence of the predicted class, the distance of accuracy and
    mean confidence, weighted by images.
    """
    confidence = probabilities.max(axis=1)
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, predictions.right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def loss_at(predictions: Predictions, temperature: float) -> float:
    """Return the mean cross entropy of the logits divided by a temperature, nats."""
    logits = predictions.logits.astype(np.float64) / temperature
    of_truth = logits[np.arange(len(predictions.labels)), predictions.labels]
    return float((scipy.special.logsumexp(logits, axis=1) - of_truth).mean())


def temperature_of(predictions: Predictions) -> float | None:
    """Return the temperature of the least cross entropy, found on validation images.

    One number a network (Guo et al. 2017, section 4.2): dividing its logits by it changes no
    answer. ``None`` where logits are not finite or a class has no image, for then there is none
    that could be told.
    """
    if not np.isfinite(predictions.logits).all() or np.isnan(class_accuracies(predictions)).any():
        return None
    low, high = map(log, TEMPERATURES)
    found = scipy.optimize.minimize_scalar(
        lambda at: loss_at(predictions, exp(at)), bounds=(low, high), method="bounded"
    )
    return exp(found.x)


# A metric of the user's own ----------------------------------------------------------------------


def own_figure(metric: OwnMetric, where: str, predictions: Predictions) -> float:
    """Return what a metric of the user's says of predictions.

    Raises:
        SpecError: it fails, or returns no finite number.
    """
    try:
        returned = metric(predictions.logits.copy(), predictions.labels.astype(np.int64))
    except RAISED as error:
        raise SpecError(where, f"fails: {said(error)}", remedy="mend it") from error
    try:
        number = nan if isinstance(returned, str) else float(returned)  # type: ignore[arg-type]
    except RAISED:
        number = nan
    if isnan(number) and not isinstance(returned, float | np.floating):
        given, remedy = type(returned).__name__, "return one, the higher the better"
        raise SpecError(where, "returns no number", given=given, remedy=remedy)
    if not isfinite(number):
        raise SpecError(where, "is not finite", given=number, remedy="return a finite number")
    return number


def try_own(metric: OwnMetric, where: str, classes: int) -> None:
    """Try a metric of the user's on predictions that were drawn, some of every class.

    Raises:
        SpecError: as ``own_figure``.
    """
    labels = np.arange(20 * classes) % classes
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(len(labels), classes)).astype(np.float32)
    smallest = np.min_scalar_type(classes - 1)
    own_figure(metric, where, Predictions(logits=logits, labels=labels.astype(smallest)))
