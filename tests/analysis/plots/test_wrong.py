import numpy as np
from numpy.typing import NDArray

from fashion_bench.analysis.plots.images import Wrong, WrongInfo, draw_wrong, wrong_info
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
    assert wrong_info(LABELS, np.stack([SURE, UNSURE])) == WrongInfo(
        shown=(
            Wrong(place=2, true=2, predicted=1, confidence=near(0.8)),
            Wrong(place=1, true=1, predicted=0, confidence=near(0.7)),
        ),
        wrong=2,
        images=4,
        left_out=0,
        seeds=2,
    )


def test_no_more_are_shown_than_asked() -> None:
    """All wrong ones are counted; of equally confident ones the first is shown."""
    tie = probabilities((0.1, 0.9, 0.0), (0.9, 0.1, 0.0))
    info = wrong_info(make_labels(0, 1), tie[None], most=1)
    assert (info.wrong, [wrong.place for wrong in info.shown]) == (2, [0])


def test_an_image_without_finite_probabilities_is_not_judged() -> None:
    """It is left out and counted, not called wrong."""
    broken = SURE.copy()
    broken[2] = np.nan
    info = wrong_info(LABELS, np.stack([broken, SURE]))
    assert (info.images, info.left_out) == (3, 1)
    assert 2 not in [wrong.place for wrong in info.shown]


def test_wrong_images_are_drawn() -> None:
    """The images are in the picture, the same twice; no wrong image is said in words."""
    images = make_images(4)
    both = np.stack([SURE, UNSURE])
    drawn = draw_wrong("made up", images, LABELS, both, CLASSES)
    assert drawn == draw_wrong("made up", images, LABELS, both, CLASSES)
    assert drawn != draw_wrong("made up", 255 - images, LABELS, both, CLASSES)
    right = SURE[None].argmax(2)[0]
    assert draw_wrong("made up", images, right, SURE[None], CLASSES).startswith(b"\x89PNG")
