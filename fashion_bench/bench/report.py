"""The measured figures as a table for people and as plain data for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from fashion_bench.bench.contestants import NOTEBOOK, PLAIN, Contestant
from fashion_bench.bench.machine import trial_gflop
from fashion_bench.bench.measure import Fresh, Rounds, Spread, spread
from fashion_bench.config import Recipe

__all__ = ["Bench", "as_json", "markdown", "rich_table"]

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

NOTES = """\
* Everything runs on one CPU thread a process (`torch.set_num_threads(1)`). *s per trial* is the wall
  time of one whole trial; of several trained together, its share. Where less than a trial is
  measured, the rest is inferred in proportion.
* The rows are run in turn, {n} rounds after one that is not counted. Figures are medians with the
  lowest and highest in brackets; ratios are taken round by round.
* *plain* is an ordinary module with its images in memory and torch's fused Adam. It, the notebook
  and the engine all train, validate after every epoch, and keep the best weights.
* *GFLOP/s* counts matrix products and convolutions alone. The peak is `torch.mm` of 1,024 x 1,024
  float32 matrices on one thread: {peak} GFLOP/s.
* *start* is a fresh interpreter's time until it can train: imports, images, workers. *peak* is the
  resident memory of all its processes, a shared library counted in each.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that was measured.

    Attributes:
        machine: what it was measured on, as words.
        trial: what one trial is.
        contestants: the rows.
        rounds: their times.
        fresh: starts and memory by contestant; empty when not measured.
    """

    machine: Mapping[str, str]
    trial: Recipe
    contestants: Sequence[Contestant]
    rounds: Rounds
    fresh: Mapping[str, Fresh]


def as_json(bench: Bench) -> dict[str, Any]:
    """Return the figures as plain data."""
    return {
        "machine": dict(bench.machine),
        "trial": asdict(bench.trial),
        "matmul_gflops": list(bench.rounds.matmul_gflops),
        "rows": [_row(bench, contestant) for contestant in bench.contestants],
    }


def rich_table(bench: Bench) -> Table:
    """Return the table for a terminal."""
    table = Table(*HEADER)
    for row in _rows(bench):
        table.add_row(*row)
    return table


def markdown(bench: Bench) -> str:
    """Return the page that is kept beside the JSON."""
    rows = [HEADER, ("---",) + ("---:",) * (len(HEADER) - 2) + ("---",), *_rows(bench)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    machine = ", ".join(f"{name} {value}" for name, value in bench.machine.items())
    peak = spread(bench.rounds.matmul_gflops)
    notes = NOTES.format(n=peak.n, peak=_told(peak))
    return "\n".join(["# Speed", "", f"Measured on: {machine}.", "", *lines, "", notes])


def _row(bench: Bench, contestant: Contestant) -> dict[str, Any]:
    """Return one row's figures."""
    rounds, name = bench.rounds, contestant.name
    gflop = trial_gflop(contestant.whole(bench.trial))
    rates = [gflop / seconds for seconds in rounds.seconds[name]]
    shares = [rate / peak for rate, peak in zip(rates, rounds.matmul_gflops, strict=True)]
    fresh = bench.fresh.get(name)
    return {
        "name": name,
        "measured": _measured(contestant, bench.trial),
        "seconds": list(rounds.seconds[name]),
        "seconds_per_trial": asdict(spread(rounds.seconds[name])),
        "over_plain": asdict(rounds.ratio(name, PLAIN.name)),
        "notebook_over_it": asdict(rounds.ratio(NOTEBOOK.name, name)),
        "gflops": asdict(spread(rates)),
        "of_peak": asdict(spread(shares)),
        "start_seconds": fresh and fresh.start_seconds,
        "peak_mib": fresh and fresh.peak_mib,
    }


def _rows(bench: Bench) -> list[tuple[str, ...]]:
    return [_cells(_row(bench, contestant)) for contestant in bench.contestants]


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        _told(Spread(**row["seconds_per_trial"])),
        _told(Spread(**row["over_plain"])),
        _told(Spread(**row["notebook_over_it"])),
        f"{row['gflops']['median']:.1f}",
        f"{row['of_peak']['median']:.0%}",
        _number(row["start_seconds"]),
        _number(row["peak_mib"]),
        row["measured"],
    )


def _measured(contestant: Contestant, trial: Recipe) -> str:
    part = contestant.measured(trial)
    epochs = f"{part.epochs} epoch{'s' if part.epochs > 1 else ''}"
    images = "" if part.train_images == trial.train_images else f" of {part.train_images:,} images"
    trials = "" if contestant.trials == 1 else f", {contestant.trials} trials"
    return f"{epochs}{images}{trials}"


def _told(figure: Spread) -> str:
    return f"{_number(figure.median)} [{_number(figure.low)}, {_number(figure.high)}]"


def _number(value: float | None) -> str:
    """Write a number with three significant digits, or a dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
