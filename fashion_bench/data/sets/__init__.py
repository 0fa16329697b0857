"""The data sets shipped with this package, each one file: what is known of it, and its loader.

Such a file holds ``FACTS`` and ``load(part, folder)``, where its images are fetched from elsewhere
``fetch(folder, say)``, and where they can be had without torch ``arrays(part, folder)``. What takes
long to import is imported inside these: planning a study reads the facts alone.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from fashion_bench.config import DataFacts
from fashion_bench.errors import SpecError, nearest


@cache
def names() -> tuple[str, ...]:
    """Return the names of the shipped data sets: those of the files of this folder."""
    return tuple(sorted(found.name for found in iter_modules(__path__)))


def facts(name: str) -> DataFacts:
    """Return what is known of a shipped data set.

    Raises:
        SpecError: none is called so.
    """
    found: DataFacts = module(name).FACTS
    return found


def module(name: str) -> ModuleType:
    """Return the file of a shipped data set; as ``facts``."""
    if name not in names():
        raise SpecError("source", "no such data set", given=name, remedy=nearest(name, names()))
    return import_module(f"{__name__}.{name}")
