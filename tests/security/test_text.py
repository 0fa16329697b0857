"""Text of a person's enters by guarded doors; what got in before is shown and not obeyed."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from fashion_bench.app.options import reason_given
from fashion_bench.code import find
from fashion_bench.data.arrays import open_arrays
from fashion_bench.errors import HIDDEN, DataError, SpecError
from fashion_bench.search.headers import HEADER
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.spec import parse
from tests.app.small_files import STUDY
from tests.saying import Say, say
from tests.test_text import UNSEEN

__all__ = ["say"]

UNSEEN_IN_LINES = [text for text in UNSEEN.values() if "\n" not in text]
EVIL = "\x1b[31mRED\x1b]0;owned\x07 \x9b31m \u202egnp\u200b.exe =1+1"
SHOWN = r"\x1b[31mRED\x1b]0;owned\x07 \x9b31m \u202egnp\u200b.exe =1+1"


# Doors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", UNSEEN_IN_LINES)
def test_no_reason_and_no_question_may_hold_it(text: str) -> None:
    """Both pass the same check; lines and tabs of a question stay, of a reason they are spaces."""
    spec = tomllib.loads(STUDY)
    with pytest.raises(SpecError, match="--again"):
        reason_given(text)
    with pytest.raises(SpecError, match="question"):
        parse(spec | {"question": text}, "file")
    assert parse(spec | {"question": "a\n\tb"}, "file").question == "a\n\tb"
    assert reason_given(" a\n\tb ") == "a b"


def test_a_reason_has_the_length_of_a_question() -> None:
    """20,000 letters would be printed with every comparison for ever."""
    with pytest.raises(SpecError, match="20,000 characters long"):
        reason_given("a" * 20_000)


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_no_class_may_be_called_so(text: str) -> None:
    """Names of classes come from files and folders of others."""
    images, labels = np.zeros((2, 4, 4), np.uint8), np.array([0, 1])
    with pytest.raises(DataError, match="give one text a class"):
        open_arrays("own", "data", lambda _: (images, labels, [text, "b"]), test=False)


@pytest.mark.parametrize("place", ["a\u202eb.py", "=cmd()|a.py", "@a.py", "+a.py", "-a.py"])
def test_no_code_may_be_called_so(place: str, tmp_path: Path) -> None:
    """A reference is a parameter's value, so a cell of a table: it neither hides nor computes."""
    (tmp_path / place).write_text("class Net: ...")
    with pytest.raises(SpecError, match="names no code"):
        find(f"{place}:Net", tmp_path, "model")


# What an older ledger holds ----------------------------------------------------------------------


@pytest.fixture
def evil_runs(runs: Path) -> Path:
    """Runs whose ledger got such texts when nobody looked: questions, reasons, and a failure."""
    storage = f"sqlite:///{runs / 'ledger.db'}"
    for name in optuna.get_all_study_names(storage):
        arm = optuna.load_study(study_name=name, storage=storage)
        header: dict[str, Any] = arm.user_attrs[HEADER]
        header["spec"]["question"] = EVIL
        arm.set_user_attr(HEADER, header)
        if openings := arm.user_attrs.get("openings"):
            again = {**openings[0], "reason": EVIL}
            arm.set_user_attr("openings", [*openings, again])
    return runs


COMMANDS = (
    ("study", "show", "s"),
    ("study", "show", "e"),
    ("compare", "e"),
    ("study", "list"),
)


def test_every_reader_shows_it(evil_runs: Path, tmp_path: Path, say: Say, few_points: None) -> None:
    """On a terminal, in JSON, HTML, Markdown and CSV nothing unseen is left, and all is told."""
    for command in COMMANDS:
        for form in ((), ("--json",)):
            said = say(*command, *form, "--runs", evil_runs)
            assert said.code == 0
            assert HIDDEN.search(said.printed + said.told) is None
    assert (
        json.loads(say("study", "show", "e", "--json", "--runs", evil_runs).printed)["question"]
        == EVIL
    )
    assert SHOWN in say("study", "show", "e", "--runs", evil_runs).printed.replace("\n", " ")
    say("report", "e", "--runs", evil_runs, "--out", tmp_path / "report")
    pages = [path for path in (tmp_path / "report").iterdir() if path.suffix in (".html", ".md")]
    assert len(pages) == 2
    for page in pages:
        assert HIDDEN.search(page.read_text("utf-8")) is None
        assert "RED" in page.read_text("utf-8")
    assert Ledger(evil_runs / "ledger.db").read("e").question == EVIL
