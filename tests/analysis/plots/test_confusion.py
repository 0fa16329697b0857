import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.plots.classes import confusion_counts, confusion_shares, draw_confusion
from tests.analysis.plots.made_up_images import CLASSES, make_labels

PREDICTED = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])


def test_seeds_are_summed_and_a_row_is_a_true_class() -> None:
    """Two seeds on four images; the class that has no image has no shares."""
    counts = confusion_counts(make_labels(0, 0, 1, 1), PREDICTED, CLASSES)
    assert counts.tolist() == [[3, 1, 0], [1, 3, 0], [0, 0, 0]]
    shares = confusion_shares(counts)
    assert shares[:2].tolist() == [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0]]
    assert np.isnan(shares[2]).all()


def test_every_seed_may_have_images_of_its_own() -> None:
    """Labels of each seed go with its predictions."""
    counts = confusion_counts(np.array([[0, 1, 1, 0], [2, 0, 1, 1]]), PREDICTED, CLASSES)
    assert counts.tolist() == [[3, 0, 0], [0, 4, 0], [1, 0, 0]]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_every_prediction_is_counted(pairs: list[tuple[int, int]]) -> None:
    """Counts add up to the images; the shares of a class with images to 1."""
    labels, predicted = np.array(pairs).T
    counts = confusion_counts(labels, predicted[None], CLASSES)
    assert counts.sum() == len(pairs)
    for row in confusion_shares(counts)[counts.any(axis=1)]:
        assert abs(row.sum() - 1) < 1e-9


def test_confusions_are_drawn() -> None:
    """With a class missing, of one seed, twice the same."""
    draw = [
        draw_confusion("made up", make_labels(0, 0, 1, 1), PREDICTED[:1], CLASSES) for _ in range(2)
    ]
    assert draw[0].startswith(b"\x89PNG")
    assert draw[0] == draw[1]
