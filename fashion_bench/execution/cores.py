"""The default number of workers: CPU affinity and a container's quota (cgroup)."""

import os
from math import inf
from pathlib import Path

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2, as a container sees its own


def default_workers(quota_file: Path = _CGROUP_QUOTA) -> int:
    """Return the CPU cores this process may use, at least one: affinity and container quota."""
    return max(1, int(min(_cores(), _quota(quota_file))))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(file: Path) -> float:
    """Return the cores' worth of time granted: "150000 100000" is 1.5, "max 100000" no limit."""
    try:
        quota, period = file.read_text().split()
        return inf if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return inf
