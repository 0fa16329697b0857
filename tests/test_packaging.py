"""What is installed, and what is shipped."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fashion_bench.search.shipped import files
from tests.shared import made_once

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
HEAVY = {
    "matplotlib",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "pydantic",
    "ray",
    "scipy",
    "sklearn",
    "torch",
    "torchvision",
}


def pinned(machine: str) -> dict[str, Version]:
    """The version of each distribution that constraints.txt asks for on a machine."""
    here = {"platform_machine": machine}
    pins = [Requirement(line) for line in PINS]
    chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(here)]
    assert len({canonicalize_name(pin.name) for pin in chosen}) == len(chosen)
    return {
        canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version) for pin in chosen
    }


def test_constraints_are_versions_only() -> None:
    """A line of constraints.txt is a name and one public version: no address, path or hash."""
    pin = re.compile(r'[A-Za-z0-9._-]+==[0-9][0-9a-z.]*(; platform_machine [!=]= "\w+")?')
    assert [line for line in PINS if not pin.fullmatch(line)] == []


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "arm64"])
def test_constraints_cover_the_dependencies(machine: str) -> None:
    """Each dependency in pyproject.toml has a pinned version, one that it allows."""
    groups = PROJECT["project"]["optional-dependencies"].values()
    asked = sum(
        groups, start=PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    )
    pins = pinned(machine)
    for requirement in map(Requirement, asked):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is here."""

    def build(folder: Path) -> Path:
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        subprocess.run([*build, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
        (built,) = folder.glob("*.whl")
        return built

    return made_once(tmp_path_factory, "wheel", build)


def test_the_wheel_ships_the_package_and_its_questions(wheel: Path) -> None:
    """It holds every module, template and shipped file, py.typed and the licence; but no test."""
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = [path for name in ("*.py", "*.j2") for path in (ROOT / "fashion_bench").rglob(name)]
    modules = {str(path.relative_to(ROOT)) for path in ours}
    assert modules | {"fashion_bench/py.typed"} <= held
    assert {f"fashion_bench/shipped/{path}" for path in files()} == {
        name for name in held if name.startswith("fashion_bench/shipped/")
    }
    assert any(name.endswith("/LICENSE") for name in held)
    assert {name.split("/")[0].split("-")[0] for name in held} == {"fashion_bench"}


def test_from_a_wheel_an_answer_is_reached_by_what_it_prints(wheel: Path, tmp_path: Path) -> None:
    """In a bare folder: each command that leads on was told by the one before it."""
    installed = tmp_path / "venv"
    venv.create(installed, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", installed, "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, wheel], check=True, capture_output=True)
    (packages,) = installed.glob("lib/python*/site-packages")
    # Beside it lies what the tests run with; its links to a checkout are not followed from here.
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (bare := tmp_path / "bare").mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(command: str) -> str:
        program, *words = command.split()
        done = subprocess.run(
            [installed / "bin" / program, *words], cwd=bare, env=environment, text=True,
            capture_output=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    first = run("fashion-bench")
    asked = re.findall(r"fashion-bench [^`]+?(?=`|   )", first)
    assert asked[0] == "fashion-bench study run smoke"
    assert "fashion-bench ui\n" in run(asked[0])
    assert asked[1] in run("fashion-bench")
    assert "dropout" in run(asked[1]).split("\n\n")[0]
    assert [path.name for path in bare.iterdir()] == ["runs"]


def test_the_changelog_fits_the_version() -> None:
    """CHANGELOG.md opens with what is unreleased; no release in it is newer than the package."""
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    releases = [re.fullmatch(r"\[(.+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    versions = [Version(release[1]) for release in releases if release]
    assert len(versions) == len(releases)
    assert versions == sorted(versions, reverse=True)
    assert all(version <= Version(PROJECT["project"]["version"]) for version in versions)


def test_the_command_line_starts_light() -> None:
    """Importing the command line imports no heavy library, so `--help` answers at once."""
    probe = "import sys, fashion_bench.cli; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert HEAVY.isdisjoint(done.stdout.split())
