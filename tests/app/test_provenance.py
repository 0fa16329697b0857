"""Tests of ``app/provenance.py``."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from fashion_bench.app.provenance import provenance


def test_a_result_names_what_it_rests_on() -> None:
    """Code, versions, device and data are recorded."""
    tags = provenance("0123456789abcdef", None)
    for package in ("fashion-bench", "torch", "optuna", "mlflow", "numpy"):
        assert tags[package] == version(package)
    assert tags["data_digest"] == "0123456789abcdef"
    assert tags["device"].startswith("cpu (")
    head = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(head, capture_output=True, text=True).stdout.strip()
    assert tags["git_commit"].removesuffix("-dirty") == (commit or "unknown")


def test_without_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package far from any repository runs as well."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance("0123456789abcdef", None)["git_commit"] == "unknown"
