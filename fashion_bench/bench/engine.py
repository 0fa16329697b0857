"""What a trial costs: the notebook's own loop, a plain one, and the engine in its several ways."""

from collections.abc import Mapping, Sequence
from statistics import median

import torch

from fashion_bench.bench.contestants import CONTESTANTS, NOTEBOOK, PLAIN, Contestant
from fashion_bench.bench.machine import peaks_table, trial_gflop
from fashion_bench.bench.measure import Fresh, Rounds, measure_fresh, run_rounds
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.tables import Row, Table, spread
from fashion_bench.config import Recipe
from fashion_bench.data import load_train

__all__ = ["engine_table", "measure_engine"]

_NOTES = """\
* Everything runs on one CPU thread a process (`torch.set_num_threads(1)`). *s per trial* is the
  wall time of {epochs} epochs of {images:,} images, each epoch with its validation; of trials that
  run together, a trial's share of it. Where less is measured, as the last column says, the rest is
  inferred in proportion.
* The rows run in turn, {n} times after a first that does not count (n = {n}). Figures are medians
  with the lowest and highest in brackets; ratios are taken round by round.
* The plain loop is an ordinary module with its images in memory, as floats, and torch's fused Adam.
  It, the notebook's loop and the engine record the same figures and keep the best epoch's weights.
* On a CPU the engine trains one lane at a time; the vmapped rendering is for GPUs.
* *GFLOP/s* counts matrix products and convolutions alone. *of peak* is by the better of the two
  peaks of products below, on one thread; convolutions come from another library, which may exceed
  it.
* *start* is how long a fresh interpreter takes until it can train: imports, images, workers. *peak*
  is the most memory its processes held, a shared library counted in each.
"""


def measure_engine(setting: Setting) -> list[Table]:
    """Run every contestant in turn, and all but a quick bench's each in a fresh interpreter."""
    torch.set_num_threads(1)
    trial, data = setting.trial, setting.data
    images = load_train(trial.source, data)
    fresh = {}
    for contestant in () if setting.quick else CONTESTANTS:
        fresh[contestant.name] = measure_fresh(contestant, trial, data)
        setting.say(f"start: {contestant.name}, {fresh[contestant.name].start_seconds:.1f} s")
    rounds = run_rounds(
        CONTESTANTS,
        trial,
        images,
        data,
        rounds=setting.rounds,
        say=setting.say,
        warm_up=not setting.quick,
        device="cpu",
    )
    return [engine_table(CONTESTANTS, trial, rounds, fresh), peaks_table(rounds.peaks, "cpu")]


def engine_table(
    contestants: Sequence[Contestant], trial: Recipe, rounds: Rounds, fresh: Mapping[str, Fresh]
) -> Table:
    """Set every contestant beside the plain loop and the notebook's."""
    return Table(
        rows=tuple(_row(each, trial, rounds, fresh.get(each.name)) for each in contestants),
        notes=_NOTES.format(
            epochs=trial.epochs, images=trial.train_images, n=len(rounds.seconds[PLAIN.name])
        ),
    )


def _row(contestant: Contestant, trial: Recipe, rounds: Rounds, fresh: Fresh | None) -> Row:
    name = contestant.name
    seconds = rounds.seconds[name]
    alike = contestant.model == PLAIN.model
    gflop = trial_gflop(contestant.whole(trial))
    of_peak = [
        100 * gflop / took / peaks.gflops for took, peaks in zip(seconds, rounds.peaks, strict=True)
    ]
    return {
        "what": name,
        "s per trial": spread(seconds),
        "÷ plain": rounds.ratio(name, PLAIN.name) if alike else None,
        "notebook ÷ it": rounds.ratio(NOTEBOOK.name, name) if alike else None,
        "GFLOP/s": gflop / median(seconds),
        "of peak, %": median(of_peak),
        "start, s": fresh.start_seconds if fresh else None,
        "peak, MiB": fresh.peak_mib if fresh else None,
        "measured": _measured(contestant, trial),
    }


def _measured(contestant: Contestant, trial: Recipe) -> str:
    part = contestant.measured(trial)
    epochs = f"{part.epochs} epoch{'s' if part.epochs > 1 else ''}"
    images = "" if part.train_images == trial.train_images else f" of {part.train_images:,} images"
    trials = "" if contestant.trials == 1 else f", {contestant.trials} trials"
    return f"{epochs}{images}{trials}"
