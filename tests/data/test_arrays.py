"""Arrays, a file of arrays and a user's function as data sets: what is kept, what is refused."""

import pickle
import types
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fashion_bench.data import memory, own
from fashion_bench.data.arrays import mean_and_std
from fashion_bench.data.sources import Dataset, Sources
from fashion_bench.errors import DataError, SpecError

GREY = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def from_arrays(images: Any = GREY, labels: Any = LABELS, **rest: Any) -> Dataset:
    """Return the data set of these."""
    return Dataset.from_arrays((images, labels), **rest)


def refusal(make: Callable[[], object]) -> str:
    """Return the one line that refuses."""
    with pytest.raises(DataError) as refused:
        make()
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("given", "stored", "shape"),
    [
        (GREY, (6, 4, 5), (1, 4, 5)),
        (GREY[:, None], (6, 4, 5), (1, 4, 5)),
        (GREY[..., None], (6, 4, 5), (1, 4, 5)),
        (np.stack([GREY] * 3, 1), (6, 3, 4, 5), (3, 4, 5)),
        (np.stack([GREY] * 3, 3), (6, 3, 4, 5), (3, 4, 5)),
        (np.stack([GREY] * 7, 1), (6, 7, 4, 5), (7, 4, 5)),
        (GREY.reshape(6, 20), (6, 20), (20,)),
        (torch.from_numpy(GREY), (6, 4, 5), (1, 4, 5)),
        (GREY.astype(">f8"), (6, 4, 5), (1, 4, 5)),
        (GREY[:, ::-1].astype(np.float16), (6, 4, 5), (1, 4, 5)),
        (torch.ones(6, 8, requires_grad=True), (6, 8), (8,)),
    ],
)
def test_images_of_any_shape_are_kept(
    given: Any, stored: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    """Grey ones without a channel, channels first, in bytes or in float32."""
    dataset = from_arrays(given)
    images = dataset.load("train")
    assert tuple(images.pixels.shape) == stored
    assert images.shape == dataset.facts.shape == shape
    bytes_given = str(given.dtype) in ("uint8", "torch.uint8")
    assert images.pixels.dtype == (torch.uint8 if bytes_given else torch.float32)
    assert (dataset.facts.images, dataset.facts.classes, dataset.facts.test) == (6, 3, False)
    assert dataset.facts.labels == ("0", "1", "2")


def test_channels_last_are_the_same_images() -> None:
    """However the axes were ordered, the digest is one."""
    first = np.stack([GREY, GREY + 1, GREY + 2], 1)
    turned = first.transpose(0, 2, 3, 1)
    digests = {from_arrays(images).load("train").digest for images in (first, turned)}
    assert len(digests) == 1


def test_the_digest_tells_shapes_and_types_apart() -> None:
    """The same bytes as other images are another set."""
    floats = GREY.reshape(6, 20).astype(np.float32)
    given = (GREY, GREY.reshape(6, 5, 4)[:, None], GREY.reshape(6, 20), floats)
    square = from_arrays(np.zeros((6, 4), np.uint8)), from_arrays(np.zeros((6, 2, 2, 1), np.uint8))
    digests = [from_arrays(images).load("train").digest for images in (given[0], *given[2:])]
    digests += [dataset.load("train").digest for dataset in square]
    assert len(set(digests)) == 5


def test_mean_and_deviation_are_one_a_channel() -> None:
    """Bytes count as fractions of 255; features share one pair."""
    channels = np.stack([GREY, np.full_like(GREY, 51)], 1)
    facts = from_arrays(channels).facts
    assert facts.mean == (pytest.approx(GREY.mean() / 255), 0.2)
    assert facts.std == (pytest.approx(GREY.std() / 255), 0.0)
    assert len(from_arrays(GREY.reshape(6, 20)).facts.mean) == 1


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=3, max_side=6),
        elements=st.floats(-(2.0**50), 2.0**50, width=32),
    )
)
def test_sums_of_floats_are_exact(pixels: np.ndarray) -> None:
    """Mean and deviation are those of rational numbers, rounded once or twice; in any order."""
    from fractions import Fraction

    (mean,), (std,) = mean_and_std(pixels)
    exact = [Fraction(float(value)) for value in pixels.ravel()]
    expected = sum(exact, Fraction()) / len(exact)
    assert mean == float(expected)
    variance = sum(((value - expected) ** 2 for value in exact), Fraction()) / len(exact)
    assert std == pytest.approx(float(variance) ** 0.5, rel=1e-15)
    assert mean_and_std(pixels[::-1].copy()) == ((mean,), (std,))


@pytest.mark.parametrize(
    ("images", "labels", "told"),
    [
        (GREY, LABELS[:5], r"not as many labels as images (given: '5 for 6')"),
        (GREY, LABELS - 1, "out of range (given: -1)"),
        (GREY, LABELS * 2, "no image of class 1, of 5"),
        (GREY, LABELS + 1, "no image of class 0, of 4"),
        (GREY, LABELS * 10**12, "out of range (given: 2000000000000)"),
        (GREY, LABELS * 0, "holds one class only (given: 0)"),
        (GREY, LABELS / 1, "labels are not one integer an image (given: 'float64 (6,)')"),
        (GREY, np.eye(6, dtype=int), "labels are not one integer an image (given: 'int64 (6, 6)')"),
        (GREY.astype(int), LABELS, "neither bytes nor floats (given: 'int64')"),
        (GREY[0, 0], LABELS, "images have neither the shape"),
        (GREY[:0], LABELS[:0], "holds no images"),
        (np.where(GREY == 50, nan, GREY), LABELS, "image 2 has a pixel that is not a finite"),
        (np.where(GREY == 119, inf, GREY), LABELS, "image 5 has a pixel that is not a finite"),
        (np.where(GREY == 0, 1e39, GREY), LABELS, "image 0 has a pixel that is not a finite"),
        ([[1], [1, 2]], LABELS, "images are no array"),
        (GREY.astype(object), LABELS, "neither bytes nor floats (given: 'object')"),
        (GREY.astype(complex), LABELS, "neither bytes nor floats"),
        (GREY, None, "labels are not one integer an image"),
    ],
)
def test_what_is_no_set_of_images_is_refused(images: Any, labels: Any, told: str) -> None:
    """One line says where, what was given and what to do."""
    line = refusal(lambda: from_arrays(images, labels))
    assert line.startswith("arrays (train): ")
    assert told in line


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a", "b"], "a label is out of the range 0 to 1 (given: 2)"),
        (list("abcd"), "has no image of class 3, of 4"),
        (["a", "b", ""], "not a list of words"),
        (["a", "b", "\x1b[2J"], "not a list of words"),
        ([1, 2, 3], "not a list of words"),
        ("abc", "not a list of words"),
    ],
)
def test_names_are_one_a_class(names: Any, told: str) -> None:
    """Neither more nor fewer, and words."""
    assert told in refusal(lambda: from_arrays(names=names))


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ((GREY[:, :3], LABELS), "images are uint8 (1, 3, 5), those of the train part uint8 (1, 4"),
        ((GREY / 255, LABELS), "images are float32 (1, 4, 5), those of the train part uint8"),
        ((GREY, LABELS + 1), "a label is out of the range 0 to 2 (given: 3)"),
        ((GREY, LABELS[1:]), "not as many labels"),
    ],
)
def test_both_parts_are_alike(test: Any, told: str) -> None:
    """Test images that no network trained on the others could be given are refused at once."""
    line = refusal(lambda: from_arrays(test=test))
    assert line.startswith("arrays (test): ")
    assert told in line


def test_the_test_part_is_normalised_as_the_train_part() -> None:
    """Mean and deviation are those of the images trained on; a class may lack in it."""
    dataset = from_arrays(test=(GREY[:2] + 100, [2, 2]), names=["a", "b", "c"])
    test = dataset.load("test")
    assert (test.mean, test.std, test.classes) == (dataset.facts.mean, dataset.facts.std, 3)
    assert dataset.facts.test
    assert dataset.facts.labels == ("a", "b", "c")
    with pytest.raises(SpecError, match="has no test part to measure on"):
        from_arrays().load("test")


def test_what_does_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is allocated."""
    monkeypatch.setattr(memory, "available", lambda: 100)
    told = refusal(lambda: from_arrays(GREY / 255))
    assert "needs 0.0 GiB of memory, of which 0.0 are free; give fewer or smaller images" in told


def test_free_memory_is_known() -> None:
    """It is more than nothing and less than a petabyte."""
    assert 1 << 20 < memory.available() < 1 << 50


# Files of NumPy's ---------------------------------------------------------------------------------

KEYS = [
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
]


def opened(folder: Path, **held: Any) -> Dataset:
    """Write a file and open it by a relative path."""
    np.savez_compressed(folder / "x.npz", **held)
    return Sources(folder=Path("/nowhere"), beside=folder).open("x.npz")


@pytest.mark.parametrize("keys", KEYS)
def test_a_file_has_two_doors(keys: tuple[str, ...], tmp_path: Path) -> None:
    """Under our names or Keras's; what is opened travels to another process."""
    held = dict(zip(keys, (GREY, LABELS[:, None], GREY[:3], LABELS[:3]), strict=True))
    dataset = opened(tmp_path, **held, names=["a", "b", "c"])
    assert (dataset.facts.name, dataset.facts.test) == ("x.npz", True)
    assert dataset.facts.labels == ("a", "b", "c")
    travelled = pickle.dumps(dataset)
    again = pickle.loads(travelled)
    assert again.load("train").digest == dataset.load("train").digest
    assert again.load("test").pixels.tolist() == GREY[:3].tolist()
    assert dataset.load("train").digest == from_arrays().load("train").digest


def test_images_do_not_travel(tmp_path: Path) -> None:
    """A process reads a file itself."""
    large = np.random.default_rng(0).integers(256, size=(6, 100, 100), dtype=np.uint8)
    assert len(pickle.dumps(opened(tmp_path, images=large, labels=LABELS))) < 2_000


def test_a_file_without_a_test_part_has_one_door(tmp_path: Path) -> None:
    """``images`` and ``labels`` alone are for training."""
    dataset = opened(tmp_path, images=GREY, labels=LABELS)
    assert not dataset.facts.test
    with pytest.raises(SpecError, match=r"^x\.npz: has no test part"):
        dataset.load("test")


def test_a_file_that_changed_is_noticed(tmp_path: Path) -> None:
    """Other images under the same name are not what the study was planned for."""
    dataset = pickle.loads(pickle.dumps(opened(tmp_path, images=GREY, labels=LABELS)))
    np.savez(tmp_path / "x.npz", images=GREY[:5], labels=LABELS[:5])
    assert "holds other images than when it was opened" in refusal(lambda: dataset.load("train"))


class _Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("raise SystemExit('it was unpickled')",)


def test_nothing_in_a_file_is_unpickled(tmp_path: Path) -> None:
    """An array of objects could run anything: one line refuses it."""
    bombs = np.array([_Bomb()] * 6, dtype=object)
    line = refusal(lambda: opened(tmp_path, images=GREY, labels=bombs))
    assert "x.npz: labels: holds Python objects as a pickle" in line


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ({"a": GREY}, "holds no train_images and train_labels (given: 'a')"),
        ({"images": GREY}, "holds no labels; store the two together"),
        (
            {"images": GREY, "labels": LABELS, "test_images": GREY},
            "holds no test_labels; store the two together",
        ),
    ],
)
def test_a_file_lacks_an_array(held: dict[str, Any], told: str, tmp_path: Path) -> None:
    """One line says which."""
    assert told in refusal(lambda: opened(tmp_path, **held))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """By its whole path."""
    sources = Sources(folder=tmp_path, beside=tmp_path)
    line = refusal(lambda: sources.open("no.npz"))
    assert line == f"{tmp_path}/no.npz: is not there; name a file that is"


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_file_is_refused_or_read_as_it_was(place: int, change: int) -> None:
    """No byte that flips makes other images, and none a traceback."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "x.npz")
        dataset = opened(Path(folder), images=GREY, labels=LABELS)
        content = bytearray(path.read_bytes())
        content[place % len(content)] ^= change
        path.write_bytes(content)
        try:
            again = Sources(folder=path, beside=Path(folder)).open("x.npz")
        except DataError:
            return
        assert again.load("train").digest == dataset.load("train").digest


def test_an_array_that_claims_to_be_larger_than_memory_is_refused(tmp_path: Path) -> None:
    """Its head alone is read."""
    import io
    from zipfile import ZipFile

    head = io.BytesIO()
    kind = {"descr": "|u1", "fortran_order": False, "shape": (10**15, 28, 28)}
    np.lib.format.write_array_header_1_0(head, kind)
    with ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("images.npy", head.getvalue())
        archive.writestr("labels.npy", head.getvalue())
    line = refusal(lambda: Sources(folder=tmp_path, beside=tmp_path).open("x.npz"))
    assert "x.npz: images: needs 730,156,898.5 GiB of memory" in line


# Functions ----------------------------------------------------------------------------------------


def named(monkeypatch: pytest.MonkeyPatch, function: object) -> Sources:
    """Let ``own.py:load`` be this function."""
    monkeypatch.setattr(own, "loaded", {"own.py:load": function}.__getitem__)
    return Sources(folder=Path("/nowhere"), beside=Path("/nowhere"))


def test_a_function_is_asked_for_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test part is asked for when its door is opened, and not before."""
    asked = []

    def load(part: str) -> tuple[Any, ...]:
        asked.append(part)
        return GREY, LABELS, ["a", "b", "c"]

    dataset = named(monkeypatch, load).open("own.py:load")
    assert (dataset.facts.test, dataset.facts.labels) == (True, ("a", "b", "c"))
    dataset.load("train")
    assert asked == ["train"]
    assert len(dataset.load("test").labels) == 6
    assert asked == ["train", "test"]


def test_a_function_without_parameters_has_no_test_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known before anything is trained."""
    dataset = named(monkeypatch, lambda: (GREY, LABELS)).open("own.py:load")
    assert not dataset.facts.test


def _raise(part: str) -> None:
    raise KeyError("a\nb")


def _exit(part: str) -> None:
    raise SystemExit


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (_raise, "own.py:load (train): raises KeyError: 'a\\nb'; mend the function"),
        (_exit, "own.py:load (train): raises SystemExit; mend the function"),
        (lambda part: None, "own.py:load (train): there is no such part"),
        (lambda part: 3, "returns neither images and labels, nor these and names (given: 'int')"),
        (lambda part: (GREY,), "(given: 'tuple of 1')"),
        (lambda part: (GREY, LABELS[:3]), "not as many labels as images"),
        (types, "own.py:load: is no function"),
    ],
)
def test_a_function_that_loads_nothing_is_refused(
    function: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it raises or returns is one line."""
    sources = named(monkeypatch, function)
    assert told in refusal(lambda: sources.open("own.py:load"))


def test_a_function_without_test_images_is_refused_when_it_measures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``None`` for the test part is one line."""
    load = named(monkeypatch, lambda part: (GREY, LABELS) if part == "train" else None)
    told = refusal(lambda: load.open("own.py:load").load("test"))
    assert told == "own.py:load (test): there is no such part; return images and labels"


def test_arrays_are_handed_over_by_name() -> None:
    """What Python hands over is found by the name in its facts, and travels."""
    dataset = from_arrays(test=(GREY, LABELS), name="mine")
    sources = Sources(folder=Path("/nowhere"), beside=Path("/nowhere"), given=dataset)
    assert sources.open("mine") is dataset
    again = pickle.loads(pickle.dumps(sources)).open("mine")
    assert again.load("test").digest == dataset.load("test").digest
