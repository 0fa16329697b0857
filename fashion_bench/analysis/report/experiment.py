"""The report of an experiment: how its arms learn and err, and what is inside their networks."""

from collections.abc import Iterator

import numpy as np
from scipy.special import softmax

from fashion_bench.analysis.plots import draw_first_weights, draw_learning, draw_wrong
from fashion_bench.analysis.plots.canvas import Integers
from fashion_bench.analysis.plots.classes import (
    class_rows,
    class_scores,
    confusion_info,
    draw_confusion,
)
from fashion_bench.analysis.plots.embedding import draw_embedding
from fashion_bench.analysis.report.document import (
    Block,
    Inside,
    Picture,
    Placeholder,
    Predicted,
    Section,
    Seen,
    Table,
)
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


def arm_section(
    arm: str, images: Seen | str, predicted: Predicted | str, inside: Inside | str
) -> Section:
    """Return what there is to see of one arm.

    Args:
        arm: its name.
        images: the test images, or why they are not there.
        predicted: what was predicted of them, or why that is not there.
        inside: one of its networks, or why there is none.
    """
    blocks = (
        *_errors(arm, predicted),
        _wrong(arm, images, predicted),
        _output(arm, predicted),
        _hidden(arm, images, inside),
        _weights(arm, inside),
    )
    return Section(title=f"Arm {arm}", blocks=blocks)


def _errors(arm: str, predicted: Predicted | str) -> Iterator[Block]:
    if isinstance(predicted, str):
        yield Placeholder(what="Confusion matrix and table of classes", why=predicted)
        return
    answers, labels = predicted.logits.argmax(axis=2), predicted.labels
    yield Picture(
        name=f"confusion-{arm}",
        alt=f"Confusion matrix of {arm}. {_most_confused(answers, predicted)}",
        content=draw_confusion(_on_test(arm), labels, answers, predicted.classes),
    )
    header, *rows = class_rows(class_scores(labels, answers, predicted.classes))
    yield Table(
        title=f"{arm}: each class on the test images",
        header=tuple(header),
        rows=tuple(map(tuple, rows)),
        note=f"mean ± standard deviation over seeds, n = {len(answers)}",
    )


def _wrong(arm: str, images: Seen | str, predicted: Predicted | str) -> Block:
    if isinstance(images, str) or isinstance(predicted, str):
        why = images if isinstance(images, str) else predicted
        return Placeholder(what="The most confidently wrong images", why=str(why))
    probabilities = softmax(predicted.logits, axis=2)
    return Picture(
        name=f"wrong-{arm}",
        alt=f"The test images that {arm} is most confidently wrong about, each with the class "
        "predicted, its probability, and the true class.",
        content=draw_wrong(
            _on_test(arm), images.pixels, predicted.labels, probabilities, predicted.classes
        ),
    )


def _output(arm: str, predicted: Predicted | str) -> Block:
    if isinstance(predicted, str):
        return Placeholder(what="PCA and t-SNE of the output", why=predicted)
    title = f"{arm}, seed {predicted.seeds[0]}, output"
    return Picture(
        name=f"output-{arm}",
        alt=f"PCA and t-SNE of the output of {arm} for test images, coloured by class.",
        content=draw_embedding(
            title, predicted.logits[0], predicted.labels, predicted.classes, seed=SHOWN_SEED
        ),
    )


def _hidden(arm: str, images: Seen | str, inside: Inside | str) -> Block:
    if isinstance(images, str) or isinstance(inside, str) or inside.hidden is None:
        why = inside if isinstance(inside, str) else images
        return Placeholder(what="PCA and t-SNE of the last hidden layer", why=str(why))
    title = f"{arm}, seed {inside.seed}, last hidden layer"
    return Picture(
        name=f"hidden-{arm}",
        alt=f"PCA and t-SNE of the last hidden layer of {arm} for test images, coloured by class.",
        content=draw_embedding(
            title, inside.hidden, images.labels, images.classes, seed=SHOWN_SEED
        ),
    )


def _weights(arm: str, inside: Inside | str) -> Block:
    if isinstance(inside, str):
        return Placeholder(what="Weights of the first layer", why=inside)
    return Picture(
        name=f"weights-{arm}",
        alt=f"Weights of the strongest units in the first layer of {arm}, each as an image.",
        content=draw_first_weights(f"{arm}, seed {inside.seed}", inside.weights),
    )


def _on_test(arm: str) -> str:
    return f"{arm}, test images"


def _most_confused(answers: Integers, predicted: Predicted) -> str:
    """Say which class is most often taken for which."""
    classes = predicted.classes
    counts = np.array(confusion_info(predicted.labels, answers, classes).counts, dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    if not shares.any():
        return "No image is taken for another class."
    true, taken = np.unravel_index(shares.argmax(), shares.shape)
    return f"Most often {classes[true]} is taken for {classes[taken]}: {shares.max():.1%} of it."
