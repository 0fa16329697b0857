"""Predicting: pictures of any kind are shown to the winner as images of its data set."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import fashion_bench
from fashion_bench.app.model import choose
from fashion_bench.app.predict import refuse_no_pictures
from fashion_bench.config import DataFacts
from fashion_bench.data.pictures import see
from fashion_bench.data.sets import facts
from fashion_bench.errors import StudyError
from tests.app.small_files import STUDY, write
from tests.finished import Finished
from tests.saying import Say, say
from tests.shared import made_once

__all__ = ["say"]

REAL = (
    ("synthetic", "fashion_mnist"),
    ("train_images = 500", "train_images = 2000"),
    ("generation = 2", "generation = 1"),
    ("trials_per_arm = 4", "trials_per_arm = 1"),
)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """A folder of runs with a study ``s`` of real images; not to be written to."""

    def make(folder: Path) -> Path:
        file = write(folder, STUDY, *REAL)
        options = {"runs": folder / "runs", "workers": 1, "device": "cpu", "no_mlflow": True}
        fashion_bench.run_study(file, **options)
        return folder / "runs"

    return made_once(tmp_path_factory, "real", make)


@pytest.fixture
def some(real: Path) -> NDArray[np.uint8]:
    """Forty images of the data set, ``[N, 28, 28]``."""
    found: NDArray[np.uint8] = choose(real, "s").valid_images(None).pixels[:40].numpy()
    return found


def save(folder: Path, pictures: list[Image.Image], suffix: str = ".png", **how: Any) -> Path:
    """Write pictures, named by their order."""
    folder.mkdir()
    for place, picture in enumerate(pictures):
        picture.save(folder / f"{place:02}{suffix}", **how)
    return folder


def classes(say: Say, runs: Path, *words: object) -> list[str]:
    """What the command says of each picture."""
    said = say("predict", *words, "--runs", runs, "--json")
    assert said.code == 0, said.told
    return [row["class"] for row in json.loads(said.printed)["images"]]


def test_images_of_the_data_set_are_shown_as_they_are(
    real: Path, some: NDArray[np.uint8], tmp_path: Path, say: Say
) -> None:
    """Written as PNG they get the very probabilities that the model gives their pixels."""
    folder = save(tmp_path / "some", [Image.fromarray(one) for one in some])
    (folder / "note.txt").write_text("no picture")
    said = say("predict", folder, "--runs", real, "--json")
    told = json.loads(said.printed)
    with torch.inference_mode():
        logits = fashion_bench.load_model("s", runs=real)(torch.from_numpy(some))
    found = [list(row["probabilities"].values()) for row in told["images"]]
    np.testing.assert_allclose(found, logits.double().softmax(1), atol=1e-6)
    names = facts("fashion_mnist").labels
    assert [row["class"] for row in told["images"]] == [names[k] for k in logits.argmax(1)]
    assert [Path(row["file"]).name for row in told["images"]] == sorted(
        path.name for path in folder.glob("*.png")
    )
    assert {(row["ground"], row["inverted"]) for row in told["images"]} == {("dark", False)}
    assert told["notes"] == [f"{folder}: 1 file is no picture"]
    shown = say("predict", folder, "--runs", real).printed
    assert "By s.none-0, a model of s" in shown or "By s.dropout-0, a model of s" in shown
    assert told["images"][0]["class"] in shown


def enlarged(pixels: NDArray[np.uint8]) -> Image.Image:
    """An image as a photograph on light ground has it: large, with more ground around it."""
    picture = Image.new("L", (400, 460), 255)
    negative = Image.fromarray(255 - pixels).resize((280, 280), Image.Resampling.BICUBIC)
    picture.paste(negative, (60, 90))
    return picture


def coloured(pixels: NDArray[np.uint8]) -> Image.Image:
    """The same of a brown object."""
    grey = enlarged(pixels)
    return Image.merge("RGB", [grey.point(lambda v, k=k: 255 - (255 - v) * k) for k in (0.8, 1, 1)])


@pytest.mark.parametrize(("picture", "suffix"), [(enlarged, ".png"), (coloured, ".jpg")])
def test_a_photograph_of_it_is_taken_for_the_same(
    real: Path,
    some: NDArray[np.uint8],
    tmp_path: Path,
    say: Say,
    picture: Callable[[NDArray[np.uint8]], Image.Image],
    suffix: str,
) -> None:
    """Nine tenths at least, large, on light ground and as JPEG; it says that it was negated."""
    exact = save(tmp_path / "exact", [Image.fromarray(one) for one in some])
    photographs = save(tmp_path / "photographs", [picture(one) for one in some], suffix)
    expected = classes(say, real, exact)
    found = classes(say, real, photographs)
    assert sum(map(str.__eq__, expected, found)) >= 0.9 * len(some)
    assert "light, negated" in say("predict", photographs, "--runs", real).printed
    negatives = save(tmp_path / "negatives", [Image.fromarray(255 - one) for one in some])
    assert classes(say, real, negatives) == classes(say, real, negatives, "--invert") == expected
    assert classes(say, real, negatives, "--no-invert") != expected


# How a picture is read ----------------------------------------------------------------------------

FACTS = facts("fashion_mnist")


def seen(path: Path, of: DataFacts = FACTS) -> NDArray[np.uint8]:
    """What a network is shown of a picture."""
    return see(path, of).pixels


def _deep(image: Image.Image, path: Path) -> None:
    Image.fromarray(np.asarray(image).astype(np.uint16) * 257).save(path)


def _palette(image: Image.Image, path: Path) -> None:
    image.convert("P").save(path)


def _transparent(image: Image.Image, path: Path) -> None:
    white = Image.new("RGB", image.size, "white")
    white.putalpha(image)  # light on what is transparent
    white.save(path)


def _dark_transparent(image: Image.Image, path: Path) -> None:
    black = Image.new("RGB", image.size, "black")
    black.putalpha(image)
    black.save(path)


def _turned(image: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


@pytest.mark.parametrize("kind", [_deep, _palette, _transparent, _dark_transparent, _turned])
def test_a_picture_is_seen_as_people_see_it(
    tmp_path: Path, some: NDArray[np.uint8], kind: Callable[[Image.Image, Path], None]
) -> None:
    """With 16 bits, a palette, transparency on either side, or turned by its camera: the same."""
    path = tmp_path / "one.png"
    kind(Image.fromarray(some[0]), path)
    assert np.abs(seen(path)[0].astype(int) - some[0]).max() <= 1


def test_an_object_fills_the_image_and_is_in_its_centre(tmp_path: Path) -> None:
    """Its longer side is the image's, whatever ground is around; of an odd margin more is left."""
    picture = Image.new("RGB", (300, 200), (250, 250, 250))
    picture.paste((90, 20, 20), (20, 30, 20 + 55, 30 + 140))
    picture.save(path := tmp_path / "one.png")
    shown = seen(path)[0]
    assert np.flatnonzero(shown.max(0) > 100).tolist() == list(range(9, 20))
    assert shown.max(1).min() > 100
    assert shown[:, 0].max() < 10
    other = DataFacts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"name": "x"})
    assert np.flatnonzero(seen(path, other)[0].max(0) > 100).tolist() == [2, 3, 4, 5, 6]


def test_colours_stay_and_are_not_negated(tmp_path: Path) -> None:
    """For a data set of colour images a picture is resized, no more."""
    picture = Image.new("RGB", (64, 64), (255, 255, 255))
    picture.paste((200, 0, 0), (0, 0, 32, 64))
    picture.save(path := tmp_path / "one.png")
    shown = see(path, facts("cifar10"))
    assert shown.pixels.shape == (3, 32, 32)
    assert shown.pixels[:, 0, 0].tolist() == [200, 0, 0]
    assert (shown.light, shown.inverted) == (True, False)
    assert shown.pixels[:, 0, -1].tolist() == [255, 255, 255]


def test_what_is_of_one_colour_has_a_ground_alone(tmp_path: Path) -> None:
    """It is shown as that."""
    Image.new("L", (50, 70), 255).save(path := tmp_path / "one.png")
    assert not seen(path).any()


# What is asked ------------------------------------------------------------------------------------


@contextmanager
def standard_input(content: bytes) -> Iterator[None]:
    """Pipe this in."""
    ours, theirs = os.pipe()
    os.write(theirs, content)
    os.close(theirs)
    before = os.dup(0)
    os.dup2(ours, 0)
    try:
        yield
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(ours)


def test_one_picture_may_be_piped_in(real: Path, some: NDArray[np.uint8], say: Say) -> None:
    """It is the same as of a file, and what is no picture is told."""
    buffer = BytesIO()
    Image.fromarray(some[0]).save(buffer, "PNG")
    with standard_input(buffer.getvalue()):
        said = say("predict", "-", "--runs", real, "--json")
    [row] = json.loads(said.printed)["images"]
    assert row["file"] == "-"
    with standard_input(b""):
        said = say("predict", "-", "--runs", real)
    assert (said.code, said.told) == (2, "Error: /dev/stdin: is no picture; mend or remove it\n")


def test_a_figure_shows_what_the_network_sees(
    real: Path,
    some: NDArray[np.uint8],
    tmp_path: Path,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is a PNG, of so many pictures at most, and replaces nothing unless it is told to."""
    monkeypatch.setattr("fashion_bench.analysis.plots.prediction.MOST_DRAWN", 2)
    folder = save(tmp_path / "some", [Image.fromarray(one) for one in some[:3]])
    words = ("predict", folder, "--runs", real, "--figure", figure := tmp_path / "new" / "f.png")
    assert f"drawn: {figure}" in say(*words).printed
    with Image.open(figure) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (800, 560))
    assert "is there already" in say(*words).told
    assert say(*words, "--force").code == 0
    said = say(*words[:-1], tmp_path / "f.pdf")
    assert (said.code, "--figure: is written as .png" in said.told) == (2, True)


def test_a_figure_that_cannot_be_is_told(finished: Finished, tmp_path: Path, say: Say) -> None:
    """A picture that is read is not drawn over, nor a link, nor is a name too long for a disk."""
    folder = save(tmp_path / "some", [Image.new("L", (28, 28))])
    (folder / "link.png").symlink_to("nowhere")
    before = (folder / "00.png").read_bytes()
    words = ("predict", folder, "--runs", finished.runs, "--model", "e", "--figure")
    said = say(*words, folder / "new" / ".." / "00.png", "--force")
    told = f"Error: {folder}/new/../00.png: is one of the pictures; draw elsewhere\n"
    assert (said.code, said.printed, said.told) == (2, "", told)
    said = say(*words, folder / "link.png")
    assert (said.code, said.printed) == (2, "")
    assert "link.png: is there already; give --force" in said.told
    said = say(*words, folder / f"{'a' * 300}.png")
    assert (said.code, said.printed) == (1, "")
    assert "a.png: cannot be written: File name too long" in said.told
    assert {path.name for path in folder.iterdir()} == {"00.png", "link.png"}
    assert (folder / "00.png").read_bytes() == before


def _text(folder: Path) -> None:
    (folder / "z.png").write_text("no picture")


def _cut(folder: Path) -> None:
    noise = np.random.default_rng(1).integers(256, size=(60, 60), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "z.png")
    (folder / "z.png").write_bytes((folder / "z.png").read_bytes()[:900])


def _bomb(folder: Path, side: int = 40_000) -> None:
    """Write a picture that says that it is so many pixels wide and high."""
    Image.new("1", (1, 1)).save(path := folder / "z.png")
    content = path.read_bytes()
    head = b"IHDR" + side.to_bytes(4) * 2 + content[24:29]
    path.write_bytes(content[:12] + head + crc32(head).to_bytes(4) + content[33:])


def _large(folder: Path) -> None:
    """Write one of a size that Pillow itself only warns of."""
    _bomb(folder, 10_000)


def _animation(folder: Path) -> None:
    frames = [Image.new("L", (9, 9), value) for value in (0, 255)]
    frames[0].save(folder / "z.gif", save_all=True, append_images=frames[1:])


def _none(folder: Path) -> None:
    (folder / "a.png").rename(folder / "a.txt")


def _folders(folder: Path) -> None:
    (folder / "boots").mkdir()
    (folder / "a.png").rename(folder / "boots" / "a.png")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_text, "z.png: is no picture; mend or remove it"),
        (_cut, "z.png: cannot be read ("),
        (_bomb, "z.png: cannot be read (Image size (1600000000 pixels)"),
        (_large, "z.png: cannot be read (Image size (100000000 pixels)"),
        (_animation, "z.gif: is an animation; save one picture of it"),
        (_none, "pictures: holds no picture; put some there: bmp, gif,"),
        (_folders, "pictures: holds no picture; name the folders in it"),
    ],
)
def test_a_picture_that_is_none_is_told_in_a_line(
    real: Path, tmp_path: Path, say: Say, spoil: Callable[[Path], None], said: str
) -> None:
    """Nothing is said of the others, and no figure is drawn."""
    folder = save(tmp_path / "pictures", [])
    Image.new("L", (28, 28)).save(folder / "a.png")
    spoil(folder)
    told = say("predict", folder, "--runs", real, "--figure", tmp_path / "f.png")
    assert (told.code, told.printed) == (2, "")
    assert said in told.told
    assert len(told.told.splitlines()) == 1
    assert not (tmp_path / "f.png").exists()


def test_the_only_winner_needs_no_name(
    real: Path, finished: Finished, tmp_path: Path, say: Say
) -> None:
    """Of several one is to be named, and the line has their names."""
    Image.new("L", (28, 28)).save(path := tmp_path / "a.png")
    assert say("predict", path, "--runs", real).code == 0
    several = say("predict", path, "--runs", finished.runs)
    assert several.told == "Error: --model: 2 studies have a winner; name one of s, e\n"
    assert say("predict", path, "--runs", finished.runs, "--model", "e").code == 0
    assert say("predict", tmp_path / "none.png", "--runs", real).told == (
        f"Error: {tmp_path / 'none.png'}: cannot be read (given: 'No such file or directory'); "
        "name a picture or a folder of pictures\n"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shape": (64,)}, r"t: takes no pictures, but numbers of shape \(64,\)"),
        ({"shape": (2, 8, 8)}, "takes no pictures"),
        ({"mean": (4.9,), "std": (6.0,)}, "was trained on pixels of another scale than 0 to 1"),
    ],
)
def test_a_model_that_takes_no_pictures_says_so(changed: dict[str, Any], said: str) -> None:
    """Features, other channels, and numbers that no file of pixels has."""
    told = {name: getattr(FACTS, name) for name in FACTS.__slots__}
    with pytest.raises(StudyError, match=said):
        refuse_no_pictures("t", DataFacts(**told | changed))
    refuse_no_pictures("t", FACTS)
