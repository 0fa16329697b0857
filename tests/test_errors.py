"""What a user is told when the package cannot go on."""

import pytest

from fashion_bench import errors
from fashion_bench.errors import FashionBenchError, MachineError


def descendants(kind: type[FashionBenchError]) -> list[type[FashionBenchError]]:
    """A kind and all the kinds of it."""
    return [kind, *(found for sub in kind.__subclasses__() for found in descendants(sub))]


KINDS = descendants(FashionBenchError)


def test_an_error_says_where_what_and_what_to_do() -> None:
    """The place, the problem and the remedy make one sentence."""
    error = FashionBenchError("study.toml: space.lr", "is negative", remedy="give a rate above 0")
    assert str(error) == "study.toml: space.lr: is negative; give a rate above 0"


def test_an_error_shows_what_was_given() -> None:
    """The offending value appears as it would be written."""
    error = FashionBenchError("space.lr", "is no number", given="fast", remedy="give a number")
    assert str(error) == "space.lr: is no number (given: 'fast'); give a number"


def test_a_value_of_0_is_shown() -> None:
    """Only a value that was not given is left out."""
    assert "(given: 0)" in str(FashionBenchError("epochs", "is 0", given=0, remedy="give 1"))


def test_an_error_is_one_line() -> None:
    """Whatever goes into it, the message has no line break."""
    error = FashionBenchError("a\nb", "c\n\n d", remedy="e\tf")
    assert str(error) == "a b: c d; e f"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_its_parts(kind: type[FashionBenchError]) -> None:
    """A caller can read the parts, and catch the family."""
    error = kind("where", "problem", given=1, remedy="remedy")
    assert isinstance(error, FashionBenchError)
    assert (error.where, error.problem, error.given, error.remedy) == (
        "where",
        "problem",
        1,
        "remedy",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_exit_code_tells_the_user_from_the_machine(kind: type[FashionBenchError]) -> None:
    """2 where the user can mend it, 1 where the machine failed."""
    assert kind.exit_code == (1 if issubclass(kind, MachineError) else 2)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """The module's docstring draws every kind."""
    assert errors.__doc__ is not None
    drawn = {word for word in errors.__doc__.split() if word.endswith("Error")}
    assert drawn == {kind.__name__ for kind in KINDS}
