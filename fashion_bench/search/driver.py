"""The driver: lets arms go on, each by itself, and records the generations that all have finished.

It knows nothing of training or recording: segments go to a function that runs them, finished
generations to a ledger. An arm's trials are asked and told in a fixed order, and generations are
recorded in theirs, so the list of trials is a function of the study's file, for any number of
workers, whoever is done first, and however often it was killed.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from optuna.trial import FrozenTrial

from fashion_bench.clock import awake
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, Progress, Segment, TrialRecord, Underway
from fashion_bench.search.budget import is_used_up
from fashion_bench.search.group import Group
from fashion_bench.search.lag import AHEAD, hangs_on_results, lags_of
from fashion_bench.search.layout import Layout
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.past import Past, Run
from fashion_bench.search.rows import Row


class Reporter(Protocol):
    """Reports how a study goes on: as a progress bar, as plain lines, or not at all."""

    def say(self, line: str) -> None:
        """Tell one thing."""

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """The study starts, or goes on after these trials."""

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """These trials of a generation are being trained until a rung: all of an arm, or of all."""

    def underway(self, segment: Segment, underway: Underway) -> None:
        """Some of them begin, or are so far: a few times a second at most of each segment."""

    def advanced(self, progress: Progress) -> None:
        """One of them got there."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """A generation is finished, in all arms."""


def drive(
    plan: Plan,
    past: Past,
    *,
    known: Mapping[str, Sequence[FrozenTrial]] = MappingProxyType({}),
    layout: Layout,
    run: Run,
    append: Callable[[list[Row]], None],
    reporter: Reporter,
    ended: Callable[[Sequence[TrialRecord]], bool] | None = None,
) -> None:
    """Run a study from where it is to its end.

    Args:
        plan: the study.
        past: its whole generations so far.
        known: trials of a survey before it, by arm, that samplers and pruners are told of first.
        layout: which trials are trained together.
        run: trains segments.
        append: records a finished generation; called in another thread while others train, one
            generation after the other.
        reporter: is told of progress.
        ended: tells, of all trials so far, whether they are enough; asked before each generation,
            which no arm begins then before all have finished the last. ``None`` where only the
            plan ends it.
    """
    if ended is not None and ended(past.records):
        return
    reporter.begun(plan, past.records)
    with ThreadPoolExecutor(1, thread_name_prefix="ledger") as ledger:
        recording: Future[None] | None = None

        def record(rows: list[Row]) -> None:
            nonlocal recording
            if recording is not None:
                recording.result()
            recording = ledger.submit(append, rows)

        groups = _groups(plan, past, known, layout, reporter)
        course = _Course(plan, past, groups, record, reporter, ended)
        past.recalled(run)(course.begin(), course.heed, reporter.underway)
        if recording is not None:
            recording.result()


def _groups(
    plan: Plan,
    past: Past,
    known: Mapping[str, Sequence[FrozenTrial]],
    layout: Layout,
    reporter: Reporter,
) -> list[Group]:
    """Return what goes on by itself: arms, or all of them where trials of several may be together.

    There the arithmetic hangs on who is in a cohort, so they stay together.
    """
    arms = {
        arm.name: ArmStudy(
            plan,
            arm,
            past.trials.get(arm.name, ()),
            past.counters.get(arm.name),
            known.get(arm.name, ()),
        )
        for arm in plan.arms
    }
    together = [{name: arm} for name, arm in arms.items()] if layout.lanes == 1 else [arms]
    return [Group(plan, each, layout, past.generations, reporter.rung) for each in together]


class _Course:
    """A study under way: which generations have begun, and which are whole.

    Args:
        record: takes each whole generation.

    The others are those of ``drive``.
    """

    def __init__(
        self,
        plan: Plan,
        past: Past,
        groups: Sequence[Group],
        record: Callable[[list[Row]], None],
        reporter: Reporter,
        ended: Callable[[Sequence[TrialRecord]], bool] | None,
    ) -> None:
        self._plan, self._groups, self._ended = plan, groups, ended
        self._record, self._reporter = record, reporter
        self._records, self._whole = list(past.records), past.generations
        self._before, self._began = past.seconds, awake()
        self._seconds = self._counted = past.seconds  # at the last result; at the last whole one
        # Where nothing hangs on results, a whole one is waited for: whether there will be any.
        self._hopeful = any(record.outcome is not Outcome.FAILED for record in past.records)
        self._hopeful |= hangs_on_results(plan)

    def begin(self) -> list[Segment]:
        """Begin what may begin; return its segments."""
        begun = list[Segment]()
        for group in self._groups:
            while group.may_ask and self._may_begin(group.asked):
                begun += group.begin()
        return begun

    def heed(self, segment: Segment, done: tuple[Progress, ...]) -> list[Segment]:
        """Take what came of a segment; return those that follow from it."""
        for progress in done:
            self._reporter.advanced(progress)
            ended = segment.until_epoch == self._plan.rungs[-1] or progress.diverged
            self._hopeful |= ended and progress.failure is None
        group = next(group for group in self._groups if group.trains(segment))
        following = group.heed(segment, done)
        self._seconds = self._before + awake() - self._began
        while all(self._whole in group.told for group in self._groups):
            self._finish([row for group in self._groups for row in group.told.pop(self._whole)])
        return [*following, *self.begin()]

    def _finish(self, rows: list[Row]) -> None:
        """Record a whole generation; its time is that since the one before, so they add up."""
        seconds, self._counted = self._seconds - self._counted, self._seconds
        self._whole += 1
        records = [row.record for row in rows]
        self._hopeful |= any(record.outcome is not Outcome.FAILED for record in records)
        self._records += records
        self._reporter.finished(records)
        self._record([replace(row, seconds=seconds) for row in rows])

    def _may_begin(self, generation: int) -> bool:
        """Tell whether an arm may begin a generation.

        What another has begun it trains, too, so that all end with the same one. Where results
        may end the study, those that it sees have to be whole in all arms.
        """
        if generation >= -(-self._plan.trials_per_arm // self._plan.generation):
            return False
        if generation < max(group.asked for group in self._groups):
            return True
        if generation and not self._hopeful:
            return False
        waits = self._plan.plateau is not None or self._ended is not None
        behind = generation - lags_of(self._plan)[-1]  # the generations before it sees whole
        if behind > self._whole + (0 if waits else AHEAD):
            return False
        records = [record for record in self._records if record.generation < behind]
        if not records:  # of the first generation one result is enough to go on
            told = (rows for group in self._groups for g, rows in group.told.items() if g < behind)
            records = [row.record for rows in told for row in rows]
        if is_used_up(self._plan, records, self._seconds):
            return False
        return self._ended is None or not self._ended(records)
