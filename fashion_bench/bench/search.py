"""The search alone, on made-up learning curves: what a trial costs beside its training."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fashion_bench.bench.made_up import (
    EPOCHS,
    GENERATION,
    drive_made_up,
    history_of,
    plan_made_up,
)
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.tables import Spread, Table, spread
from fashion_bench.records import Outcome, Progress, TrialRecord
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.plan import Plan

__all__ = ["measure_search", "search_table"]

TIMES = 5

_NOTES = f"""\
Made-up learning curves instead of training. *Driver and ledger*: random trials with {EPOCHS} epochs
of reports, in generations of {GENERATION}, into sqlite; per trial, over the {TIMES} generations
round that trial. *TPE*: Optuna's own, three parameters, each of the {GENERATION} asks of a
generation, {TIMES} times.
"""


def measure_search(setting: Setting) -> list[Table]:
    """Measure what the search costs as a study grows."""
    return [search_table(192 if setting.quick else 5_000)]


def search_table(trials: int) -> Table:
    """Drive a study of random trials through the ledger, then ask TPE after as many."""
    stops = [stop for stop in (100, 1_000, trials) if stop <= trials]
    recorded, asked = _recorded_ms(trials, stops), _asked_ms(stops)
    return Table(
        rows=tuple(
            {
                "trials done": stop,
                "driver and ledger, ms per trial": recorded[stop],
                "TPE, ms per ask": asked[stop],
            }
            for stop in stops
        ),
        notes=_NOTES,
    )


def _recorded_ms(trials: int, stops: Sequence[int]) -> Mapping[int, Spread]:
    """Time the generations that end around each stop, five or fewer."""
    clock = _Clock()
    with TemporaryDirectory() as folder:
        drive_made_up(plan_made_up("random", trials), Path(folder), clock)
    each = [1000 * (after - before) / GENERATION for before, after in clock.generations]
    return {stop: spread(_around(each, stop // GENERATION)) for stop in stops}


def _around(each: Sequence[float], generation: int) -> Sequence[float]:
    last = min(max(generation + 2, TIMES + 2), len(each))
    return each[max(2, last - TIMES) : last]  # the first two wait for nothing to be recorded


def _asked_ms(stops: Sequence[int]) -> Mapping[int, Spread]:
    """Time a generation's asks, five times over, after so many finished trials."""
    plan, told = plan_made_up("tpe", GENERATION), _told(max(stops))
    (arm,) = plan.arms
    asked_ms = {}
    for stop in stops:
        took = []
        for generation in range(TIMES):
            study = ArmStudy(plan, arm, told[:stop])
            started = time.perf_counter()
            study.ask(generation, range(stop, stop + GENERATION))
            took.append(1000 * (time.perf_counter() - started) / GENERATION)
        asked_ms[stop] = spread(took)
    return asked_ms


def _told(trials: int) -> list[Any]:
    """Return as many finished trials, drawn at random, as Optuna holds them."""
    plan = plan_made_up("random", GENERATION)
    (arm,) = plan.arms
    study, told = ArmStudy(plan, arm), []
    for number, params in enumerate(study.ask(0, range(trials))):
        history = history_of(plan.trial(arm, number, params), EPOCHS)
        study.report(number, history)
        told.append(study.tell(number, Outcome.COMPLETE, history[-1].valid_accuracy))
    return told


class _Clock:
    """A watcher that notes when each generation began and ended."""

    def __init__(self) -> None:
        self.generations: list[tuple[float, float]] = []
        self._last = 0.0

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self._last = time.perf_counter()

    def rung(self, generation: int, until_epoch: int, lanes: int) -> None:
        pass

    def advanced(self, progress: Progress) -> None:
        pass

    def finished(self, records: Sequence[TrialRecord]) -> None:
        now = time.perf_counter()
        self.generations.append((self._last, now))
        self._last = now
