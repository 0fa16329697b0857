"""How training bears another program that keeps a core busy."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from fashion_bench.bench.contestants import Contestant, Run, open_workers
from fashion_bench.bench.measure import run_rounds
from fashion_bench.bench.setting import WORKERS, Setting, tenth
from fashion_bench.bench.tables import Table, spread
from fashion_bench.data import load_train
from fashion_bench.execution.cores import default_workers

__all__ = ["busy_program", "measure_busy"]

TRIALS = 16  # so many that it shows how work is shared out, too

# It ends with the bench, even if that is killed.
_SPIN = """\
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""

_NOTES = """\
{trials} trials of {epochs} epochs of {images:,} images on {workers} workers, alone on the machine
and beside a program that keeps one core busy; in turn, n = {n} after a first round that does not
count. *Throughput* is trials in a second over those of the quiet machine; with {cores} cores for
{workers} workers and that program, the workers' fair share is {fair:.2f}.
"""


def measure_busy(setting: Setting) -> list[Table]:
    """Train with and without another program."""
    trial, data = tenth(setting.trial), setting.data
    trials = WORKERS if setting.quick else TRIALS
    images = load_train(trial.source, data)
    with open_workers(WORKERS, trials, trial, images, data) as run:
        quiet = _contestant("quiet", run, trials)
        busy = _contestant("another program busy", partial(_disturbed, run), trials)
        rounds = run_rounds(
            (quiet, busy), trial, images, data, rounds=setting.rounds, say=setting.say
        )
    cores = default_workers()
    return [
        Table(
            rows=tuple(
                {
                    "machine": name,
                    "s per trial": spread(seconds),
                    "throughput": rounds.ratio(quiet.name, name),
                }
                for name, seconds in rounds.seconds.items()
            ),
            notes=_NOTES.format(
                trials=trials,
                epochs=trial.epochs,
                images=trial.train_images,
                workers=WORKERS,
                n=setting.rounds,
                cores=cores,
                fair=min(1.0, cores / (WORKERS + 1)),
            ),
        )
    ]


@contextmanager
def busy_program() -> Iterator["subprocess.Popen[bytes]"]:
    """Have a program keep one core busy meanwhile."""
    process = subprocess.Popen([sys.executable, "-c", _SPIN])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _contestant(name: str, run: Run, trials: int) -> Contestant:
    """Return a contestant that is open already: both share the workers."""
    return Contestant(name=name, open=lambda *_: nullcontext(run), trials=trials)


def _disturbed(run: Run) -> None:
    with busy_program():
        run()
