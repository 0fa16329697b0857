from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest

from fashion_bench.analysis.document import Picture, Placeholder, Section, Table
from fashion_bench.analysis.plots import embedding
from fashion_bench.analysis.report.experiment import arm_section, learning_section
from fashion_bench.analysis.report.material import Inside, Material, Missing, Predicted, Seen
from fashion_bench.analysis.report.record import samples_section
from tests.analysis.conftest import make_study, make_trial

CLASSES = ("coat", "bag", "boot")
LABELS = np.arange(60) % 3
RANDOM = np.random.default_rng(0)
SEEN = Seen(
    name="test images",
    pixels=RANDOM.integers(0, 256, (60, 28, 28), dtype=np.uint8),
    labels=LABELS,
    classes=CLASSES,
)
# Right but for the first six coats, which look like boots.
LOGITS = 5 * np.eye(3)[np.where(np.arange(60) < 18, np.maximum(LABELS, 2 * (LABELS == 0)), LABELS)]
PREDICTED = Predicted(
    seeds=(7, 8),
    logits=np.stack([LOGITS, LOGITS]) + RANDOM.normal(0, 0.1, (2, 60, 3)),
    labels=LABELS,
    classes=CLASSES,
)
WEIGHTS = Inside(seed=7, values=RANDOM.normal(size=(5, 28, 28)))
HIDDEN = Inside(seed=7, values=RANDOM.normal(size=(60, 5)))


def missing(why: str) -> Callable[[], NoReturn]:
    """Return what is asked for material that is not there."""

    def ask() -> NoReturn:
        raise Missing(why)

    return ask


MATERIAL = Material(
    images=lambda: SEEN,
    predicted=lambda: PREDICTED,
    weights=lambda: WEIGHTS,
    hidden=lambda: HIDDEN,
)


@pytest.fixture(autouse=True)
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """t-SNE of all images takes seconds."""
    monkeypatch.setattr(embedding, "MOST_IMAGES", 12)


def pictures(section: Section) -> dict[str, str]:
    """Return the words of each picture by its name."""
    return {block.name: block.alt for block in section.blocks if isinstance(block, Picture)}


def absences(section: Section) -> dict[str, str]:
    """Return why by what is not shown."""
    return {block.what: block.why for block in section.blocks if isinstance(block, Placeholder)}


def test_all_of_an_arm_is_shown() -> None:
    """Its errors, what its networks make of the images, and the weights of one of them."""
    section = arm_section("plain", MATERIAL)
    assert list(pictures(section)) == [
        "confusion-plain",
        "wrong-plain",
        "output-plain",
        "hidden-plain",
        "weights-plain",
    ]
    assert absences(section) == {}
    assert all(alt.endswith(".") for alt in pictures(section).values())


def test_the_worst_confusion_is_in_words() -> None:
    """Who cannot see the matrix is told which class is most often taken for which."""
    alt = pictures(arm_section("plain", MATERIAL))["confusion-plain"]
    assert alt.endswith("Most often coat is taken for boot: 30.0% of it.")


def test_a_network_without_error_has_no_worst_confusion() -> None:
    """Where no image is taken for another, that is said."""
    right = replace(PREDICTED, logits=np.stack([np.eye(3)[LABELS]]))
    alt = pictures(arm_section("plain", replace(MATERIAL, predicted=lambda: right)))[
        "confusion-plain"
    ]
    assert alt.endswith("No image is taken for another class.")


def test_the_classes_are_a_table() -> None:
    """A row for each, with n."""
    section = arm_section("plain", MATERIAL)
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert [name for name, *_ in table.lines] == list(CLASSES)
    assert table.note.endswith("n = 2")


def test_what_is_missing_is_said_in_its_place() -> None:
    """Every picture that cannot be drawn is a sentence with the reason of what it needs."""
    nothing = Material(
        images=missing("no images"),
        predicted=missing("no predictions"),
        weights=missing("no weights"),
        hidden=missing("no weights"),
    )
    section = arm_section("plain", nothing)
    assert absences(section) == {
        "Confusion matrix and table of classes": "no predictions",
        "The most confidently wrong images": "no images",
        "PCA and t-SNE of the output": "no predictions",
        "PCA and t-SNE of the last hidden layer": "no weights",
        "Weights of the first layer": "no weights",
    }
    assert len(section.blocks) == 5


def test_predictions_are_shown_without_images() -> None:
    """What was predicted is enough but for the pictures that show images or need them."""
    without = replace(MATERIAL, images=missing("no images"), hidden=missing("no images"))
    section = arm_section("plain", without)
    assert list(pictures(section)) == ["confusion-plain", "output-plain", "weights-plain"]
    assert set(absences(section).values()) == {"no images"}


def test_learning_names_the_arms() -> None:
    """The picture of the learning curves is there for any experiment, even an empty one."""
    study = make_study(make_trial(), make_trial(arm="dropout"), kind="experiment")
    assert "plain, dropout" in pictures(learning_section(study))["learning"]
    assert pictures(learning_section(make_study(arms=("plain",), kind="experiment")))


def test_images_are_shown_or_missed() -> None:
    """Some of each class; where there are none, why."""
    assert pictures(samples_section(lambda: SEEN))["samples"] == (
        "Ten test images of each class: coat, bag, boot."
    )
    assert absences(samples_section(missing("they are gone"))) == {
        "Images of each class": "they are gone"
    }


def test_features_have_no_pictures_of_images() -> None:
    """One line in the place of what makes no picture; the rest is drawn."""
    features = replace(SEEN, pixels=SEEN.pixels.reshape(60, 784))
    section = arm_section("plain", replace(MATERIAL, images=lambda: features))
    (placeholder,) = [block for block in section.blocks if isinstance(block, Placeholder)]
    assert placeholder.what == "The most confidently wrong images"
    assert placeholder.why == "test images of the shape (784,) make no picture"
    assert len(list(pictures(section))) == 4
