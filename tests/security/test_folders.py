"""A folder of runs may be called as its owner likes; nothing is written beside it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fashion_bench.cli import cli
from fashion_bench.errors import FashionBenchError
from tests.app.small_files import EXPERIMENT, write
from tests.saying import Say
from tests.saying import say as say

# What a URI, a template or a shell would take for more than letters.
ODD = "a #b=c%d%s 100% &g;h'$(i)`ü"


@pytest.mark.usefixtures("few_points")
def test_an_odd_name_is_only_a_name(tmp_path: Path, say: Say) -> None:
    """An experiment is run, reported and removed in it, and nowhere else."""
    file = write(tmp_path, EXPERIMENT)
    runs = tmp_path / ODD / "runs"
    runs.mkdir(parents=True)
    for words in (
        ("experiment", "run", file, "--device", "cpu", "--workers", "1"),
        ("report", "e"),
        ("study", "rm", "e", "--yes"),
    ):
        said = say(*words, "--runs", runs)
        assert said.code == 0, said.told
        assert "behind" not in said.told
        assert words[0] != "report" or "MLflow has it" in said.told
        assert {path.name for path in tmp_path.iterdir()} == {ODD, file.name}
        assert [path.name for path in runs.parent.iterdir()] == ["runs"]
    assert not [*runs.glob("trials/e"), *runs.glob("artifacts/e")]


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a%2e%2e", "?"])
@pytest.mark.parametrize("command", ["experiment", "ui"])
def test_a_name_that_a_database_would_misread_is_refused(
    name: str, command: str, tmp_path: Path
) -> None:
    """One line says so, and no database is made, there or in a folder of another name."""
    folder = tmp_path / name
    folder.mkdir()
    words = [command] if command == "ui" else [command, "run", str(write(tmp_path, EXPERIMENT))]
    result = CliRunner().invoke(cli, [*words, "--runs", str(folder)])
    assert isinstance(result.exception, FashionBenchError), result
    assert "--runs" in str(result.exception)
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".db"]
    assert {path.name for path in tmp_path.iterdir()} <= {name, "file.toml"}
