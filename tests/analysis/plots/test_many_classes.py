"""Pictures of more classes than ten, and of classes with odd names."""

import numpy as np
import pytest

from fashion_bench.analysis.plots.canvas import class_label
from fashion_bench.analysis.plots.classes import draw_confusion
from fashion_bench.analysis.plots.embedding import _style, draw_embedding
from fashion_bench.analysis.plots.images import draw_samples, draw_wrong

NAMES = {
    "two": ["no", "yes"],
    "odd": ["$", "$\\frac$", "_hidden", "%s", "<b>", "x" * 300],
    "hundred": [f"class {number}" for number in range(100)],
}


@pytest.mark.parametrize("classes", NAMES.values(), ids=NAMES)
def test_any_classes_are_drawn(classes: list[str]) -> None:
    """However many there are, and whatever they are called."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % len(classes)
    images = random.integers(256, size=(200, 4, 5), dtype=np.uint8)
    answers = random.integers(len(classes), size=(2, 200))
    probabilities = random.dirichlet(np.ones(len(classes)), (2, 200))
    features = random.normal(size=(200, 3))
    for picture in (
        draw_samples("made up", images, labels, classes, seed=1),
        draw_wrong("made up", images, labels, probabilities, classes),
        draw_confusion("made up", labels, answers, classes),
        draw_embedding("made up", features, labels, classes, seed=1),
    ):
        assert picture.startswith(b"\x89PNG")


def test_a_hundred_classes_look_different() -> None:
    """A colour that comes again has another marker."""
    styles = {(style["marker"], style["color"]) for style in map(_style, range(100))}
    assert len(styles) == 100


def test_names_are_shown_as_they_are() -> None:
    """No formula, no hidden entry, no line over the whole page."""
    assert class_label("T-shirt/top") == "T-shirt/top"
    assert class_label("$x$") == r"\$x\$"
    assert class_label("_x") == " _x"
    assert len(class_label("x" * 99)) == 24
