"""The bench's command line: ``python -m fashion_bench.bench``."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import torch
from rich.console import Console

from fashion_bench.app.plain import json_text
from fashion_bench.app.provenance import provenance
from fashion_bench.bench.contestants import CONTESTANTS
from fashion_bench.bench.measure import measure_fresh, run_rounds
from fashion_bench.bench.report import Bench, as_json, markdown, rich_table
from fashion_bench.bench.search import measure_search
from fashion_bench.config import SOURCES, Recipe, Source
from fashion_bench.data import data_folder, load_train
from fashion_bench.errors import FashionBenchError

__all__ = ["main"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Only try it out: one round, few images, no starts.")
@click.option("--epochs", type=click.IntRange(1), default=10, show_default=True, help="Of a trial.")
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True, help="Rounds.")
@click.option("--source", type=click.Choice(SOURCES), default=SOURCES[0], help="Which images.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of images.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for README.md and bench.json.")
def main(
    quick: bool, epochs: int, repeats: int, source: Source, data: Path | None, out: Path | None
) -> None:
    """Measure what a trial costs on this machine, on one thread a process.

    Example: python -m fashion_bench.bench --out experiments/bench
    """
    trial = Recipe(epochs=epochs, source=source)
    if quick:
        trial, repeats = Recipe(epochs=1, source=source, train_images=2_000, valid_images=500), 1
    bench = measure(trial, data_folder(data), rounds=repeats, starts=not quick)
    Console(width=None if sys.stdout.isatty() else 200).print(rich_table(bench))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "README.md").write_text(markdown(bench))
        (out / "bench.json").write_text(json_text(as_json(bench)) + "\n")


def measure(trial: Recipe, data: Path, *, rounds: int, starts: bool) -> Bench:
    """Measure every contestant on one thread."""
    torch.set_num_threads(1)
    images = load_train(trial.source, data)
    say = Console(stderr=True).print
    fresh = {}
    for contestant in CONTESTANTS if starts else ():
        fresh[contestant.name] = measure_fresh(contestant, trial, data)
        say(f"start: {contestant.name}, {fresh[contestant.name].start_seconds:.1f} s")
    return Bench(
        machine=_machine(trial, data),
        trial=trial,
        contestants=CONTESTANTS,
        rounds=run_rounds(CONTESTANTS, trial, images, data, rounds=rounds, say=say),
        fresh=fresh,
        search=measure_search(5_000 if starts else 256),
    )


def _machine(trial: Recipe, data: Path) -> dict[str, str]:
    told = provenance(trial.source, data, "cpu")
    return {
        "device": f"{told['device']}, {os.cpu_count()} cores",
        "torch": f"{told['torch']} ({torch.backends.cpu.get_cpu_capability()})",
        "python": told["python"],
        "commit": told["git_commit"],
        "on": datetime.now(UTC).date().isoformat(),
    }


if __name__ == "__main__":
    try:
        main()
    except FashionBenchError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
