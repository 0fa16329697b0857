"""The studies and experiments that are shipped, by name: in any folder, as by their path."""

from pathlib import Path

import pytest

from fashion_bench.errors import SpecError
from fashion_bench.search import shipped
from fashion_bench.search.resolve import load_file
from tests.app.small_files import STUDY, write


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_name_is_of_one_file() -> None:
    """No study is called as an experiment is."""
    studies, experiments = shipped.shipped("study"), shipped.shipped("experiment")
    assert "smoke" in studies
    assert "cnn" in experiments
    assert shipped.shipped() == studies | experiments
    assert not studies.keys() & experiments.keys()


@pytest.mark.parametrize("name", shipped.shipped())
def test_by_name_a_file_asks_for_what_it_asks_by_its_path(name: str) -> None:
    """The plan and so the list of trials are the same; what names it is the name alone."""
    named, by_path = load_file(Path(name)), load_file(shipped.shipped()[name])
    assert (named.plan, named.text, named.spec) == (by_path.plan, by_path.text, by_path.spec)
    assert str(named.where) == name


def test_a_file_of_the_name_goes_before(tmp_path: Path) -> None:
    """A folder of the name does not: it is no file."""
    Path("smoke").mkdir()
    assert load_file(Path("smoke")).plan.name == "smoke"
    Path("smoke").rmdir()
    write(tmp_path).rename("smoke")
    assert load_file(Path("smoke")).plan.name == "s"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "smok",
            "smok: neither a file nor a name of one that is shipped; did you mean 'smoke'?",
        ),
        (
            "file",
            "file: neither a file nor a name of one that is shipped; did you mean 'file.toml'?",
        ),
        (
            "studies/smoke.toml",
            "studies/smoke.toml: no such file; check the path, or name the one that is shipped: "
            "smoke",
        ),
        ("folder", "folder: a folder; name one of the .toml files in it"),
        ("other/smoke", "other/smoke: no such file; check the path"),
    ],
)
def test_what_is_neither_is_told_with_what_is_near(tmp_path: Path, given: str, told: str) -> None:
    """A name like it, of a shipped one or of a file here; a path is no name."""
    write(tmp_path, STUDY)
    Path("folder").mkdir()
    with pytest.raises(SpecError) as error:
        load_file(Path(given))
    assert str(error.value) == told


def test_of_the_other_kind_the_command_for_it_is_told() -> None:
    """By its name, as it was given."""
    with pytest.raises(SpecError, match=r"run `fashion-bench experiment run cnn`$"):
        load_file(Path("cnn"), "study")
