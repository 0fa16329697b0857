"""The benchmark's command line: ``python -m experiments.bench``, from the root of a checkout."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.markdown import Markdown

from experiments.bench import lag, optuna_example, regret, studies, training
from experiments.bench.cases import Options
from experiments.bench.page import Measured, Table, read_page, section_markdown, write_page
from fashion_bench.app.provenance import provenance
from fashion_bench.app.workers import choose_device
from fashion_bench.config import Recipe
from fashion_bench.data import sets
from fashion_bench.data.folder import data_folder
from fashion_bench.devices import DeviceKind
from fashion_bench.errors import FashionBenchError

EPOCHS_MIN = 2  # a study that halves needs a rung before the last


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the benchmark that is measured by itself.

    Attributes:
        title: its heading on the page.
        measure: what does it.
        device: what it needs.
        long: whether it takes hours, and so is measured only by name.
    """

    title: str
    measure: Callable[[Options], Sequence[Table]]
    device: DeviceKind = "cpu"
    long: bool = False


SECTIONS: Mapping[str, Section] = {
    "engine": Section("Training", training.measure_engine),
    "search": Section("The search alone", studies.measure_search),
    "lag": Section("Lag", lag.measure_lag),
    "regret": Section("Lag, what it costs a search", regret.measure_regret, long=True),
    "recording": Section("Recording, small trials", studies.measure_recording),
    "recording-long": Section("Recording, whole trials", studies.measure_long_recording, long=True),
    "busy": Section("A busy machine", training.measure_busy),
    "study": Section("A whole study, small", studies.measure_study),
    "study-long": Section("A whole study, large", studies.measure_long_study, long=True),
    "optuna-example": Section("Optuna's own example", optuna_example.measure_optuna_example),
    "gpu": Section("Training on a GPU", training.measure_gpu, device="cuda"),
    "gpu-cnn": Section("Training the CNN on a GPU", training.measure_gpu_cnn, device="cuda"),
}


def default_sections(*devices: DeviceKind) -> tuple[str, ...]:
    """Return the sections that are measured on these devices when none is named."""
    return tuple(
        name for name, each in SECTIONS.items() if each.device in devices and not each.long
    )


def _measure(section: Section, options: Options) -> Measured:
    """Measure a section, and say on what."""
    if section.device == "cpu":
        options = replace(options, device="cpu")
    told = provenance("", options.device)  # of which images, is not told
    machine = {
        "device": f"{told['device']}, {os.cpu_count()} cores",
        "torch": f"{told['torch']} ({torch.backends.cpu.get_cpu_capability()})",
        "python": told["python"],
        "commit": told["git_commit"],
        "on": datetime.now(UTC).date().isoformat(),
    }
    if options.quick:
        machine["as"] = "a try that measures nothing"
    return Measured(title=section.title, machine=machine, tables=tuple(section.measure(options)))


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", help=f"Some of {', '.join(SECTIONS)}.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", help="Whose sections.")
@click.option("--quick", is_flag=True, help="Only try it out: smallest sizes, one round.")
@click.option("--epochs", type=click.IntRange(EPOCHS_MIN), default=10, help="Of a trial.")
@click.option("--repeats", type=click.IntRange(1), default=5, help="Rounds.")
@click.option("--study", type=click.IntRange(8), help="Trials of a section's study.")
@click.option(
    "--source", type=click.Choice(sets.names()), default="fashion_mnist", help="Which images."
)
@click.option("--data", type=click.Path(path_type=Path), help="Folder of images.")
@click.option(
    "--kept",
    type=click.Path(path_type=Path),
    help="File of what the section regret has measured, to go on with.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the page to bring up to date."
)
def main(
    only: str | None,
    device: DeviceKind,
    quick: bool,
    epochs: int,
    repeats: int,
    study: int | None,
    source: str,
    data: Path | None,
    kept: Path | None,
    out: Path | None,
) -> None:
    """Measure what this machine takes for a trial and for a study.

    Example: python -m experiments.bench --only engine,search --out experiments/bench
    """
    choose_device(device)
    names = default_sections("cpu", "cuda") if quick else default_sections(device)
    if only is not None:
        names = tuple(map(str.strip, only.split(",")))
    for name in names:
        if name not in SECTIONS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(SECTIONS)}")
        if SECTIONS[name].device == "cuda" and device == "cpu" and not quick:
            raise click.UsageError(f"{name} is measured with --device cuda")
    options = Options(
        trial=Recipe(epochs=epochs, source=source),
        data=data_folder(data),
        rounds=repeats,
        device=device,
        study=study,
        kept=kept,
    )
    if quick:
        trial = replace(options.trial, epochs=2, train_images=640, valid_images=160)
        options = replace(options, trial=trial, rounds=1, study=8, quick=True)
    page = {} if out is None else read_page(out)
    console = Console(width=None if sys.stdout.isatty() else 200)
    for name in names:
        page[name] = _measure(SECTIONS[name], options)
        console.print(Markdown(section_markdown(page[name])))
        if out is not None:
            write_page({name: page[name] for name in SECTIONS if name in page}, out)


if __name__ == "__main__":
    try:
        main()
    except FashionBenchError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
