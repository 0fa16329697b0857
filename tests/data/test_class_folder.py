"""A folder with a folder of pictures for each class."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fashion_bench.data.sources import Dataset, Sources
from fashion_bench.errors import DataError


def write(path: Path, value: int, *, mode: str = "L", size: tuple[int, int] = (5, 4)) -> None:
    """Write a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    color: Any = value if mode in ("L", "I;16") else (value,) * len(mode)
    Image.new(mode, size, color).save(path)


def opened(folder: Path) -> Dataset:
    """Open a folder by a relative path."""
    return Sources(folder=Path("/nowhere"), beside=folder.parent).open(f"{folder.name}/")


def refusal(folder: Path) -> str:
    """Return the one line that refuses to open it."""
    with pytest.raises(DataError) as refused:
        opened(folder)
    return str(refused.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two classes in two parts."""
    for part, first in (("train", 10), ("test", 60)):
        for place, name in enumerate(["boot", "coat"]):
            for number in range(3 - place):
                write(tmp_path / "f" / part / name / f"{number}.png", first + 10 * place + number)
    return tmp_path / "f"


def test_classes_and_pictures_are_ordered_by_name(folder: Path) -> None:
    """Both parts, grey in one channel; a class may lack in the test part."""
    (folder / "train" / "boot" / "notes.txt").write_text("no picture")
    (folder / "train" / ".cache").mkdir()
    write(folder / "train" / "boot" / ".hidden.png", 1)
    for path in (folder / "test" / "boot").iterdir():
        path.unlink()
    (folder / "test" / "boot").rmdir()
    dataset = opened(folder)
    facts = dataset.facts
    assert (facts.name, facts.labels, facts.test) == ("f/", ("boot", "coat"), True)
    assert facts.shape == (1, 4, 5)
    train, test = dataset.load("train"), dataset.load("test")
    assert train.pixels[:, 0, 0].tolist() == [10, 11, 12, 20, 21]
    assert train.labels.tolist() == [0, 0, 0, 1, 1]
    assert (test.pixels[:, 0, 0].tolist(), test.labels.tolist()) == ([70, 71], [1, 1])


def test_classes_alone_are_for_training(tmp_path: Path) -> None:
    """Without ``train`` and ``test`` there is no test part; any of three kinds of file."""
    for place, suffix in enumerate(["png", "bmp", "jpg"]):
        write(tmp_path / "f" / f"class {place}" / f"a.{suffix}", 100 * place)
    facts = opened(tmp_path / "f").facts
    assert (facts.images, facts.classes, facts.test) == (3, 3, False)


def test_one_coloured_picture_makes_three_channels(folder: Path) -> None:
    """Of all pictures of both parts, channels first."""
    write(folder / "train" / "boot" / "9.png", 40, mode="RGB")
    dataset = opened(folder)
    assert dataset.facts.shape == (3, 4, 5)
    assert len(dataset.facts.mean) == 3
    assert dataset.load("test").shape == (3, 4, 5)


def test_a_coloured_test_picture_is_no_grey_one(folder: Path) -> None:
    """Networks that saw one channel cannot be given three."""
    write(folder / "test" / "boot" / "9.png", 40, mode="RGB")
    with pytest.raises(DataError, match=r"images are uint8 \(3, 4, 5\), those of the train part"):
        opened(folder).load("test")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: write(f / "train/coat/8.png", 1, size=(6, 4)), "coat/8.png: is not of the size"),
        (lambda f: (f / "train/coat/8.png").write_bytes(b"no"), "coat/8.png: is no picture; mend"),
        (lambda f: write(f / "train/coat/8.png", 9, mode="I;16"), "has more than a byte a pixel"),
        (lambda f: (f / "train/apron").mkdir(), "train/apron: holds no picture; put PNG, JPEG"),
    ],
)
def test_a_picture_that_does_not_fit_is_refused(spoil: Any, told: str, folder: Path) -> None:
    """One line names the file."""
    spoil(folder)
    assert told in refusal(folder)


def test_a_cut_picture_is_refused(folder: Path) -> None:
    """One whose head can be read, too."""
    noise = np.random.default_rng(1).integers(256, size=(4, 5), dtype=np.uint8)
    path = folder / "train" / "boot" / "1.png"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:60])
    assert "train/boot/1.png: cannot be read" in refusal(folder)


def test_other_classes_in_the_test_part_are_refused(folder: Path) -> None:
    """One line names them."""
    write(folder / "test" / "apron" / "1.png", 1)
    with pytest.raises(DataError, match=r"has classes that the train part lacks \(given: 'apron'"):
        opened(folder).load("test")


def test_a_folder_without_classes_is_refused(tmp_path: Path) -> None:
    """Whether it is empty or not there."""
    assert refusal(tmp_path / "none").endswith("none: is not there; name a folder of pictures")
    (tmp_path / "empty").mkdir()
    assert "empty: has no folder for a class; make one" in refusal(tmp_path / "empty")


def test_one_class_is_none(tmp_path: Path) -> None:
    """There is nothing to tell apart."""
    write(tmp_path / "f" / "only" / "1.png", 1)
    assert "holds one class only" in refusal(tmp_path / "f")
