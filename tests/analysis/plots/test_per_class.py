import numpy as np

from fashion_bench.analysis.plots.classes import class_rows, class_scores
from fashion_bench.analysis.summary import Spread
from tests.analysis.conftest import near
from tests.analysis.plots.made_up_images import CLASSES, make_labels

LABELS = make_labels(0, 0, 0, 1)
PREDICTED = np.array([[0, 0, 1, 1], [0, 0, 0, 0]])


def test_scores_are_mean_and_spread_over_seeds() -> None:
    """Precision 1 and 3/4, recall 2/3 and 1 of the first class."""
    coat, bag, _ = class_scores(LABELS, PREDICTED, CLASSES)
    assert coat.precision == Spread(n=2, mean=near(0.875), sd=near(0.25 / 2**0.5))
    assert coat.recall == Spread(n=2, mean=near(5 / 6), sd=near(1 / 3 / 2**0.5))
    assert coat.f1 == Spread(n=2, mean=near((4 / 5 + 6 / 7) / 2), sd=near(2 / 35 / 2**0.5))
    assert coat.support == Spread(n=2, mean=3, sd=0)
    assert bag.precision is not None


def test_a_class_that_is_never_predicted_has_no_precision_to_boast_of() -> None:
    """It counts as 0: leaving the seed out would flatter the class."""
    _, bag, _ = class_scores(LABELS, PREDICTED[1:], CLASSES)
    assert bag.precision == bag.recall == bag.f1 == Spread(n=1, mean=0, sd=None)


def test_a_class_without_images_has_no_score() -> None:
    """Neither good nor bad can be said of it; a seed that has some counts alone."""
    *_, boot = class_scores(LABELS, PREDICTED, CLASSES)
    assert boot.precision is boot.recall is boot.f1 is boot.support is None
    labels = np.stack([LABELS, make_labels(0, 0, 0, 2)])
    *_, boot = class_scores(labels, PREDICTED, CLASSES)
    assert boot.support == Spread(n=1, mean=1, sd=None)


def test_the_rows_are_text() -> None:
    """A header, then a row for each class: what a report prints."""
    assert class_rows(class_scores(LABELS, PREDICTED, CLASSES)) == [
        ["class", "precision", "recall", "F1", "images"],
        ["coat", "0.875 ± 0.177", "0.833 ± 0.236", "0.829 ± 0.040", "3"],
        ["bag", "0.250 ± 0.354", "0.500 ± 0.707", "0.333 ± 0.471", "1"],
        ["boot", "–", "–", "–", "–"],
    ]
    assert class_rows(class_scores(LABELS, PREDICTED[:1], CLASSES))[1][1] == "1.000"
