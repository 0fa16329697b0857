"""How many workers there is room for."""

import os
from pathlib import Path

import pytest

from fashion_bench.execution.cores import default_workers


@pytest.mark.parametrize(
    ("quota", "workers"),
    [("max 100000", 4), ("150000 100000", 1), ("300000 100000", 3), ("10000 100000", 1), ("?", 4)],
)
def test_a_quota_of_the_container_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, workers: int
) -> None:
    """The container's share of time limits the workers, to whole cores and at least one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert default_workers(tmp_path / "cpu.max") == workers


def test_cores_taken_away_do_not_count(tmp_path: Path) -> None:
    """A process pinned to one core has room for one worker."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    try:
        assert default_workers(tmp_path / "absent") == 1
    finally:
        os.sched_setaffinity(0, mine)
