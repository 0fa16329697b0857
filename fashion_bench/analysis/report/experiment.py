"""The report of an experiment: how its arms learn and err, and what is inside their networks."""

from collections.abc import Iterator
from operator import itemgetter

import numpy as np
from scipy.special import softmax

from fashion_bench.analysis.document import Block, Column, Picture, Section, Table
from fashion_bench.analysis.plots.canvas import Floats, Integers
from fashion_bench.analysis.plots.classes import (
    class_rows,
    class_scores,
    confusion_counts,
    draw_confusion,
)
from fashion_bench.analysis.plots.curves import draw_learning
from fashion_bench.analysis.plots.embedding import draw_embedding
from fashion_bench.analysis.plots.images import draw_first_weights, draw_wrong
from fashion_bench.analysis.report.material import Material, Predicted, Seen, instead
from fashion_bench.analysis.report.record import SHOWN_SEED
from fashion_bench.records import StudyRecord


def learning_section(study: StudyRecord) -> Section:
    """Return the learning curves of all arms."""
    curves = Picture(
        name="learning",
        alt="Accuracy and cross entropy by epoch, in training and in validation: of each arm "
        f"({', '.join(study.arms)}) the mean over its seeds, in a band from lowest to highest.",
        content=draw_learning(study),
    )
    return Section(title="How the arms learn", blocks=(curves,))


def arm_section(arm: str, material: Material) -> Section:
    """Return what there is to see of one arm."""
    parts = (_errors, _wrong, _output, _hidden, _weights)
    blocks = tuple(block for part in parts for block in part(arm, material))
    return Section(title=f"Arm {arm}", blocks=blocks)


@instead("Confusion matrix and table of classes")
def _errors(arm: str, material: Material) -> Iterator[Block]:
    predicted = material.predicted()
    answers, labels = predicted.logits.argmax(axis=2), predicted.labels
    yield Picture(
        name=f"confusion-{arm}",
        alt=f"Confusion matrix of {arm}. {_most_confused(answers, predicted)}",
        content=draw_confusion(_on_test(arm), labels, answers, predicted.classes),
    )
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


@instead("The most confidently wrong images")
def _wrong(arm: str, material: Material) -> Iterator[Block]:
    images, predicted = material.images(), material.predicted()
    probabilities = softmax(predicted.logits, axis=2)
    yield Picture(
        name=f"wrong-{arm}",
        alt=f"The test images that {arm} is most confidently wrong about, each with the class "
        "predicted, its probability, and the true class.",
        content=draw_wrong(
            _on_test(arm), images.pixels, predicted.labels, probabilities, predicted.classes
        ),
    )


@instead("PCA and t-SNE of the output")
def _output(arm: str, material: Material) -> Iterator[Block]:
    predicted = material.predicted()
    yield _embedding("output", "output", arm, predicted.seeds[0], predicted.logits[0], predicted)


@instead("PCA and t-SNE of the last hidden layer")
def _hidden(arm: str, material: Material) -> Iterator[Block]:
    hidden, images = material.hidden(), material.images()
    yield _embedding("hidden", "last hidden layer", arm, hidden.seed, hidden.values, images)


def _embedding(
    name: str, layer: str, arm: str, seed: int, values: Floats, of: Seen | Predicted
) -> Picture:
    return Picture(
        name=f"{name}-{arm}",
        alt=f"PCA and t-SNE of the {layer} of {arm} for test images, coloured by class.",
        content=draw_embedding(
            f"{arm}, seed {seed}, {layer}", values, of.labels, of.classes, seed=SHOWN_SEED
        ),
    )


@instead("Weights of the first layer")
def _weights(arm: str, material: Material) -> Iterator[Block]:
    weights = material.weights()
    yield Picture(
        name=f"weights-{arm}",
        alt=f"Weights of the strongest units in the first layer of {arm}, each as an image.",
        content=draw_first_weights(f"{arm}, seed {weights.seed}", weights.values),
    )


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
