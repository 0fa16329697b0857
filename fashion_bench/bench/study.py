"""What a whole study takes, from the command to its end: time, epochs trained, memory."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fashion_bench.app.browse import read_study
from fashion_bench.bench.memory import peak_pss_mib
from fashion_bench.bench.setting import WORKERS, Setting
from fashion_bench.bench.study_files import NAME, rungs_of, write_halving
from fashion_bench.bench.tables import Table, spread

__all__ = ["measure_long_study", "measure_study"]

TRIALS = 24

_NOTES = """\
`fashion-bench study run` on {workers} workers: TPE; of every three trials at a rung (epochs
{rungs} of {epochs}) one goes on; hidden layers of 64, 250 or 256 units; {images:,} images an epoch;
everything recorded. *wall* is from the command to its end, n = {n}. *peak* is the most memory that
driver, workers and writer held together in a run of its own, memory they share counted once (PSS).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """One run of a study: its wall time, how many epochs it trained, and its peak memory."""

    seconds: float
    epochs: int
    peak_mib: float | None = None


def measure_study(setting: Setting) -> list[Table]:
    """Run a small study several times."""
    trials, rounds = (8, 0) if setting.quick else (TRIALS, setting.rounds)
    return [_table(setting, trials, rounds)]


def measure_long_study(setting: Setting) -> list[Table]:
    """Run a large study once, and once more to watch its memory."""
    return [_table(setting, setting.study or 200, 1)]


def _table(setting: Setting, trials: int, rounds: int) -> Table:
    watched = _run(setting, trials, watch=True)
    setting.say(f"study of {trials}: peak {watched.peak_mib or 0:,.0f} MiB")
    runs = []
    for number in range(1, rounds + 1):
        runs.append(_run(setting, trials))
        setting.say(f"round {number} of {rounds}: study of {trials}, {runs[-1].seconds:.3g} s")
    runs = runs or [watched]
    return Table(
        rows=(
            {
                "trials": trials,
                "epochs": watched.epochs,
                "wall, s": spread([run.seconds for run in runs]),
                "s per epoch": spread([run.seconds / run.epochs for run in runs]),
                "peak, MiB": watched.peak_mib,
            },
        ),
        notes=_NOTES.format(
            workers=WORKERS,
            rungs=" and ".join(map(str, rungs_of(setting.trial))),
            epochs=setting.trial.epochs,
            images=setting.trial.train_images,
            n=len(runs),
        ),
    )


def _run(setting: Setting, trials: int, *, watch: bool = False) -> _Ran:
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = write_halving(folder, setting.trial, trials)
        command = [sys.executable, "-m", "fashion_bench", "study", "run", str(file)]
        where = ["--runs", str(folder / "runs"), "--data", str(setting.data)]
        how = ["--device", "cpu", "--workers", str(WORKERS)]
        told = folder / "told"
        started = time.perf_counter()
        with (
            told.open("w") as output,
            subprocess.Popen([*command, *where, *how], stdout=output, stderr=output) as process,
        ):
            peak = peak_pss_mib(process) if watch else None
            code = process.wait()
        seconds = time.perf_counter() - started
        if code:
            raise RuntimeError(told.read_text())
        epochs = sum(len(trial.history) for trial in read_study(folder / "runs", NAME).trials)
    return _Ran(seconds=seconds, epochs=epochs, peak_mib=peak)
