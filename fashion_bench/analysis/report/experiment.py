"""The report of an experiment: how its arms learn and err, and what is inside their networks."""

from collections.abc import Iterator
from operator import itemgetter

import numpy as np
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.document import Block, Column, Picture, Section, Table
from fashion_bench.analysis.plots.canvas import Integers
from fashion_bench.analysis.plots.classes import (
    class_rows,
    class_scores,
    confusion_counts,
    draw_confusion,
)
from fashion_bench.analysis.plots.curves import draw_learning
from fashion_bench.analysis.plots.embedding import draw_embedding
from fashion_bench.analysis.plots.images import draw_first_weights, draw_wrong
from fashion_bench.analysis.report.material import Inside, Material, Predicted, Seen, drawn
from fashion_bench.analysis.report.record import SHOWN_SEED
from fashion_bench.records import StudyRecord


def learning_section(study: StudyRecord) -> Section:
    """Return the learning curves of all arms."""
    alt = (
        "Accuracy and cross entropy by epoch, in training and in validation: of each arm "
        f"({', '.join(study.arms)}) the mean over its seeds, in a band from lowest to highest."
    )
    curves = Picture(name="learning", alt=alt, content=draw_learning(study))
    return Section(title="How the arms learn", blocks=(curves,))


def arm_section(arm: str, material: Material) -> Section:
    """Return what there is to see of one arm."""
    parts = {
        "Confusion matrix and table of classes": _errors,
        "The most confidently wrong images": _wrong,
        "PCA and t-SNE of the output": _output,
        "PCA and t-SNE of the last hidden layer": _hidden,
        "Weights of the first layer": _weights,
    }
    blocks = (block for what, part in parts.items() for block in drawn(what, part(arm, material)))
    return Section(title=f"Arm {arm}", blocks=tuple(blocks))


def _errors(arm: str, material: Material) -> Iterator[Block]:
    predicted = material.predicted()
    answers, labels = predicted.logits.argmax(axis=2), predicted.labels
    alt = f"Confusion matrix of {arm}. {_most_confused(answers, predicted)}"
    content = draw_confusion(_on_test(arm), labels, answers, predicted.classes)
    yield Picture(name=f"confusion-{arm}", alt=alt, content=content)
    header, *rows = class_rows(class_scores(labels, answers, predicted.classes))
    yield Table(
        title=f"{arm}: each class on the test images",
        columns=tuple(
            Column(name, itemgetter(place), "number" if place else "words")
            for place, name in enumerate(header)
        ),
        rows=tuple(rows),
        note=f"mean ± standard deviation over seeds, n = {len(answers)}",
    )


def _wrong(arm: str, material: Material) -> Iterator[Block]:
    pictures, predicted = material.images().pictures, material.predicted()
    probabilities = scipy.special.softmax(predicted.logits, axis=2)
    alt = (
        f"The test images that {arm} is most confidently wrong about, each with the class "
        "predicted, its probability, and the true class."
    )
    labels, classes = predicted.labels, predicted.classes
    content = draw_wrong(_on_test(arm), pictures, labels, probabilities, classes)
    yield Picture(name=f"wrong-{arm}", alt=alt, content=content)


def _output(arm: str, material: Material) -> Iterator[Block]:
    predicted = material.predicted()
    output = Inside(seed=predicted.seeds[0], values=predicted.logits[0])
    yield _embedding("output", "output", arm, output, predicted)


def _hidden(arm: str, material: Material) -> Iterator[Block]:
    yield _embedding("hidden", "last hidden layer", arm, material.hidden(), material.images())


def _embedding(name: str, layer: str, arm: str, made: Inside, of: Seen | Predicted) -> Picture:
    alt = f"PCA and t-SNE of the {layer} of {arm} for test images, coloured by class."
    title = f"{arm}, seed {made.seed}, {layer}"
    content = draw_embedding(title, made.values, of.labels, of.classes, seed=SHOWN_SEED)
    return Picture(name=f"{name}-{arm}", alt=alt, content=content)


def _weights(arm: str, material: Material) -> Iterator[Block]:
    weights = material.weights()
    alt = f"Weights of the strongest units in the first layer of {arm}, each as an image."
    content = draw_first_weights(f"{arm}, seed {weights.seed}", weights.values)
    yield Picture(name=f"weights-{arm}", alt=alt, content=content)


def _on_test(arm: str) -> str:
    return f"{arm}, test images"


def _most_confused(answers: Integers, predicted: Predicted) -> str:
    """Say which class is most often taken for which."""
    classes = predicted.classes
    counts = confusion_counts(predicted.labels, answers, classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    if not shares.any():
        return "No image is taken for another class."
    true, taken = np.unravel_index(shares.argmax(), shares.shape)
    return f"Most often {classes[true]} is taken for {classes[taken]}: {shares.max():.1%} of it."
