"""Tests of ``app/progress.py``."""

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from fashion_bench.app.progress import TerminalProgress
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, Progress
from fashion_bench.search.resolve import load_file
from tests.analysis.conftest import make_trial
from tests.app.small_files import write


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


def told(plan: Plan, clock: list[float], console: Console) -> None:
    """Tell a study that goes on after 2 trials, the second generation of which takes 100 s."""
    before = [make_trial((0.5,)), make_trial((0.7,), number=1)]
    with TerminalProgress(console) as progress_bar:
        progress_bar.begun(plan, before)
        progress_bar.rung(1, 2, 4)
        progress_bar.advanced(Progress(trial_id="s.none-2", history=()))
        clock[0] = 100
        progress_bar.finished(
            [
                make_trial((0.6,), number=2),
                make_trial((0.99,), number=3, outcome=Outcome.FAILED),
                make_trial((0.9,), number=4, outcome=Outcome.PRUNED),
                make_trial((0.8,), number=5),
            ]
        )
        progress_bar.say("a [line]")


def test_plain_lines_where_there_is_no_terminal(plan: Plan, clock: list[float]) -> None:
    """A line at the start and one a generation: trials, the best so far, the time left."""
    file = io.StringIO()
    told(plan, clock, Console(file=file, width=40))
    assert file.getvalue().splitlines() == [
        "s goes on after 2 of 8 trials in 2 arms",
        "6 of 8 trials, best so far 0.8000 (made-up.plain-5), 50 s left",
        "a [line]",
    ]


def test_a_bar_on_a_terminal(plan: Plan, clock: list[float]) -> None:
    """It shows trials, generation and rung, the best so far and the time left."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=None, width=120)
    told(plan, clock, console)
    shown = file.getvalue()
    assert "generation 2, to epoch 2 (1/4), best 0.8000" in shown
    assert "6/8" in shown
    assert "50 s left" in shown


def test_a_best_that_a_rung_stopped_is_told(plan: Plan, clock: list[float]) -> None:
    """As long as there is no other."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file, width=90)) as progress_bar:
        progress_bar.begun(plan, [])
        progress_bar.finished([make_trial((0.9,), outcome=Outcome.PRUNED)])
        progress_bar.finished([make_trial((0.8,), number=1)])
    _, first, second = file.getvalue().splitlines()
    assert "best so far 0.9000 (made-up.plain-0, pruned)" in first
    assert "best so far 0.8000 (made-up.plain-1)" in second


def test_minutes_are_told_as_minutes(plan: Plan, clock: list[float]) -> None:
    """What takes longer than a minute is rounded to minutes."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as progress_bar:
        progress_bar.begun(plan, [])
        clock[0] = 120
        progress_bar.finished([make_trial((0.5,)), make_trial((0.6,), number=1)])
    assert file.getvalue().splitlines()[-1].endswith(", about 6 min left")


def test_what_is_finished_is_not_begun(plan: Plan, clock: list[float]) -> None:
    """Of a finished study nothing is told."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as progress_bar:
        progress_bar.begun(plan, [make_trial(number=number) for number in range(8)])
    assert file.getvalue() == ""
