"""What a trial costs: beside the notebook's own loop and a plain one, on a busy machine, on a GPU.

What is written for a GPU also runs on a CPU, where nothing is compiled: to try it out there.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import median

import click
import torch

from experiments.bench import cases
from experiments.bench.cases import NOTEBOOK, PLAIN, WORKERS, BenchmarkCase, Options
from experiments.bench.measure import COPIED_BYTES, MIB, SIDES, Rounds, peak_mib, run_rounds
from experiments.bench.page import Row, Table, make_table, spread
from fashion_bench.config import Recipe
from fashion_bench.execution.cores import default_workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A case in an interpreter of its own.

    Attributes:
        seconds: from starting the interpreter until it can train.
        peak_mib: most memory held in one epoch by it and its workers together.
    """

    seconds: float
    peak_mib: float


def measure_start(case: BenchmarkCase, options: Options) -> Start:
    """Start an interpreter, train there for one epoch, and return what that took."""
    given = case.name, str(options.data), json.dumps(asdict(options.trial))
    command = [sys.executable, "-m", "experiments.bench.cases", *given]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        peak = peak_mib(process.pid)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = float(ready) - started
    click.echo(f"start: {case.name}, {seconds:.1f} s", err=True)
    return Start(seconds=seconds, peak_mib=peak)


def measure_engine(options: Options) -> list[Table]:
    """Run every case in turn, and in all but a quick benchmark each in a fresh interpreter."""
    fresh = () if options.quick else cases.ENGINE_CASES
    starts = {case.name: measure_start(case, options) for case in fresh}
    return _measure(options, cases.ENGINE_CASES, "engine", starts)


def measure_gpu(options: Options) -> list[Table]:
    """Measure a plain loop and cohorts of the MLP."""
    return _measure(options, cases.gpu_cases((2, 4) if options.quick else (8, 64, 256)), "gpu", {})


def measure_gpu_cnn(options: Options) -> list[Table]:
    """Measure a cohort of the CNN."""
    lanes = 2 if options.quick else 256
    case = replace(cases.ENGINE, name=f"CNN, {lanes} lanes", trials=lanes, model="cnn")
    return _measure(options, [case], "gpu", {})


def _measure(
    options: Options, timed: Sequence[BenchmarkCase], note: str, starts: Mapping[str, Start]
) -> list[Table]:
    torch.set_num_threads(1)
    rounds = run_rounds(timed, options, peaks_too=True)
    side, mib = SIDES[options.device], COPIED_BYTES[options.device] // MIB
    peaks: list[Row] = [
        {"peak": name, "speed": spread([peak[name] for peak in rounds.peaks])}
        for name in rounds.peaks[0]
    ]
    return [
        make_table(case_rows(timed, options.trial, rounds, starts), note, options=options),
        make_table(peaks, "peaks", options=options, side=side, mib=mib),
    ]


def case_rows(
    timed: Sequence[BenchmarkCase], trial: Recipe, rounds: Rounds, starts: Mapping[str, Start]
) -> Iterator[Row]:
    """Compare every case with the plain loop and the notebook's, where these were run."""
    for case in timed:
        name, seconds, start = case.name, rounds.seconds[case.name], starts.get(case.name)
        beside = rounds.seconds.keys() if case.model == PLAIN.model else ()
        gflops, of_peak = rounds.gflops(case, trial)
        longer = max(0.0, rounds.first.get(name, 0.0) - median(seconds)) / case.scale(trial)
        yield {
            "what": name,
            "s per trial": spread(seconds),
            "÷ plain": rounds.ratio(name, PLAIN.name) if PLAIN.name in beside else None,
            "notebook ÷ it": rounds.ratio(NOTEBOOK.name, name) if NOTEBOOK.name in beside else None,
            "GFLOP/s": gflops,
            "of peak, %": of_peak,
            "first, s": longer if rounds.first else None,
            "start, s": start.seconds if start else None,
            "peak, MiB": start.peak_mib if start else rounds.gpu_mib.get(name),
            "measured": _part(case, trial),
        }


def _part(case: BenchmarkCase, trial: Recipe) -> str:
    part = case.measured(trial)
    epochs = f"{part.epochs} epoch{'s' if part.epochs > 1 else ''}"
    images = "" if part.train_images == trial.train_images else f" of {part.train_images:,} images"
    return epochs + images + ("" if case.trials == 1 else f", {case.trials} trials")


def measure_busy(options: Options) -> list[Table]:
    """Train beside another program, and without it."""
    options = replace(options, trial=cases.tenth(options.trial))
    trials = WORKERS if options.quick else 16  # so many that it shows how work is shared out, too
    workers, cores = partial(cases.prepare_workers, WORKERS), default_workers()
    quiet = BenchmarkCase(name="quiet", prepare=workers, trials=trials)
    busy = BenchmarkCase(name="another program busy", prepare=cases.prepare_busy, trials=trials)
    rows = run_rounds((quiet, busy), options).compared()
    figures = {"trials": trials, "workers": WORKERS, "cores": cores}
    fair = max(1.0, (WORKERS + 1) / cores)
    return [make_table(rows, "busy", options=options, fair=fair, **figures)]
