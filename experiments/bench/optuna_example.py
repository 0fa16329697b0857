"""The shipped study of Optuna's example beside that example with MLflow by hand: whole commands."""

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from experiments.bench.cases import WORKERS, Options
from experiments.bench.page import Row, Table, make_table, spread
from experiments.bench.published import RECIPE
from fashion_bench.app.browse import read_study

SHIPPED = Path(__file__).parents[2] / "studies/optuna_example.toml"
PUBLISHED = "as published, MLflow by hand"
OURS = f"study run, {WORKERS} workers"


def measure_optuna_example(options: Options) -> list[Table]:
    """Run the example, then the study, each as a command of its own; in turn, every round."""
    seconds: dict[str, list[float]] = {}
    trials, speeds = options.study or (4 if options.quick else 100), dict[str, list[float]]()
    for number in range(1, options.rounds + 1):
        for name, run in {PUBLISHED: run_published, OURS: run_ours}.items():
            with TemporaryDirectory() as folder:
                began = time.perf_counter()
                epochs = run(Path(folder), options, trials)
                took = time.perf_counter() - began
            seconds.setdefault(name, []).append(took)
            speeds.setdefault(name, []).append(epochs / took)
            told = f"{name}, {speeds[name][-1]:.1f} epochs a second"
            click.echo(f"round {number} of {options.rounds}: {told}", err=True)
    rows: list[Row] = [
        {
            "what": name,
            "epochs a second": spread(own),
            "÷ published": spread([a / b for a, b in zip(own, speeds[PUBLISHED], strict=True)]),
            "seconds": spread(seconds[name]),
        }
        for name, own in speeds.items()
    ]
    figures = {"trials": trials, "workers": WORKERS, "recipe": RECIPE}
    return [make_table(rows, "optuna-example", options=options, **figures)]


def run_published(folder: Path, options: Options, trials: int) -> int:
    """Run the example as a command; return its epochs."""
    given = str(options.data), options.trial.source, str(folder), str(trials)
    _command("experiments.bench.published", *given)
    return trials * RECIPE.epochs


def run_ours(folder: Path, options: Options, trials: int) -> int:
    """Run the study as a command; return its epochs, of which a trial that diverges has fewer."""
    file, runs = write_example(folder, options.trial.source, trials), folder / "runs"
    given = ("--runs", str(runs), "--data", str(options.data), "--workers", str(WORKERS))
    _command("fashion_bench", "study", "run", str(file), *given, "--device", "cpu")
    study = read_study(runs, tomllib.loads(SHIPPED.read_text())["name"])
    return sum(len(trial.history) for trial in study.trials)


def _command(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}.\n{done.stderr}")


def write_example(folder: Path, source: str, trials: int) -> Path:
    """Write the shipped study with so many trials, of images of this source."""
    keys = dict(_flat(tomllib.loads(SHIPPED.read_text())))
    keys |= {"budget.trials_per_arm": trials, "fixed.source": source}
    file = folder / SHIPPED.name
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()))
    return file


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
