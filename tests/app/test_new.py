"""Files of one's own: copies of those that are shipped, and a study from a few answers."""

import os
import tomllib
from pathlib import Path
from typing import NoReturn

import pytest

from fashion_bench.app.new import Answers, new_study
from fashion_bench.errors import FashionBenchError
from fashion_bench.parameters import network_classes, parameters_of
from fashion_bench.search.resolve import load_file
from fashion_bench.search.shipped import files, home
from tests.finished import read_terminal, start
from tests.saying import Say
from tests.saying import say as say


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Copies ------------------------------------------------------------------------------------------


def test_what_is_shipped_is_copied_and_nothing_replaced(say: Say, tmp_path: Path) -> None:
    """Schemas too, into the two folders; what is there stays as it is, and is told."""
    own = tmp_path / "mine" / "studies" / "smoke.toml"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    said = say("init", "mine")
    assert said.code == 0
    assert said.told == "Left as they were, for they were there: mine/studies/smoke.toml\n"
    assert {*said.printed.split()} == {f"mine/{place}" for place in files()} - {
        "mine/studies/smoke.toml"
    }
    assert own.read_text() == "mine"
    for place, source in files().items():
        if place.name != "smoke.toml":
            assert (tmp_path / "mine" / place).read_bytes() == source.read_bytes()
    assert (home() / "studies" / "study.schema.json") in files().values()
    again = say("init", "mine")
    assert (again.code, again.printed) == (0, "")


# A study from answers ----------------------------------------------------------------------------


def test_a_study_is_written_by_options_and_checked(say: Say) -> None:
    """The file asks what was said; then it is told what it trains and what runs it."""
    words = ("--arm", "dropout=0,0.25", "--tune", "lr,hidden=64,250", "--trials", "8")
    said = say("new", "mine", *words, "--epochs", "3", "--question", "Is “dropout” worth it?")
    assert (said.code, said.told) == (0, "mine.toml is written.\n")
    assert said.printed.splitlines()[-1] == "To run it: fashion-bench study run mine.toml"
    written = tomllib.loads(Path("mine.toml").read_text("utf-8"))
    assert written == {
        "name": "mine",
        "question": "Is “dropout” worth it?",
        "seed": 1234,
        "model": "mlp",
        "epochs": 3,
        "nuisance": {"lr": {"low": 1e-4, "high": 1e-2, "log": True}, "hidden": [64, 250]},
        "arms": {"dropout_0": {"dropout": 0.0}, "dropout_0_25": {"dropout": 0.25}},
        "budget": {"trials_per_arm": 8},
        "confirm": {"seeds": 10},
    }


@pytest.mark.parametrize(("trials", "generation"), [(1, 1), (10, 5), (7, 7), (16, 8), (11, 1)])
def test_any_number_of_trials_can_be_asked(tmp_path: Path, trials: int, generation: int) -> None:
    """In generations that are equal, the largest up to the usual size."""
    given = Answers(arms=("dropout=0,0.25",), tune=("lr",), trials=trials)
    plan = load_file(path := new_study("mine", given, tmp_path, None)).plan
    assert (plan.trials_per_arm, plan.generation) == (trials, generation)
    assert ("[search]" in path.read_text()) == (generation < 8)


def test_arms_may_be_words_and_the_network_ones_own(tmp_path: Path) -> None:
    """An arm is called as its value, where that is a name; the question says what is asked."""
    source = "class Net:\n    def __init__(self, width: int = 8, act: str = 'relu'): ...\n"
    (tmp_path / "net.py").write_text(source)
    given = Answers(model="net.py:Net", arms=("act=relu", "act=GELU"), tune=("width",))
    path = new_study("own", given, tmp_path, None)
    plan = load_file(path).plan
    assert [arm.name for arm in plan.arms] == ["relu", "gelu"]
    assert plan.question == "Which act is best in net.py:Net: relu or GELU?"
    assert tomllib.loads(path.read_text())["nuisance"]["width"] == [4, 8, 16]


@pytest.mark.parametrize("model", network_classes())
def test_every_parameter_has_a_usual_space_or_says_that_it_has_none(
    tmp_path: Path, model: str
) -> None:
    """What is written can be run; refused is only what has no range, or is not used here."""
    none = set()
    for number, name in enumerate(parameters_of(model)):
        arm = "batch_size=32,64" if name == "dropout" else "dropout=0,0.25"
        given = Answers(model=model, arms=(arm,), tune=(name,))
        try:
            new_study(f"study{number}", given, tmp_path, None)
        except FashionBenchError as error:
            if "used only where" not in error.problem:
                none.add((name, error.problem))
    assert none == {("loss", "loss has no usual range")}


TOLD = {
    "no-arm": (("--tune", "lr"), "--arm: is missing; give it, as --arm dropout=0,0.25; at a"),
    "no-tune": (("--arm", "dropout=0,1e-1"), "--tune: is missing; give it, as --tune lr; at a"),
    "one-value": (
        ("--arm", "dropout=0,0.0", "--tune", "lr"),
        "--arm: fewer than two values of dropout; give two or more, as --arm dropout=A,B",
    ),
    "one-to-tune": (("--arm", "dropout=0,1e-1", "--tune", "lr=1e-3"), "--tune: fewer than two"),
    "two-things": (
        ("--arm", "dropout=0,0.5", "--arm", "hidden=32,64", "--tune", "lr"),
        "--arm: more than one parameter (given: 'dropout hidden'); compare one at a time",
    ),
    "no-parameter": (
        ("--arm", "dropuot=0,0.5", "--tune", "lr"),
        "--arm: no such parameter (given: 'dropuot'); did you mean 'dropout'?",
    ),
    "no-value": (
        ("--arm", "dropout=0,1.5", "--tune", "lr"),
        "--arm: not a legal value (given: 1.5); give a number from 0 to below 1",
    ),
    "no-network": (
        ("--model", "mlpp", "--arm", "dropout=0,0.5", "--tune", "lr"),
        "--model: no such network (given: 'mlpp'); did you mean 'mlp'?",
    ),
    "both": (
        ("--arm", "dropout=0,0.5", "--tune", "dropout"),
        "mine.toml: arms.dropout_0.dropout: also set in [nuisance]; keep one of the two",
    ),
    "unused": (
        ("--arm", "dropout3=0,0.5", "--tune", "lr"),
        "--arm: dropout3 is not used, whatever is tuned; tune another, too, so that depth is 3",
    ),
    "no-range": (
        ("--arm", "dropout=0,0.5", "--tune", "loss"),
        "--tune: loss has no usual range; list values, as --tune loss=A,B",
    ),
    "a-mark": (
        ("--arm", "dropout=0,0.5", "--tune", "lr", "--question", "a\u202eb"),
        "mine.toml: question: ",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_cannot_be_asked_is_one_line_and_nothing_is_written(
    say: Say, tmp_path: Path, case: str
) -> None:
    """It names the option, or the place in the file that would have been written."""
    words, told = TOLD[case]
    said = say("new", "mine", *words)
    assert (said.code, said.printed) == (2, "")
    assert said.told.startswith(f"Error: {told}"), said.told
    assert said.told.count("\n") == 1
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("there", "there.toml: is there already; choose another name"),
        ("link", "link.toml: is there already; choose another name"),
        ("smoke", "smoke: is shipped by this name; choose another"),
        ("a/b", "a/b.toml: name: "),
        ("My study", "My study.toml: name: "),
        ("a" * 300, f"{'a' * 300}.toml: name: "),
    ],
)
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str, told: str) -> None:
    """Before anything is asked: no file or link is replaced, and no study can have any name."""

    def ask(question: str, default: object, read: object) -> NoReturn:
        pytest.fail(question)

    (tmp_path / "there.toml").write_text("mine")
    (tmp_path / "link.toml").symlink_to("nowhere")
    with pytest.raises(FashionBenchError) as error:
        new_study(name, Answers(), Path(), ask)
    assert str(error.value).startswith(told)
    assert error.value.exit_code == 2
    assert (tmp_path / "there.toml").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"there.toml", "link.toml"}
    assert (tmp_path / "link.toml").is_symlink()


def test_a_terminal_is_asked_until_it_answers(tmp_path: Path) -> None:
    """What was given is not asked; what no file could hold is told, and only that asked again."""
    ours, theirs = os.openpty()
    terminal = {"stdin": theirs, "stderr": theirs, "cwd": tmp_path}
    answers = "nope|mlp|dropout=0,2|dropout=0, 0.25|dropout||few|8|a\u202eb||"
    os.write(ours, answers.replace("|", "\n").encode())  # empty: the default
    with start("new", "mine", "--epochs", "5", "--out", "new", **terminal) as asked:
        os.close(theirs)
        printed, _ = asked.communicate(timeout=120)
    told = read_terminal(ours)
    assert asked.returncode == 0, told
    assert "no such network (given: 'nope'); use one of cnn, mlp" in told
    assert "not a legal value (given: 2); give a number" in told
    assert "also set in [nuisance]" in told
    assert "not a legal value (given: 'few'); give 1 or more" in told
    assert "it holds a control or an unseen character" in told
    assert printed.splitlines()[-1] == "To run it: fashion-bench study run new/mine.toml"
    plan = load_file(tmp_path / "new" / "mine.toml").plan
    assert (plan.recipe.epochs, plan.trials_per_arm) == (5, 8)
    assert {*plan.arms[0].space} == {"lr"}
    assert plan.question == "Which dropout is best in mlp: 0 or 0.25?"
