"""Tests of ``app/progress.py``."""

import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fashion_bench.app.progress import TerminalProgress
from fashion_bench.plan import Plan
from fashion_bench.search.resolve import load_file
from tests.analysis.conftest import make_trial
from tests.app.small_files import write
from tests.app.test_live_line import TRAINING

LINE = "37 %, 4 min left, best dropout 0.8812, none 0.8790, 12 of 48 trials"
NOW = f"{LINE}; now none-12 epoch 1, dropout-9 epoch 10"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A study of 8 trials in 2 arms."""
    file = write(tmp_path)
    return load_file(file).plan


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, to be set."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_plain_lines_where_there_is_no_terminal(plan: Plan, clock: list[float]) -> None:
    """A line at the start, one at the first number, then one a generation and one a minute."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file, width=40)) as screen:
        screen.show(replace(TRAINING, doing="starting"))
        screen.begun(plan, [make_trial((0.5,)), make_trial((0.7,), number=1)])
        screen.show(replace(TRAINING, best={}))
        for seconds in (1, 2, 61.9, 62, 62.1):
            clock[0] = seconds
            screen.show(TRAINING)
        screen.finished([])
        screen.say("a [line]")
    assert file.getvalue().splitlines() == [
        "s goes on after 2 of 8 trials in 2 arms",
        *(NOW, NOW),
        LINE,
        "a [line]",
    ]


def test_what_is_waited_for_is_told_without_a_terminal(clock: list[float]) -> None:
    """After ten seconds without a line, and then once a minute: nobody wonders what is done."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as screen:
        for sent in range(90):
            clock[0] = sent
            screen.show(replace(TRAINING, doing="recording", trials_done=90, handled=sent))
        screen.show(replace(TRAINING, doing="ended"))
    rest = "trials; Ctrl-C is harmless: `fashion-bench sync` sends the rest"
    told = [f"MLflow: {sent} of 90 {rest}" for sent in (10, 70)]
    assert file.getvalue().splitlines() == told


def test_what_is_resumed_goes_on(plan: Plan) -> None:
    """Also where it was killed before its first trial was recorded; a new one starts."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as screen:
        for resumed in (False, True):
            screen.show(replace(TRAINING, doing="starting", resumed=resumed))
            screen.begun(plan, [])
        screen.show(replace(TRAINING, doing="starting", stage_number=2, stages=3))
        screen.begun(plan, [])
    assert file.getvalue().splitlines() == [
        "s starts; 8 trials in 2 arms",
        "s goes on after 0 of 8 trials in 2 arms",
        "s starts; 8 trials in 2 arms, stage 2 of 3",
    ]


@pytest.mark.parametrize(
    ("width", "line"), [(40, LINE[:37]), (50, LINE[:50]), (80, LINE), (200, NOW)]
)
def test_a_line_that_changes_on_a_terminal(plan: Plan, width: int, line: str) -> None:
    """Cut to its width, and gone in the end; other lines are told above it."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=None, width=width)
    with TerminalProgress(console) as screen:
        screen.show(TRAINING)
        screen.finished([])
        screen.say("a [line]")
    shown = file.getvalue()
    assert "a [line]\n" in shown
    assert f"\n{line}" in shown.replace("\r", "\n").replace("\x1b[2K", "")
    assert shown.endswith("\x1b[2K") or "\x1b[1A\x1b[2K" in shown


def test_what_is_finished_is_not_begun(plan: Plan) -> None:
    """Of a finished study nothing is told."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as screen:
        screen.begun(plan, [make_trial(number=number) for number in range(8)])
    assert file.getvalue() == ""
