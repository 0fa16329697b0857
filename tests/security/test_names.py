"""Names become names of files: none leads out of the folder of runs, or is more than a name."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fashion_bench.cli import cli
from fashion_bench.errors import SpecError, StudyError
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.spec import parse
from fashion_bench.training.files import TrialFiles, write_whole
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.finished import start

UNSAFE = (
    "",
    ".",
    "..",
    "../x",
    "../../x",
    "/a",
    "a/b",
    "a\\b",
    "con.",
    "a.b",
    "-a",
    "_a",
    ".a",
    "a b",
    "a\n",
    "a\0",
    "\x1b[31m",
    "\u0430",  # a Cyrillic a
    "\uff41",  # a wide one
    "é",
    "a" * 65,
    "$(touch x)",
    "%2e%2e",
    "~",
)
LONGEST = "a" * 64

unsafe = pytest.mark.parametrize("name", UNSAFE)


def _seen(folder: Path) -> dict[Path, bytes | None]:
    """Everything in a folder, but for what a look into a database leaves beside it."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.suffix not in {".db-shm", ".db-wal", ".lock"}
    }


def _invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


# In files ----------------------------------------------------------------------------------------


@unsafe
def test_a_study_cannot_have_such_a_name(name: str) -> None:
    """It is refused, and so is an arm that is called so."""
    spec = {"name": "s", "question": "?", "seed": 1, "model": "mlp", "epochs": 1}
    arms = {"a": {"lr": 0.1}}
    parse(spec | {"arms": arms}, "file")
    with pytest.raises(SpecError, match="at most 64"):
        parse(spec | {"arms": arms, "name": name}, "file")
    with pytest.raises(SpecError, match="at most 64"):
        parse(spec | {"arms": {name: {"lr": 0.1}}}, "file")


@pytest.mark.parametrize("text", [STUDY, EXPERIMENT], ids=["study", "experiment"])
@pytest.mark.parametrize("change", ["name", "arm", "source", "schedule"])
def test_a_file_leads_nowhere(text: str, change: str, tmp_path: Path) -> None:
    """What is more than a name is refused, and nothing is written, here or there."""
    changes = {
        "name": (next(line for line in text.splitlines() if "name" in line), 'name = "../out"'),
        "arm": ("[arms.none]", '[arms."../../out"]'),
        "source": ('source = "synthetic"', 'source = "../../out"'),
        "schedule": ("[arms.none]\n", '[arms.none]\nschedule = "os:system"\n'),
    }
    kind = "experiment" if text is EXPERIMENT else "study"
    (tmp_path / "inner").mkdir()
    file = write(tmp_path / "inner", text, changes[change])
    before = _seen(tmp_path)
    result = _invoke(kind, "run", file, "--runs", tmp_path / "inner" / "runs")
    assert isinstance(result.exception, SpecError)
    assert _seen(tmp_path) == before


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x9b"])
def test_a_question_commands_no_terminal(character: str) -> None:
    """Control characters, which a terminal obeys, are refused; lines and tabs are not."""
    spec = {"name": "s", "seed": 1, "model": "mlp", "epochs": 1, "arms": {"a": {"lr": 0.1}}}
    parse(spec | {"question": "one\ntwo\t?"}, "file")
    told = r"it holds a control .* at character 2\): leave it out"
    with pytest.raises(SpecError, match=told) as refusal:
        parse(spec | {"question": f"a{character}b"}, "file")
    assert character not in str(refusal.value)


def test_the_longest_names_fit(tmp_path: Path) -> None:
    """Files of the longest names that are allowed can be written."""
    trial_id, files = f"{LONGEST}.{LONGEST}-99999", TrialFiles(tmp_path)
    for path in (files.state(trial_id, 10_000), files.predictions(trial_id, "rotated")):
        write_whole(path, b"")


# On the command line -----------------------------------------------------------------------------

COMMANDS: Sequence[tuple[str, ...]] = (
    ("study", "show"),
    ("study", "rm", "--yes"),
    ("study", "export", "--force"),
    ("study", "promote"),
    ("compare",),
    ("report",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_touches_nothing_of_such_a_name(command: tuple[str, ...], runs: Path) -> None:
    """It knows no such study, and neither makes nor removes a file anywhere."""
    victim = runs.parent / "x"
    (victim / "checkpoints").mkdir(parents=True)
    (runs / "trials" / "con.").mkdir()
    before = _seen(runs.parent)
    for name in (*UNSAFE, "../../x", str(victim), "s/../../../x", "s\n", "S", "s.none"):
        if "\0" not in name:  # no command line can hold it
            result = _invoke(*command, "--runs", runs, "--", name)
            assert isinstance(result.exception, StudyError), (name, result)
    assert _seen(runs.parent) == before


def test_rm_really_leaves_the_rest_alone(runs: Path) -> None:
    """The real command, given a path, removes nothing and says so in one line."""
    victim = runs.parent / "x"
    victim.mkdir()
    (victim / "kept").touch()
    before = _seen(runs.parent)
    run = start("study", "rm", "../../x", "--yes", "--runs", runs)
    _, told = run.communicate(timeout=120)
    assert run.returncode == 2
    assert len(told.splitlines()) == 1
    assert _seen(runs.parent) == before


# In a ledger of somebody else's ------------------------------------------------------------------


def _rename(runs: Path, table: str, column: str, old: str, new: str) -> None:
    with closing(sqlite3.connect(runs / "ledger.db")) as connection, connection:
        done = connection.execute(
            f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new)
        )
        assert done.rowcount


@pytest.mark.parametrize(
    "command", [("study", "rm", "--yes"), ("report",), ("study", "export", "--force")]
)
@pytest.mark.parametrize("name", ["../../x", "..", "absolute"])
def test_a_study_that_a_ledger_calls_so(name: str, command: tuple[str, ...], runs: Path) -> None:
    """It is refused, for what would be written or removed is elsewhere."""
    victim = runs.parent / "x"
    victim.mkdir()
    name = str(victim) if name == "absolute" else name
    _rename(runs, "studies", "study_name", "s.", f"{name}.")
    _rename(runs, "study_user_attributes", "value_json", '"study": "s"', f'"study": "{name}"')
    before = _seen(runs.parent)
    result = _invoke(*command, "--runs", runs, "--", name)
    assert isinstance(result.exception, StudyError)
    assert "never gave" in str(result.exception)
    assert _seen(runs.parent).keys() == before.keys()


def test_a_trial_that_a_ledger_calls_so(runs: Path) -> None:
    """It is refused, for its weights would be read from, and removed, elsewhere."""
    _rename(runs, "trial_user_attributes", "value_json", "s.none-0", "../../../x")
    with pytest.raises(StudyError, match="never gave"):
        Ledger(runs / "ledger.db").read("s")
