"""``python -m fashion_bench.bench``, as ``make bench`` runs it."""

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path
from typing import Any

from fashion_bench.bench.contestants import CONTESTANTS


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    command = [sys.executable, "-m", "fashion_bench.bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def numbers(told: Any) -> list[float]:
    """Return every number in plain data."""
    if isinstance(told, dict):
        return [number for value in told.values() for number in numbers(value)]
    if isinstance(told, list):
        return [number for value in told for number in numbers(value)]
    return [told] if isinstance(told, int | float) else []


def test_a_quick_bench_measures_every_row(tmp_path: Path) -> None:
    """All contestants are in the terminal's table and on the page; every figure is finite."""
    done = bench("--quick", "--source", "synthetic", "--out", str(tmp_path / "bench"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "bench" / "README.md").read_text()
    told = json.loads((tmp_path / "bench" / "bench.json").read_text())
    names = [contestant.name for contestant in CONTESTANTS]
    assert [row["name"] for row in told["rows"]] == names
    assert all(f"| {name} | " in page for name in names)
    assert all(f" {name} " in done.stdout for name in names)
    assert all(row["seconds_per_trial"]["median"] > 0 for row in told["rows"])
    assert all(isfinite(number) for number in numbers(told))
    assert set(told["machine"]) == {"device", "torch", "python", "commit", "on"}


def test_missing_images_are_one_line(tmp_path: Path) -> None:
    """Without its images the bench says where it looked, and ends with 2."""
    done = bench("--quick", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {tmp_path}")
