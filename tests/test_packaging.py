"""What is installed, and what is shipped."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

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


def test_the_wheel_ships_the_package_and_its_types(tmp_path: Path) -> None:
    """The wheel holds every module and template, py.typed and the licence, but no test or study."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", tmp_path], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    ours = [path for name in ("*.py", "*.j2") for path in (ROOT / "fashion_bench").rglob(name)]
    modules = {str(path.relative_to(ROOT)) for path in ours}
    assert modules | {"fashion_bench/py.typed"} <= shipped
    assert any(name.endswith("/LICENSE") for name in shipped)
    assert {name.split("/")[0].split("-")[0] for name in shipped} == {"fashion_bench"}


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
