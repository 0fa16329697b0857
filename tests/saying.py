"""Give a command as a person does, in this process: starting one takes seconds."""

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from fashion_bench.cli import STOPS, main

__all__ = ["Said", "Say", "say"]


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    code: object
    printed: str
    told: str


Say = Callable[..., Said]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Say]:
    """Give a command, in this process."""

    def give(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["fashion-bench", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Said(ended.value.code, printed.out, printed.err)

    before = {number: signal.getsignal(number) for number in STOPS}
    yield give
    for number, handler in before.items():
        signal.signal(number, handler)
