"""A data set that a function of the user's loads."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

from fashion_bench.code import loaded, unpinned
from fashion_bench.data.arrays import Raw, open_arrays
from fashion_bench.data.sources import Dataset, Part
from fashion_bench.errors import RAISED, DataError, said


def open_function(source: str) -> Dataset:
    """Return the data set that a function loads; see ``Sources.open``.

    Raises:
        FashionBenchError: there is no such function.
        DataError: it raises something, or returns no images with labels.
    """
    load = Loader(source)
    return open_arrays(source, load.told, load, test=load.has_parameters)


@dataclass(frozen=True, slots=True)
class Loader:
    """The ``Read`` of a function, which is looked up anew in every process."""

    source: str

    @property
    def told(self) -> str:
        """What errors call it: as a file does."""
        return unpinned(self.source)

    @property
    def has_parameters(self) -> bool:
        """Whether it can be asked for a part: one that cannot has training images alone."""
        try:
            return bool(signature(self._function).parameters)
        except ValueError:  # of a few that are written in C
            return True

    @property
    def _function(self) -> Callable[..., Any]:
        function: Callable[..., Any] = loaded(self.source)
        if not callable(function):
            remedy = "name a function that returns images and labels"
            raise DataError(self.told, "is no function", remedy=remedy)
        return function

    def __call__(self, part: Part) -> Raw | None:
        """Return what it returns."""
        function, has_parameters = self._function, self.has_parameters
        if part == "test" and not has_parameters:
            return None
        try:
            returned = function(part) if has_parameters else function()
        except MemoryError:
            raise
        except RAISED as error:
            where, problem = f"{self.told} ({part})", f"raises {said(error)}"
            raise DataError(where, problem, remedy="mend the function") from error
        return None if returned is None else self._parts_of(returned, part)

    def _parts_of(self, returned: object, part: Part) -> Raw:
        parts = returned if isinstance(returned, tuple | list) else ()
        if len(parts) not in (2, 3):
            many = f" of {len(parts)}" if parts else ""
            raise DataError(
                f"{self.told} ({part})",
                "returns neither images and labels, nor these and names",
                given=f"{type(returned).__name__}{many}",
                remedy="return a tuple of two or three",
            )
        return parts[0], parts[1], parts[2] if len(parts) == 3 else None
