"""Tests of ``app/provenance.py``."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fashion_bench.app.provenance import (
    COMMIT,
    arithmetic,
    git_commit,
    other_arithmetic,
    other_packages,
    provenance,
)


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


def test_where_there_is_no_git_a_variable_tells_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image has no repository: what it was built of is an argument of its build."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(COMMIT, "0123abc")
    assert git_commit() == "0123abc"
    monkeypatch.setenv(COMMIT, "")
    assert git_commit() == "unknown"
    dockerfile = Path(__file__).parents[2] / "docker" / "Dockerfile"
    assert f"ARG COMMIT\nENV {COMMIT}=$COMMIT\n" in dockerfile.read_text("utf-8")


def test_who_does_not_own_the_tree_is_told_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git finds the ownership dubious for every other user; nothing of the tree's is run by it."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own, for its own tests
    tree = tmp_path / "tree"
    (tree / "fashion_bench" / "app").mkdir(parents=True)
    (tree / "fashion_bench" / "kept").touch()
    trusted = ["git", "-c", "safe.directory=*", "-C", str(tree)]
    own = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], [*own, "commit", "-qm", "One"]):
        subprocess.run([*trusted, *command], check=True)
    ran = tmp_path / "ran"
    subprocess.run([*trusted, "config", "core.fsmonitor", f"touch {ran}"], check=True)
    refused = subprocess.run(["git", "-C", str(tree), "status"], capture_output=True, text=True)
    assert "dubious ownership" in refused.stderr
    monkeypatch.setattr(
        "fashion_bench.app.provenance.__file__", str(tree / "fashion_bench" / "app" / "x.py")
    )
    head = subprocess.run([*trusted, "rev-parse", "HEAD"], capture_output=True, text=True)
    assert git_commit() == head.stdout.strip()
    assert not ran.exists()


def test_a_git_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the tree lies on a disk that is away: a word says so, and the variable counts."""
    (tmp_path / "git").write_text("#!/bin/sh\nexec /bin/sleep 1000\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(COMMIT, "0123abc")
    monkeypatch.setattr("fashion_bench.app.provenance.GIT_SECONDS", 0.1)
    told: list[str] = []
    assert provenance("0123456789abcdef", None, say=told.append)["git_commit"] == "0123abc"
    assert told == ["git did not answer within 0.1 seconds, and is not waited for"]


# How the machine rounds --------------------------------------------------------------------------


def fingerprint(**settings: str) -> dict[str, str]:
    """What a new process finds, under these settings of its libraries."""
    script = "from fashion_bench.app.provenance import arithmetic; print(arithmetic())"
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: dict[str, str] = eval(told)  # a dict that we printed
    return found


def test_another_arithmetic_is_told_and_the_same_is_not() -> None:
    """Whatever this CPU has: what rounds otherwise has another fingerprint, and only that."""
    here = fingerprint()
    assert here == fingerprint(OMP_NUM_THREADS="2") == arithmetic()  # a trial takes one thread
    plain = fingerprint(ATEN_CPU_CAPABILITY="default", MKL_CBWR="COMPATIBLE")
    told = list(other_arithmetic(here, plain))
    assert bool(told) == (here["arithmetic"] != plain["arithmetic"])
    assert list(other_arithmetic(plain, plain)) == []
    moved = {**here, "cpu_capability": "another, and yet the same sums"}
    assert list(other_arithmetic(here, moved)) == []


def test_a_study_of_an_earlier_version_tells_of_no_arithmetic() -> None:
    """It was not asked for then, so nothing is known to differ."""
    now = {"arithmetic": "0" * 16, "cpu_capability": "AVX2"}
    assert list(other_arithmetic({"torch": "2.0"}, now)) == []
    assert list(other_packages({})) == []


@pytest.mark.parametrize("package", ["torch", "optuna", "numpy"])
def test_another_package_that_decides_a_list_is_told(package: str) -> None:
    """One of MLflow's decides none."""
    begun = provenance("0" * 16, None)
    assert list(other_packages(begun | {"mlflow": "1.0"})) == []
    (told,) = other_packages(begun | {package: "1.0"})
    now = f"{package} {version(package)}"
    assert told == f"was begun with {package} 1.0: with {now} its list may differ"
