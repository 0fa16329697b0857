"""Whether an array fits into memory, asked before it is loaded."""

import os
from pathlib import Path

from fashion_bench.errors import DataError

MEMINFO = Path("/proc/meminfo")
LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container
GIB = 2**30


def available() -> int:
    """Return the bytes of memory that this process may still come to hold."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        lines = MEMINFO.read_text().splitlines()
        free = next(1024 * int(line.split()[1]) for line in lines if "MemAvailable" in line)
        return min(free, int(LIMIT.read_text()))
    except (OSError, ValueError, StopIteration):  # no Linux, or no limit
        return free


def check_memory(needed: int, where: object) -> None:
    """Refuse what does not fit.

    Args:
        needed: bytes.
        where: what needs them.

    Raises:
        DataError: there is less.
    """
    if needed > (free := available()):
        raise DataError(
            where,
            f"needs {needed / GIB:,.1f} GiB of memory, of which {free / GIB:,.1f} are free",
            remedy="give fewer or smaller images, or free some memory",
        )
