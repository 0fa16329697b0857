"""The checks of a GPU, as far as they can be looked at without one."""

import json
import subprocess
import sys
from pathlib import Path

from tests.gpu.__main__ import ALONE, TOGETHER, find


def test_every_check_says_what_it_expects() -> None:
    """Each that is listed is there, with a sentence that stands beside what it found."""
    for name in (*TOGETHER, *ALONE):
        assert find(name).__doc__, name


def test_a_check_is_run_and_written_down(tmp_path: Path) -> None:
    """On a CPU, tiny: what it found is in the file, and nothing missed."""
    out = tmp_path / "gpu.json"
    command = [sys.executable, "-m", "tests.gpu", "--cpu", "--only", "precisions", "--out", out]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (result,) = json.loads(out.read_text()).values()
    assert result["ok"]
    assert result["expected"].startswith("Without tf32")
    assert result["found"]["product, float32"] < 1e-5
