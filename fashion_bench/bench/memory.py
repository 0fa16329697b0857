"""How much memory a program takes, with everything it starts."""

import subprocess
import time
from pathlib import Path

__all__ = ["peak_pss_mib"]

PAUSE_SECONDS = 0.2  # between two looks; each takes half as long as that


def peak_pss_mib(process: "subprocess.Popen[bytes]") -> float | None:
    """Watch a process until it ends; return the most memory it and its descendants held, in MiB.

    Of memory that several processes share, each counts its part (proportional set size, PSS).
    ``None`` where the system does not say, which is anywhere but on Linux.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_pss_kib, _tree(process.pid))))
        time.sleep(PAUSE_SECONDS)
    return peak / 1_024 or None


def _tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for parent in found:  # grows meanwhile
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    """Return the processes that any thread of this one started; none of one that has ended."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        texts = [(thread / "children").read_text() for thread in threads]
    except OSError:
        return []
    return [int(child) for text in texts for child in text.split()]


def _pss_kib(pid: int) -> int:
    """Return a process's memory now; 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
