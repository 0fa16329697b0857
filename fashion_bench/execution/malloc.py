"""The malloc of workers: tcmalloc where the system has it, which is faster (decision 60)."""

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

SWITCH = "FASHION_BENCH_MALLOC"  # "system" leaves it at that
LIBRARY = "libtcmalloc_minimal.so.4"  # of gperftools; it starts no thread, so it may be forked
_MALLOCS = ("malloc", "snmalloc", "hoard")  # in the names of those that a user may have chosen
_FOLDERS = (f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")


def better_malloc(
    environment: Mapping[str, str] = os.environ, folders: Iterable[Path | str] = _FOLDERS
) -> Path | None:
    """Return the library to preload; ``None`` where there is none, or it is not to be.

    It needs the system's C++ library. conda's Python brings one of its own, which torch then needs,
    and so nothing is preloaded there.
    """
    conda = Path(sys.base_prefix, "conda-meta").exists()
    leave = environment.get(SWITCH) == "system" or chosen_malloc(environment) is not None
    if leave or conda or sys.platform != "linux":
        return None
    return next((path for path in (Path(f, LIBRARY) for f in folders) if path.exists()), None)


def chosen_malloc(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the malloc that the user has preloaded already, ``None`` without one."""
    preloads = environment.get("LD_PRELOAD", "").replace(":", " ").split()
    return next((one for one in preloads if any(name in one for name in _MALLOCS)), None)


def preloaded(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what a process that workers are forked from has in its environment for it."""
    library = better_malloc(environment)
    if library is None:
        return {}
    return {"LD_PRELOAD": ":".join(filter(None, (str(library), environment.get("LD_PRELOAD"))))}
