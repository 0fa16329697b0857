"""The bench's command line: ``python -m fashion_bench.bench``."""

import sys
from pathlib import Path

import click
from rich.console import Console

from fashion_bench.app.work import choose_device
from fashion_bench.bench.page import read_page, rich_table, write_page
from fashion_bench.bench.sections import SECTIONS, chosen, measure_section
from fashion_bench.bench.setting import Setting
from fashion_bench.config import SOURCES, Recipe, Source
from fashion_bench.data import data_folder
from fashion_bench.errors import FashionBenchError
from fashion_bench.search.layout import DeviceKind

__all__ = ["main"]


def _names(context: click.Context, _: click.Parameter, given: str | None) -> tuple[str, ...]:
    names = tuple(map(str.strip, given.split(","))) if given else ()
    for name in names:
        if name not in SECTIONS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(SECTIONS)}", context)
    return names


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", callback=_names, help=f"Some of {', '.join(SECTIONS)}.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Whose sections to measure.",
)
@click.option("--quick", is_flag=True, help="Only try it out: smallest sizes, one round.")
@click.option(
    "--epochs",
    type=click.IntRange(2),  # a study that halves needs a rung before the last
    default=10,
    show_default=True,
    help="Of a trial.",
)
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True, help="Rounds.")
@click.option("--study", type=click.IntRange(8), help="Trials of the long sections' study.")
@click.option("--source", type=click.Choice(SOURCES), default=SOURCES[0], help="Which images.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of images.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of README.md and bench.json; sections not measured stay as they are there.",
)
def main(
    only: tuple[str, ...],
    device: DeviceKind,
    quick: bool,
    epochs: int,
    repeats: int,
    study: int | None,
    source: Source,
    data: Path | None,
    out: Path | None,
) -> None:
    """Measure what this machine takes for a trial and for a study.

    Example: python -m fashion_bench.bench --only engine,search --out experiments/bench
    """
    choose_device(device)
    names = only or (chosen("cpu", "cuda") if quick else chosen(device))
    for name in names:
        if SECTIONS[name].device == "cuda" and device == "cpu" and not quick:
            raise click.UsageError(f"{name} is measured with --device cuda")
    trial = Recipe(epochs=epochs, source=source)
    if quick:
        trial = Recipe(epochs=2, source=source, train_images=640, valid_images=160)
    setting = Setting(
        trial=trial,
        data=data_folder(data),
        rounds=1 if quick else repeats,
        say=Console(stderr=True).print,
        device=device,
        study=8 if quick else study,
        quick=quick,
    )
    page = {} if out is None else read_page(out)
    console = Console(width=None if sys.stdout.isatty() else 200)
    for name in names:
        measured = measure_section(name, setting)
        for table in measured.tables:
            console.print(rich_table(measured.title, table))
        page[name] = measured
        if out is not None:
            write_page({name: page[name] for name in SECTIONS if name in page}, out)


if __name__ == "__main__":
    try:
        main()
    except FashionBenchError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
