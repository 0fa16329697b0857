"""Memory of a program and of all it starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from fashion_bench.bench.memory import peak_pss_mib

HUNGRY = Path(__file__).with_name("hungry.py")


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells it")
def test_children_and_their_children_count() -> None:
    """Three interpreters that hold 100 MiB each hold 300 together, and little besides."""
    with subprocess.Popen([sys.executable, HUNGRY, "100", "2"]) as process:
        peak = peak_pss_mib(process)
    assert process.returncode == 0
    assert peak is not None
    assert 300 < peak < 400


def test_where_the_system_does_not_say_there_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """``None``, when the program has ended."""

    def missing(*_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr(Path, "iterdir", missing)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert peak_pss_mib(process) is None
    assert process.returncode == 0
