"""Progress of a run: a line that changes on a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from rich.console import Console
from rich.live import Live as Display
from rich.text import Text

from fashion_bench.app.live import Live
from fashion_bench.app.live_line import live_line
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment, TrialRecord, Underway

EVERY = 60.0  # seconds between plain lines, but for those that a generation ends with
SOON = 10.0  # seconds without a line, and what is waited for after the training is told
PLAIN = 200  # columns of a plain line


class TerminalProgress:
    """Tells a person how a run goes on; a ``Reporter``.

    Args:
        console: where; results go elsewhere, so it is standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._display = Display(
            get_renderable=self._line, console=console, auto_refresh=False, transient=True
        )
        self._numbers = False  # whether a number was told
        self._waiting = ""  # for what, as was told last
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._display.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live = None
        self._display.stop()

    def say(self, line: str) -> None:
        """Tell one thing."""
        self._told = time.monotonic()
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """Tell where the study starts or goes on."""
        if len(done) == plan.planned:
            return
        resumed = bool(done) or (self._live is not None and self._live.resumed)
        start = f"goes on after {len(done)} of" if resumed else "starts;"
        arms = f"{len(plan.arms)} arms" if len(plan.arms) > 1 else "one arm"
        most = "at most " if plan.look or plan.minutes or plan.plateau else ""
        stages = self._live.stages if self._live is not None else 1
        which = (
            f", stage {self._live.stage_number} of {stages}" if self._live and stages > 1 else ""
        )
        self.say(f"{plan.name} {start} {most}{plan.planned} trials in {arms}{which}")

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """Tell nothing: ``show`` does."""

    def underway(self, segment: Segment, underway: Underway) -> None:
        """Tell nothing: ``show`` does."""

    def advanced(self, progress: Progress) -> None:
        """Tell nothing: ``show`` does."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Tell what a generation came to."""
        if self._live is not None and not self._console.is_terminal:
            self._numbers = True
            self.say(live_line(replace(self._live, running=()), PLAIN))

    def show(self, live: Live) -> None:
        """Tell what the run is at; without a terminal at the first number, then once a minute."""
        self._live = live
        if self._console.is_terminal:
            self._display.refresh()
            return
        if live.doing in ("starting", "ended"):
            return
        since = time.monotonic() - self._told
        training = live.doing == "training"
        first = training and not self._numbers and bool(live.best)
        if first or since >= (EVERY if training or live.doing == self._waiting else SOON):
            self._numbers, self._waiting = True, live.doing
            self.say(live_line(live, PLAIN))

    def _line(self) -> Text:
        live = self._live
        if live is None or live.doing == "ended":
            return Text("")
        return Text(live_line(live, self._console.width), no_wrap=True, overflow="crop")
