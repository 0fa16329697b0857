"""The shipped study of Optuna's example beside the loop of that example: epochs a minute."""

import json
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from experiments.bench.cases import WORKERS, Options
from experiments.bench.page import Row, Table, make_table, spread
from experiments.bench.published import train_published
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.plan import Plan
from fashion_bench.records import TrialRecord
from tests.search.made_up_curves import Silent

SHIPPED = Path(__file__).parents[2] / "studies/optuna_example.toml"
OF_THE_LOOP = 8  # trials that the published loop trains in a round: those of a study take minutes
PUBLISHED = "loop as published"
OURS = f"study run, {WORKERS} workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of a study.

    Attributes:
        start: seconds until its workers had images and could train.
        seconds: from the end of its first generation until all was trained and recorded.
        epochs: trained meanwhile.
        configs: of its trials.
    """

    start: float
    seconds: float
    epochs: int
    configs: Sequence[TrialConfig]


class _Clock(Silent):
    """A reporter that notes when each generation ended."""

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self.ended: list[float] = []

    def finished(self, records: Sequence[TrialRecord]) -> None:
        self.ended.append(time.perf_counter())


def measure_optuna_example(options: Options) -> list[Table]:
    """Run the study, then train some of its trials by the published loop; in turn, every round."""
    images = options.sources.open(options.trial.source).load("train")
    minutes: dict[str, list[float]] = {}
    starts, trials = [], options.study or (8 if options.quick else 100)
    for number in range(1, options.rounds + 1):
        ran = run_example(options, trials)
        starts.append(ran.start)
        some = ran.configs[:: max(1, trials // OF_THE_LOOP)]
        speeds = {PUBLISHED: speed_of_loop(images, some), OURS: 60 * ran.epochs / ran.seconds}
        for name, speed in speeds.items():
            minutes.setdefault(name, []).append(speed)
            told = f"{name}, {speed:,.0f} epochs a minute"
            click.echo(f"round {number} of {options.rounds}: {told}", err=True)
    rows: list[Row] = [
        {
            "what": name,
            "epochs a minute": spread(speeds),
            "÷ published": spread([a / b for a, b in zip(speeds, minutes[PUBLISHED], strict=True)]),
            "start, s": spread(starts) if name == OURS else None,
        }
        for name, speeds in minutes.items()
    ]
    figures = {"trials": trials, "some": len(some), "workers": WORKERS}
    recipe = ran.configs[0].recipe
    return [make_table(rows, "optuna-example", options=options, recipe=recipe, **figures)]


def run_example(options: Options, trials: int) -> Ran:
    """Run the study as users do, in a folder of its own.

    Raises:
        RuntimeError: MLflow has not got it.
    """
    with TemporaryDirectory() as name:
        file, clock = write_example(Path(name), options, trials), _Clock()
        given = RunOptions(
            runs=Path(name) / "runs", data=options.data, device="cpu", workers=WORKERS
        )
        began = time.perf_counter()
        finished = run_study(file, given, clock)
        ended = time.perf_counter()
    if finished.mirrored.problem:
        raise RuntimeError(finished.mirrored.problem)
    study = finished.study
    later = [trial for trial in study.trials if trial.generation > 0]
    first, last = clock.ended[0], clock.ended[-1]
    return Ran(
        start=first - began - (last - first) / max(1, len(clock.ended) - 1),
        seconds=ended - first,
        epochs=sum(len(trial.history) for trial in later),
        configs=[trial.config for trial in study.trials],
    )


def write_example(folder: Path, options: Options, trials: int) -> Path:
    """Write the shipped study with so many trials; in a hurry, of short ones."""
    keys = dict(_flat(tomllib.loads(SHIPPED.read_text())))
    keys |= {"budget.trials_per_arm": trials, "fixed.source": options.trial.source}
    if options.quick:
        keys["epochs"] = options.trial.epochs
        for name in ("train_images", "valid_images"):
            keys[f"fixed.{name}"] = getattr(options.trial, name)
    file = folder / SHIPPED.name
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()))
    return file


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def speed_of_loop(images: Images, configs: Sequence[TrialConfig]) -> float:
    """Train these by the published loop; return epochs a minute.

    On one thread: for steps as small as these, several wait for each other more than they help.
    """
    with one_torch_thread():
        began = time.perf_counter()
        epochs = sum(len(train_published(images, config)) for config in configs)
        return 60 * epochs / (time.perf_counter() - began)
