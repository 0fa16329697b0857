"""A study of made-up learning curves: all that a study costs but the training."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from fashion_bench.records import Epoch, Progress, Segment, Trial
from fashion_bench.rng import derive
from fashion_bench.search.driver import Watcher, drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger, Row
from fashion_bench.search.plan import Plan
from fashion_bench.search.planning import plan_of
from fashion_bench.search.running import OnDone
from fashion_bench.search.spec import canonical, parse

__all__ = ["EPOCHS", "GENERATION", "drive_made_up", "history_of", "plan_made_up"]

GENERATION = 64
EPOCHS = 10


def plan_made_up(sampler: str, trials: int) -> Plan:
    """Return a study of three parameters in one arm, of whole generations."""
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


def drive_made_up(plan: Plan, folder: Path, watcher: Watcher) -> Ledger:
    """Drive a study into a new ledger in this folder."""
    ledger = Ledger(folder / "ledger.db")
    layout = Layout(device="cpu", lanes=1, slab=plan.slab)
    ledger.open(plan, text="", spec={}, layout=layout, provenance={})
    append: Callable[[list[Row]], None] = ledger.append
    drive(plan, ledger.past(plan), layout=layout, run=_run, append=append, watcher=watcher)
    return ledger


def history_of(trial: Trial, epochs: int) -> tuple[Epoch, ...]:
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


def _run(segments: Sequence[Segment], on_done: OnDone) -> list[tuple[Progress, ...]]:
    results: list[tuple[Progress, ...]] = []
    for segment in segments:
        (trial,) = segment.trials
        history = history_of(trial, segment.until_epoch)
        results.append((Progress(trial_id=trial.trial_id, history=history),))
        on_done(segment, results[-1])
    return results
