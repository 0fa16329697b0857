import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.plots.images import choose_samples, draw_samples, pictures_of
from tests.analysis.plots.made_up_images import CLASSES, make_images, make_labels


@given(st.lists(st.integers(0, 2), max_size=40), st.integers(0, 99), st.integers(1, 6))
def test_each_class_shows_images_of_its_own(labels: list[int], seed: int, each: int) -> None:
    """As many as asked or there are, none twice."""
    samples = choose_samples(make_labels(*labels), CLASSES, seed=seed, each=each)
    assert sum(sample.count for sample in samples) == len(labels)
    for label, sample in enumerate(samples):
        assert sample.name == CLASSES[label]
        assert sample.count == labels.count(label)
        assert len(set(sample.chosen)) == len(sample.chosen) == min(each, sample.count)
        assert all(labels[place] == label for place in sample.chosen)


def test_the_choice_is_the_seeds() -> None:
    """Equal seeds choose the same images, another seed others."""
    labels = np.arange(300) % 3
    first, again, other = (choose_samples(labels, CLASSES, seed=seed, each=5) for seed in (1, 1, 2))
    assert first == again
    assert first[0].chosen != other[0].chosen


def test_a_class_is_chosen_from_without_the_others() -> None:
    """Leaving a class out moves the places of the others alone."""
    labels = make_labels(*[0] * 20, *[1] * 20)
    assert (
        choose_samples(labels[:20], CLASSES, seed=3, each=4)[0]
        == choose_samples(labels, CLASSES, seed=3, each=4)[0]
    )


@pytest.mark.parametrize("labels", [[0, 1, 2, 2, 1], [0, 2], []])
def test_samples_are_drawn(labels: list[int]) -> None:
    """Also with a class missing, and of no image at all; twice the same."""
    draw = [
        draw_samples("made up", make_images(len(labels)), make_labels(*labels), CLASSES, seed=1)
        for _ in range(2)
    ]
    assert draw[0].startswith(b"\x89PNG")
    assert draw[0] == draw[1]


def test_the_images_are_in_the_picture() -> None:
    """Other images, another picture."""
    images, labels = make_images(3), make_labels(0, 1, 2)
    assert draw_samples("made up", images, labels, CLASSES, seed=1) != draw_samples(
        "made up", 255 - images, labels, CLASSES, seed=1
    )


def test_colours_are_drawn() -> None:
    """Three channels make a picture in colour; another channel, another picture."""
    red = np.zeros((3, 3, 4, 5), np.uint8)
    red[:, 0] = 200
    labels = make_labels(0, 1, 2)
    drawn = [
        draw_samples("made up", pictures_of(images), labels, CLASSES, seed=1)
        for images in (red, red[:, ::-1])
    ]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] != drawn[1]


def test_images_are_drawn_as_bytes() -> None:
    """Bytes as they are, floats from the lowest to the highest, colours last."""
    grey = make_images(3)
    assert pictures_of(grey) is grey
    assert pictures_of(grey / 2 - 7.0).tolist() == (grey * 127.5).astype(np.uint8).tolist()
    assert pictures_of(grey * 0.0).tolist() == (grey * 0).tolist()
    assert pictures_of(np.stack([grey] * 3, 1)).shape == (3, 4, 4, 3)


@pytest.mark.parametrize("shape", [(3, 16), (3, 2, 4, 4), (3, 4, 4, 4)])
def test_what_is_no_image_makes_no_picture(shape: tuple[int, ...]) -> None:
    """Features, or channels that are no colours."""
    assert pictures_of(np.zeros(shape, np.uint8)) is None
