"""The measured figures as a table for people and as plain data for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from fashion_bench.bench.contestants import NOTEBOOK, PLAIN, Contestant
from fashion_bench.bench.machine import SIDE, trial_gflop
from fashion_bench.bench.measure import Fresh, Rounds, Spread, spread
from fashion_bench.bench.search import SearchBench
from fashion_bench.config import Recipe

__all__ = ["Bench", "Row", "as_json", "markdown", "rich_table", "rows_of"]

HEADER = (
    "what",
    "s per trial",
    "÷ plain",
    "notebook ÷ it",
    "GFLOP/s",
    "of peak",
    "start, s",
    "peak, MiB",
    "measured",
)

RULE = ("---", *["---:"] * (len(HEADER) - 2), "---")

NOTES = """\
* Everything runs on one CPU thread a process (`torch.set_num_threads(1)`). *s per trial* is the
  wall time of {epochs} epochs of {images:,} images, each epoch with its validation; of trials that
  run together, a trial's share of it. Where less is measured, as the last column says, the rest is
  inferred in proportion.
* The rows run in turn, {n} times after a first that does not count (n = {n}). Figures are medians
  with the lowest and highest in brackets; ratios are taken round by round.
* The plain loop is an ordinary module with its images in memory, as floats, and torch's fused Adam.
  It, the notebook's loop and the engine record the same figures and keep the best epoch's weights.
* On a CPU the engine trains one lane at a time; the vmapped rendering is for GPUs.
* *GFLOP/s* counts matrix products and convolutions alone. *of peak* is by `torch.mm` of
  {side:,} x {side:,} float32 matrices on one thread, {peak} GFLOP/s; convolutions come from another
  library, which may exceed it.
* *start* is how long a fresh interpreter takes until it can train: imports, images, workers. *peak*
  is the most memory its processes held, a shared library counted in each.
"""


SEARCH_NOTES = """\
Made-up learning curves instead of training. *Driver and ledger*: random trials with ten epochs of
reports, in generations of 64, into sqlite; medians over the five generations round that trial.
*TPE*: Optuna's own, three parameters, each of the 64 asks of a generation, five times.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that was measured.

    Attributes:
        machine: what it was measured on, in words.
        trial: what one trial is.
        contestants: the rows.
        rounds: their times.
        fresh: starts and memory by contestant; empty when not measured.
        search: what the search costs beside training.
    """

    machine: Mapping[str, str]
    trial: Recipe
    contestants: Sequence[Contestant]
    rounds: Rounds
    fresh: Mapping[str, Fresh]
    search: SearchBench


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is told of one contestant.

    Attributes:
        name: of the contestant.
        measured: what was measured of a trial.
        seconds: of one trial, round by round.
        seconds_per_trial: their summary.
        over_plain: its seconds by the plain loop's; ``None`` for another network.
        notebook_over_it: the notebook's seconds by its; ``None`` likewise.
        gflops: GFLOP/s of one trial.
        of_peak: these as a fraction of the machine's peak on one thread.
        start_seconds: see ``Fresh``.
        peak_mib: see ``Fresh``.
    """

    name: str
    measured: str
    seconds: Sequence[float]
    seconds_per_trial: Spread
    over_plain: Spread | None
    notebook_over_it: Spread | None
    gflops: Spread
    of_peak: Spread
    start_seconds: float | None
    peak_mib: float | None


def rows_of(bench: Bench) -> list[Row]:
    """Work out every row."""
    return [_row(bench, contestant) for contestant in bench.contestants]


def as_json(bench: Bench) -> dict[str, Any]:
    """Return the figures as plain data."""
    return {
        "machine": dict(bench.machine),
        "trial": asdict(bench.trial),
        "matmul_gflops": list(bench.rounds.matmul_gflops),
        "rows": [asdict(row) for row in rows_of(bench)],
        "search": asdict(bench.search),
    }


def rich_table(bench: Bench) -> Table:
    """Return the table for a terminal."""
    table = Table(*HEADER)
    for row in rows_of(bench):
        table.add_row(*_cells(row))
    return table


def markdown(bench: Bench) -> str:
    """Return the page that is kept beside the JSON."""
    cells = [HEADER, RULE, *map(_cells, rows_of(bench))]
    table = ["| " + " | ".join(row) + " |" for row in cells]
    machine = ", ".join(f"{name} {value}" for name, value in bench.machine.items())
    peak = spread(bench.rounds.matmul_gflops)
    notes = NOTES.format(
        epochs=bench.trial.epochs,
        images=bench.trial.train_images,
        n=peak.n,
        side=SIDE,
        peak=_spread(peak),
    )
    page = ["# Speed", "", f"Measured on: {machine}.", "", *table, "", notes]
    return "\n".join([*page, *_search_table(bench.search)])


def _search_table(search: SearchBench) -> list[str]:
    rows = [
        f"| {trials:,} | {_spread(search.recorded_ms[trials])} | {_spread(asked)} |"
        for trials, asked in search.asked_ms.items()
    ]
    head = [
        "| trials done | driver and ledger, ms per trial | TPE, ms per ask |",
        "| ---: | ---: | ---: |",
    ]
    return ["## The search alone", "", SEARCH_NOTES, *head, *rows, ""]


def _row(bench: Bench, contestant: Contestant) -> Row:
    rounds, name, fresh = bench.rounds, contestant.name, bench.fresh.get(contestant.name)
    seconds = rounds.seconds[name]
    alike = contestant.model == PLAIN.model
    gflop = trial_gflop(contestant.whole(bench.trial))
    rates = [gflop / each for each in seconds]
    return Row(
        name=name,
        measured=_measured(contestant, bench.trial),
        seconds=seconds,
        seconds_per_trial=spread(seconds),
        over_plain=rounds.ratio(name, PLAIN.name) if alike else None,
        notebook_over_it=rounds.ratio(NOTEBOOK.name, name) if alike else None,
        gflops=spread(rates),
        of_peak=spread(
            [rate / peak for rate, peak in zip(rates, rounds.matmul_gflops, strict=True)]
        ),
        start_seconds=fresh.start_seconds if fresh else None,
        peak_mib=fresh.peak_mib if fresh else None,
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _spread(row.seconds_per_trial),
        _spread(row.over_plain),
        _spread(row.notebook_over_it),
        _number(row.gflops.median),
        f"{row.of_peak.median:.0%}",
        _number(row.start_seconds),
        _number(row.peak_mib),
        row.measured,
    )


def _measured(contestant: Contestant, trial: Recipe) -> str:
    part = contestant.measured(trial)
    epochs = f"{part.epochs} epoch{'s' if part.epochs > 1 else ''}"
    images = "" if part.train_images == trial.train_images else f" of {part.train_images:,} images"
    trials = "" if contestant.trials == 1 else f", {contestant.trials} trials"
    return f"{epochs}{images}{trials}"


def _spread(figure: Spread | None) -> str:
    if figure is None:
        return "–"
    return f"{_number(figure.median)} [{_number(figure.low)}, {_number(figure.high)}]"


def _number(value: float | None) -> str:
    """Write a number with three significant digits, or a dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"
