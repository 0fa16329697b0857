"""Where images come from: a data set is what is known of it, and a door to each of its two parts.

Whatever searches goes through the door of the train part alone. That of the test part is opened
by the measuring step, whoever wrote the loader behind it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fashion_bench.config import DataFacts
from fashion_bench.data import sets
from fashion_bench.errors import DataError, SpecError, nearest, shown

if TYPE_CHECKING:  # planning reads facts, and waits for no torch
    from fashion_bench.data.images import Images

Part = Literal["train", "test"]
GIVEN = "given#"  # begins the name of a data set that was handed over from Python


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set.

    Attributes:
        facts: what is known of it.
        load: returns the images of a part; raises a DataError where they are not there, or not
            what the facts say, and a SpecError where there is no such part.
    """

    facts: DataFacts
    load: Callable[[Part], "Images"]

    @staticmethod
    def from_arrays(
        train: tuple[Any, Any],
        test: tuple[Any, Any] | None = None,
        names: Sequence[str] | None = None,
        name: str = "arrays",
    ) -> "Dataset":
        """Make a data set of arrays or tensors.

        Args:
            train: images and labels. Images are uint8 or floats: grey ``[N, H, W]``, of C channels
                ``[N, C, H, W]``, features ``[N, F]``. ``[N, H, W, 1]`` and ``[N, H, W, 3]`` are
                turned, unless the second axis is 1 or 3 too. Labels are integers ``[N]``, 0 to
                K - 1, each of which occurs.
            test: the same of the images to measure on; ``None`` where there are none.
            names: of the classes, K of them; by default their numbers.
            name: of the set.

        Raises:
            DataError: they are not like that; says in which way.
        """
        from fashion_bench.data.arrays import Held, open_arrays

        for part, pair in (("train", train), ("test", test if test is not None else ("", ""))):
            if not (isinstance(pair, tuple | list) and len(pair) == 2):
                where, given = f"{name} ({part})", type(pair).__name__
                remedy = "give (images, labels)"
                raise DataError(
                    where, "is no pair of images and labels", given=given, remedy=remedy
                )
        held = Held((*train, names), None if test is None else (*test, names))
        return open_arrays(name, name, held, test=test is not None)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the sources of this machine are looked for.

    Attributes:
        folder: of downloaded images.
        beside: the folder that relative paths start from.
        given: a data set handed over from Python, known by the name in its facts.
    """

    folder: Path
    beside: Path
    given: Dataset | None = None

    def open(self, source: str) -> Dataset:
        """Return a data set; what is known of a shipped one is known at once.

        Args:
            source: a shipped set's name, ``x.npz``, ``folder/`` with a folder for each class, or a
                function that loads it: ``my_data.py:load`` or ``package.module:load``. That is
                called with "train" or "test" and returns images and labels, as of
                ``Dataset.from_arrays``, or these and the names of the classes; ``None`` where
                there is no such part. A function without parameters has no test part.

        Raises:
            DataError: a file or folder is not there, cut, or holds no such images.
            SpecError: this names nothing.
        """
        if self.given is not None and source == self.given.facts.name:
            return self.given
        if source in sets.names():
            return Dataset(sets.facts(source), partial(_load_shipped, source, self.folder))
        if source.startswith(GIVEN):
            raise DataError(
                source.partition("#")[0],
                "is a data set of a script, and is not here",
                remedy="go on from that script, or hand it the same images",
            )
        path = self.beside / source  # what reads each kind is imported where it is needed
        if ":" in source:
            from fashion_bench.data.own import open_function

            return open_function(source)
        if source.endswith(".npz"):
            from fashion_bench.data.npz import open_npz

            return open_npz(source, path)
        if source.endswith("/") or path.is_dir():
            from fashion_bench.data.class_folder import open_folder

            return open_folder(source, path)
        raise SpecError(
            "source",
            "is no data set, no .npz, no folder/ and no file.py:function",
            given=shown(source),
            remedy=nearest(source, sets.names()),
        )

    def seen(self, source: str, part: Part) -> tuple[Any, Any, str]:
        """Return the pixels and labels of a part, as arrays, and their digest; as ``open`` raises.

        Of Fashion-MNIST that takes no torch, whose import takes longer than all else.
        """
        if source in sets.names() and (arrays := getattr(sets.module(source), "arrays", None)):
            found: tuple[Any, Any, str] = arrays(part, self.folder)
            return found
        images = self.open(source).load(part)
        return images.pixels.numpy(), images.labels.numpy(), images.digest

    def fetch(self, source: str, say: Callable[[str], None]) -> None:
        """Bring a shipped set's images to this machine, unless they are there or need none.

        Args:
            source: as of ``open``; of one's own there is nothing to bring.
            say: told in a line where they came from.

        Raises:
            DataError: a file that is there is not the published one.
            MachineError: they cannot be had, or not be written.
        """
        if source in sets.names():
            bring = getattr(sets.module(source), "fetch", None)
            if bring is not None:
                bring(self.folder, say)


def require_test(facts: DataFacts) -> None:
    """Refuse to measure on a data set that has nothing to measure on.

    Raises:
        SpecError: it has no test part.
    """
    if not facts.test:
        raise SpecError(
            facts.name,
            "has no test part to measure on",
            remedy="add one, or run this as a study, which measures nothing",
        )


def _load_shipped(name: str, folder: Path, part: Part) -> "Images":
    images: Images = sets.module(name).load(part, folder)
    return images
