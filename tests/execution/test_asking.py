"""Another process is asked: whatever ends it is an answer. Real processes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fashion_bench.errors import DataError
from fashion_bench.execution.asking import Asking, Ended

sys.path.insert(0, str(Path(__file__).parent))  # the process imports it too
import made_up_training as made_up


@pytest.fixture
def asking() -> "Iterator[Asking[str, int]]":
    """A process that does what it is asked, and answers with its id."""
    asking: Asking[str, int] = Asking(made_up.make_answer, {"MADE_UP": "there"})
    yield asking
    asking.close()


def test_two_questions_are_one_process(asking: "Asking[str, int]") -> None:
    """It is kept for the next one, and has what was put in its environment."""
    first = asking("here", 6e13)  # longer than a system's call can wait
    assert isinstance(first, int)
    assert asking("here", 60) == first


@pytest.mark.parametrize(
    ("question", "seconds", "how"),
    [
        ("killed", 60, "signal 9"),
        ("ends", 60, "exit code 7"),
        ("late", 0.5, "no answer within 0.5 seconds"),
        ("broken", 60, "the GPU stopped working (CUDA error)"),
    ],
)
def test_whatever_ends_it_is_an_answer(
    asking: "Asking[str, int]", question: str, seconds: float, how: str
) -> None:
    """The next question gets another process."""
    first = asking("here", 60)
    assert asking(question, seconds) == Ended(how)
    second = asking("here", 60)
    assert isinstance(second, int)
    assert second != first


def test_a_mistake_is_raised_here(asking: "Asking[str, int]") -> None:
    """As it was there; and the next question is answered."""
    with pytest.raises(DataError, match="is cut short"):
        asking("mistaken", 60)
    assert isinstance(asking("here", 60), int)
