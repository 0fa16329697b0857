"""The search alone, on made-up learning curves: what a trial costs beside its training."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fashion_bench.bench.measure import Spread, spread
from fashion_bench.records import Epoch, Outcome, Progress, Segment, Trial, TrialRecord
from fashion_bench.rng import derive
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.plan import Plan
from fashion_bench.search.planning import plan_of
from fashion_bench.search.running import OnDone
from fashion_bench.search.spec import canonical, parse

__all__ = ["SearchBench", "measure_search"]

GENERATION = 64
EPOCHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBench:
    """What the search costs as a study grows.

    Attributes:
        recorded_ms: driver and ledger, per trial with ten epochs of reports, by trials done.
        asked_ms: one ask of stock TPE in a generation of 64, by trials done.
    """

    recorded_ms: dict[int, Spread]
    asked_ms: dict[int, Spread]


def measure_search(trials: int = 5_000) -> SearchBench:
    """Drive a study of random trials through the ledger, then ask TPE after as many."""
    stops = [stop for stop in (100, 1_000, trials) if stop <= trials]
    return SearchBench(recorded_ms=_recorded(trials, stops), asked_ms=_asked(stops))


def _recorded(trials: int, stops: Sequence[int]) -> dict[int, Spread]:
    """Time the generations that end around each stop, five or fewer."""
    plan, clock = _plan("random", trials), _Clock()
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db")
        layout = Layout(device="cpu", lanes=1, slab=plan.slab)
        ledger.open(plan, text="", spec={}, layout=layout, provenance={})
        past = ledger.past(plan)
        drive(plan, past, layout=layout, run=_run, append=ledger.append, watcher=clock)
    each = [1000 * (after - before) / GENERATION for before, after in clock.generations]
    return {stop: spread(_around(each, stop // GENERATION)) for stop in stops}


def _around(each: Sequence[float], generation: int) -> Sequence[float]:
    last = min(max(generation + 2, 7), len(each))
    return each[max(2, last - 5) : last]  # the first two wait for nothing to be recorded


def _asked(stops: Sequence[int]) -> dict[int, Spread]:
    """Time a generation's asks, five times over, after so many finished trials."""
    plan, told = _plan("tpe", GENERATION), _told(max(stops))
    (arm,) = plan.arms
    asked_ms = {}
    for stop in stops:
        took = []
        for generation in range(5):
            study = ArmStudy(plan, arm, told[:stop])
            started = time.perf_counter()
            study.ask(generation, range(stop, stop + GENERATION))
            took.append(1000 * (time.perf_counter() - started) / GENERATION)
        asked_ms[stop] = spread(took)
    return asked_ms


def _told(trials: int) -> list[Any]:
    """Return as many finished trials, drawn at random, as Optuna holds them."""
    plan = _plan("random", GENERATION)
    (arm,) = plan.arms
    study, told = ArmStudy(plan, arm), []
    for number, params in enumerate(study.ask(0, range(trials))):
        history = _history(plan.trial(arm, number, params), EPOCHS)
        study.report(number, history)
        told.append(study.tell(number, Outcome.COMPLETE, history[-1].valid_accuracy))
    return told


def _plan(sampler: str, trials: int) -> Plan:
    file = {
        "name": "search",
        "question": "What does the search cost?",
        "seed": 1234,
        "model": "mlp",
        "epochs": EPOCHS,
        "nuisance": {
            "hidden": [64, 250, 256],
            "lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "dropout": {"low": 0.0, "high": 0.6},
        },
        "arms": {"all": {}},
        "search": {"sampler": sampler, "generation": GENERATION},
        "budget": {"trials_per_arm": trials - trials % GENERATION},
    }
    spec = parse(file, "the bench's study")
    return plan_of(parse(canonical(spec), "the bench's study"), "the bench's study")


def _run(segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
    results: list[tuple[Progress, ...]] = []
    for segment in segments:
        (trial,) = segment.trials
        history = _history(trial, segment.until_epoch)
        results.append((Progress(trial_id=trial.trial_id, history=history),))
        on_done(segment, results[-1])
    return results


def _history(trial: Trial, epochs: int) -> tuple[Epoch, ...]:
    """Make up a curve: best near lr 1e-3, with noise of the seed."""
    hyper = trial.config.hyper
    top = 0.9 - 0.03 * abs(math.log10(hyper.lr) + 3) - 0.02 * abs(hyper.dropout - 0.25)
    top += derive("made up", trial.config.seed, bits=20) / 2**20 / 100
    accuracies = [top - 0.1 / epoch for epoch in range(1, epochs + 1)]
    return tuple(
        Epoch(
            epoch=epoch,
            train_loss=1 - accuracy,
            train_accuracy=accuracy,
            valid_loss=1 - accuracy,
            valid_accuracy=accuracy,
            seconds=1.0,
            ended_at=float(epoch),
        )
        for epoch, accuracy in enumerate(accuracies, start=1)
    )


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
