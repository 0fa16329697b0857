"""`make`, with a stand-in for Python that notes what it is asked to install and to run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

VERBS = {
    "audit",
    "bench",
    "clean",
    "compare",
    "constraints",
    "dashboard",
    "data",
    "experiment",
    "help",
    "lint",
    "release",
    "report",
    "setup",
    "study",
    "test",
    "ui",
}

# Makes a .venv whose programs are itself and notes every other call. It fails to install while
# another is installing, or a file named `broken` is there.
STAND_IN = f"""#!/bin/sh
case "$*" in
  "-c "*) exec {sys.executable} "$@" ;;
  "-m venv .venv")
    mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/fashion-bench ;;
  *)
    echo "$(basename "$0") $*" >> calls.txt
    case "$*" in
      *"pip install"*) mkdir busy && sleep 0.1 && rmdir busy && [ ! -e broken ] ;;
    esac ;;
esac
"""

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the files `make` reads, beside a stand-in for Python."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    stand_in = tmp_path / "python"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    return tmp_path


@pytest.fixture
def make(clone: Path) -> Make:
    """Run `make` in the clone, outside the `make` that may be running these tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("M")}

    def run(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "PYTHON=./python", *args]
        return subprocess.run(
            command, cwd=clone, env=env | more, capture_output=True, text=True, check=False
        )

    return run


def calls(clone: Path) -> list[str]:
    """What has been asked of the stand-in since this was last called."""
    notes = clone / "calls.txt"
    lines = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return lines


def installs(clone: Path) -> list[str]:
    """How the package itself has been installed since `calls` was last called."""
    return [line.split(" -e ")[1] for line in calls(clone) if " -e " in line]


def test_plain_make_lists_every_verb_and_installs_nothing(make: Make, clone: Path) -> None:
    """Plain `make` prints one line for each verb, and does nothing else."""
    listed = make().stdout.splitlines()
    assert {line.split()[1] for line in listed} == VERBS
    assert make("help").stdout.splitlines() == listed
    assert not (clone / ".venv").exists()


def test_study_does_its_own_set_up(make: Make, clone: Path) -> None:
    """On a fresh clone `make study` installs what running needs, fetches the images and runs."""
    assert make("study", "STUDY=studies/x.toml", "ARGS=--workers 1").returncode == 0
    assert calls(clone)[1:] == [
        "python -m pip install -c constraints.txt --no-build-isolation -e .",
        "fashion-bench data fetch",
        "fashion-bench study run studies/x.toml --workers 1",
    ]


def test_test_does_its_own_set_up(make: Make, clone: Path) -> None:
    """On a fresh clone `make test` installs what developing needs, fetches the images and tests."""
    assert make("test", "PYTEST_ARGS=-x").returncode == 0
    assert calls(clone)[1:] == [
        "python -m pip install -c constraints.txt --no-build-isolation -e .[dev]",
        "fashion-bench data fetch",
        "python -m pytest -x",
    ]


def test_a_second_make_starts_at_once(make: Make, clone: Path) -> None:
    """What is installed is not installed again."""
    make("study")
    calls(clone)
    make("study")
    assert installs(clone) == []


def test_an_install_for_developers_serves_to_run(make: Make, clone: Path) -> None:
    """After `make setup` no other verb installs anything."""
    make("setup")
    assert installs(clone) == [".[dev]"]
    make("study", "ui", "compare", "test")
    assert installs(clone) == []


def test_new_constraints_are_installed_into_what_is_there(make: Make, clone: Path) -> None:
    """A change of versions installs again, and keeps the rest of `.venv`."""
    make("study")
    (clone / ".venv" / "kept").touch()
    calls(clone)
    later = (clone / ".venv" / ".installed-run").stat().st_mtime + 1
    os.utime(clone / "constraints.txt", (later, later))
    make("study")
    assert installs(clone) == ["."]
    assert (clone / ".venv" / "kept").exists()


def test_an_install_cut_short_is_begun_anew(make: Make, clone: Path) -> None:
    """After a failed install the next `make` throws away the half that is there."""
    (clone / "broken").touch()
    assert make("study").returncode != 0
    (clone / ".venv" / "half").touch()
    (clone / "broken").unlink()
    assert make("study").returncode == 0
    assert installs(clone) == ["."]
    assert not (clone / ".venv" / "half").exists()


def test_parallel_verbs_install_one_after_the_other(make: Make, clone: Path) -> None:
    """`make -j` runs verbs in the order given, so that two installs never meet."""
    assert make("-j4", "study", "test").returncode == 0
    assert installs(clone) == [".", ".[dev]"]


@pytest.mark.parametrize("others", [("study", "study"), ("setup", "study"), ("study", "setup")])
def test_two_makes_at_once_install_one_after_the_other(clone: Path, others: list[str]) -> None:
    """The second waits for the first, and installs only what is still lacking."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("M")}
    makes = [
        subprocess.Popen(
            ["make", "PYTHON=./python", verb], cwd=clone, env=env, stderr=subprocess.PIPE, text=True
        )
        for verb in others
    ]
    assert [(make.communicate()[1], make.returncode) for make in makes] == [("", 0)] * 2
    wanted = {".[dev]" if verb == "setup" else "." for verb in others}
    assert wanted - set(installs(clone)) <= {"."}  # which the other has, if it came first


def test_an_old_python_is_refused_in_one_line(make: Make, clone: Path) -> None:
    """A Python older than 3.11, or none at all, is told by one line that says what to do."""
    (clone / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 10, 13)")
    told, stopped = make("study", PYTHONPATH=str(clone)).stderr.splitlines()
    assert told == "./python: Python 3.11 or newer is needed; name one: make PYTHON=python3.13"
    assert stopped.startswith("make: ***")
    assert make("study", "PYTHON=none").stderr.startswith("none: Python 3.11 or newer is needed")


def test_a_python_without_ensurepip_is_refused_in_one_line(make: Make, clone: Path) -> None:
    """Debian's Python without its python3-venv is told by one line that names the package."""
    (clone / "ensurepip.py").write_text("raise ImportError")
    told, _ = make("study", PYTHONPATH=str(clone)).stderr.splitlines()
    assert told == "./python: venv is incomplete; on Debian and Ubuntu: apt install python3-venv"


def test_an_audit_that_cannot_look_a_version_up_fails(make: Make) -> None:
    """`make audit` passes only where every version was found among the known ones."""
    audit = make("--dry-run", "audit").stdout.splitlines()[-1]
    assert {"--strict", "constraints.txt"} <= set(audit.split())


def test_a_release_is_tried_by_itself(make: Make) -> None:
    """The wheel is of the source beside it; it is installed alone, and leads to an answer."""
    told = make("--dry-run", "release").stdout
    steps = (
        "--target sdist",
        "--target wheel",
        "twine check --strict dist/*",
        "dist/*.whl",
        "smoke",
    )
    assert sorted(steps, key=told.index) == [*steps]
    assert "pip install --quiet -c constraints.txt dist/*.whl" in told


def test_clean_keeps_runs_and_images(make: Make, clone: Path) -> None:
    """`make clean` removes what can be made again, and nothing that was trained or fetched."""
    for name in (
        ".venv",
        ".mypy_cache",
        "runs",
        "data",
        "fashion_bench/__pycache__",
        "experiments",
        "tests",
    ):
        (clone / name).mkdir(parents=True)
    assert make("clean").returncode == 0
    left = {path.name for path in clone.iterdir() if path.is_dir()}
    assert left == {"runs", "data", "experiments", "fashion_bench", "tests"}
    assert not list(clone.rglob("__pycache__"))
