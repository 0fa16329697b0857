import numpy as np
import pytest
from numpy.typing import NDArray

from fashion_bench.analysis.plots import images as of_images
from fashion_bench.analysis.plots.images import Wrong, draw_wrong, judged_images, wrong_images
from tests.analysis.conftest import near
from tests.analysis.plots.made_up_images import CLASSES, make_images, make_labels

LABELS = make_labels(0, 1, 2, 0)


def probabilities(*rows: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return what one network thinks of each image."""
    return np.array(rows)


SURE = probabilities((0.9, 0.1, 0.0), (0.8, 0.1, 0.1), (0.0, 0.9, 0.1), (0.4, 0.6, 0.0))
UNSURE = probabilities((0.4, 0.6, 0.0), (0.6, 0.4, 0.0), (0.2, 0.7, 0.1), (0.8, 0.2, 0.0))


def test_the_most_confident_comes_first() -> None:
    """Wrong is what the mean over the seeds is wrong about, its confidence that mean."""
    both = np.stack([SURE, UNSURE])
    assert judged_images(both).tolist() == [0, 1, 2, 3]
    assert wrong_images(LABELS, both) == [
        Wrong(place=2, true=2, predicted=1, confidence=near(0.8)),
        Wrong(place=1, true=1, predicted=0, confidence=near(0.7)),
    ]


def test_no_more_are_shown_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """All wrong ones are counted; of equally confident ones the first is shown."""
    monkeypatch.setattr(of_images, "MOST_WRONG", 1)
    tie = probabilities((0.1, 0.9, 0.0), (0.9, 0.1, 0.0))[None]
    labels = make_labels(0, 1)
    assert [wrong.place for wrong in wrong_images(labels, tie)] == [0, 1]
    shown, hidden = make_images(2), make_images(2)
    shown[0], hidden[1] = 255, 255
    as_it_is = draw_wrong("made up", make_images(2), labels, tie, CLASSES)
    assert as_it_is == draw_wrong("made up", hidden, labels, tie, CLASSES)
    assert as_it_is != draw_wrong("made up", shown, labels, tie, CLASSES)


def test_an_image_without_finite_probabilities_is_not_judged() -> None:
    """It is left out and counted, not called wrong."""
    broken = SURE.copy()
    broken[2] = np.nan
    both = np.stack([broken, SURE])
    assert judged_images(both).tolist() == [0, 1, 3]
    assert [wrong.place for wrong in wrong_images(LABELS, both)] == [1, 3]


def test_wrong_images_are_drawn() -> None:
    """The images are in the picture, the same twice; no wrong image is said in words."""
    images = make_images(4)
    both = np.stack([SURE, UNSURE])
    drawn = draw_wrong("made up", images, LABELS, both, CLASSES)
    assert drawn == draw_wrong("made up", images, LABELS, both, CLASSES)
    assert drawn != draw_wrong("made up", 255 - images, LABELS, both, CLASSES)
    right = SURE[None].argmax(2)[0]
    assert draw_wrong("made up", images, right, SURE[None], CLASSES).startswith(b"\x89PNG")
    colours = np.stack([images] * 3, axis=3)
    assert draw_wrong("made up", colours, LABELS, both, CLASSES).startswith(b"\x89PNG")
