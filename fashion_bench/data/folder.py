"""Bring Fashion-MNIST to this machine, once, from wherever it can be had."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from fashion_bench.data.fashion_mnist import FILES, Bad, read, verify
from fashion_bench.data.origins import ORIGINS, Origin
from fashion_bench.errors import DataError, FashionBenchError, MachineError, unwritable


def data_folder(given: Path | str | None = None) -> Path:
    """Return the folder given, or that of ``FASHION_BENCH_DATA``, or one in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = given or os.environ.get("FASHION_BENCH_DATA") or f"{cache}/fashion_bench/data"
    return Path(folder).expanduser().absolute()


def fetch(
    folder: Path, say: Callable[[str], None], origins: Mapping[str, Origin] = ORIGINS
) -> Path:
    """Fill the folder with what it lacks of the four files, trying each origin in turn.

    A file appears whole and verified or not at all, also when several processes fetch at once.
    Files already there are verified, never overwritten.

    Args:
        folder: made if need be; returned.
        say: told in a line where the files came from; and of what lies beside them and is not
            the published file.
        origins: where to look, by name, in order.

    Raises:
        DataError: the folder is none, or holds a file that is not the published one.
        MachineError: no origin has the files, or the folder cannot be written.
    """
    if not missing(folder, lambda bad: say(f"{bad.where} {bad.problem}; what is beside it serves")):
        return folder
    with filling(folder):
        if lacking := missing(folder):
            _fill(folder, lacking, say, origins)
    return folder


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Make a folder that one process at a time fills, until the context is left.

    Raises:
        DataError: it is no folder.
        MachineError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            yield
    except (FileExistsError, NotADirectoryError) as error:
        raise DataError(folder, "is not a folder", remedy="name one with --data") from error
    except OSError as error:
        place = error.filename or folder
        raise unwritable(place, error, "name another folder with --data") from error


def missing(folder: Path, bad: Bad = lambda _: None) -> list[str]:
    """Return which of the four files are not in a folder; arguments as of ``read``.

    Raises:
        DataError: one is there, but is not the published one.
    """
    return [name for name in FILES if read(folder, name, bad) is None]


def _fill(
    folder: Path, lacking: list[str], say: Callable[[str], None], origins: Mapping[str, Origin]
) -> None:
    refusals = []
    for origin, bring in origins.items():
        try:
            contents = bring(lacking)
            for name in lacking:
                verify(contents[name], name, where=name)
        except FashionBenchError as error:
            refusals.append(f"{origin}: {error.where} {error.problem}")
            continue
        for name in lacking:
            write(folder / name, contents[name])
        say(f"{folder}: Fashion-MNIST, verified, from {origin}")
        return
    raise MachineError(
        folder,
        f"Fashion-MNIST is not here and could not be fetched ({'; '.join(refusals)})",
        remedy="connect to the internet, or name a folder that holds it with --data",
    )


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; the caller holds the lock."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
