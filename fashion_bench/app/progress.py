"""Progress of a run: a progress bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fashion_bench.analysis.summary import best_trial
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, TrialRecord
from fashion_bench.records import Progress as TrialProgress


class TerminalProgress:
    """Tells a person how a run goes on; a ``Reporter``.

    Args:
        console: where; results go elsewhere, so it is standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, left="")
        self._planned = self._done = self._done_before = self._lanes = self._arrived = 0
        self._where = ""
        self._best_trial: TrialRecord | None = None
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """Tell one thing."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """Tell where the study starts or goes on."""
        self._planned = plan.planned
        self._done = self._done_before = len(done)
        self._started = time.monotonic()
        self._best_trial = None
        self._note_best(done)
        if self._done == self._planned:
            return
        start = f"goes on after {self._done} of" if done else "starts;"
        arms = f"{len(plan.arms)} arms" if len(plan.arms) > 1 else "one arm"
        most = "at most " if plan.look else ""
        self.say(f"{plan.name} {start} {most}{self._planned} trials in {arms}")
        self._show()

    def rung(self, generation: int, until_epoch: int, lanes: int) -> None:
        """Tell what is being trained now."""
        self._lanes, self._arrived = lanes, 0
        self._where = f"generation {generation + 1}, to epoch {until_epoch}"
        self._show()

    def advanced(self, progress: TrialProgress) -> None:
        """Count a trial that reached the rung."""
        self._arrived += 1
        self._show()

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Tell what a generation came to."""
        self._done += len(records)
        self._note_best(records)
        if not self._console.is_terminal:
            self.say(f"{self._done} of {self._planned} trials, {self._told()}{self._time_left()}")
        self._show()

    def _note_best(self, records: Sequence[TrialRecord]) -> None:
        self._best_trial = best_trial(filter(None, (self._best_trial, *records)))

    def _told(self) -> str:
        best = self._best_trial
        if best is None:
            return "no best"
        how = "" if best.outcome is Outcome.COMPLETE else f", {best.outcome}"
        return f"best so far {best.value:.4f} ({best.trial_id}{how})"

    def _show(self) -> None:
        best = f", best {self._best_trial.value:.4f}" if self._best_trial is not None else ""
        lanes = f" ({self._arrived}/{self._lanes})" if self._lanes else ""
        self._bar.update(
            self._task,
            description=f"{self._where}{lanes}{best}",
            completed=self._done,
            total=self._planned,
            left=self._time_left(),
        )

    def _time_left(self) -> str:
        """Judge by the trials this run has finished, pruned ones included."""
        finished = self._done - self._done_before
        if not finished or self._done == self._planned:
            return ""
        each = (time.monotonic() - self._started) / finished
        seconds = each * (self._planned - self._done)
        return (
            f", about {seconds / 60:.0f} min left" if seconds >= 60 else f", {seconds:.0f} s left"
        )
