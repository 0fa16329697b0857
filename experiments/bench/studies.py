"""What a study costs beside its training: the search alone, recording, and all of it together."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from optuna.trial import FrozenTrial

from experiments.bench.cases import NOTEBOOK, WORKERS, BenchmarkCase, Inputs, Options, Run, tenth
from experiments.bench.measure import peak_mib, run_rounds, seconds_of
from experiments.bench.page import Row, Spread, Table, make_table, spread
from fashion_bench.app.browse import read_study
from fashion_bench.app.options import RunOptions
from fashion_bench.app.provenance import provenance
from fashion_bench.app.run import run_study
from fashion_bench.config import Recipe
from fashion_bench.plan import Plan
from fashion_bench.records import TrialRecord
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.tracking.mlflow_mirror import Mirror
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort
from tests.search.made_up_curves import GENERATION, Silent, drive_made_up, study_made_up

RUNGS = (1, 3)  # the epochs at which of every three trials of a whole study one goes on
FIXED = ("source", "train_images", "valid_images", "batch_size")
TIMES = 5


def measure_search(options: Options) -> list[Table]:
    """Drive a study of random trials through the ledger, then ask TPE after as many."""
    trials = 192 if options.quick else 5_000
    stops = [stop for stop in (100, 1_000, trials) if stop <= trials]
    asked, clock = study_made_up("random", trials), _Clock()
    with TemporaryDirectory() as folder:
        (done,) = drive_made_up(asked, Path(folder), clock).past(asked.plan).trials.values()
    rows: list[Row] = [
        {
            "trials done": stop,
            "driver and ledger, ms per trial": clock.ms_around(stop // GENERATION),
            "TPE, ms per ask": _asked_ms(done[:stop]),
        }
        for stop in stops
    ]
    return [make_table(rows, "search", plan=asked.plan, times=TIMES)]


class _Clock(Silent):
    """A reporter that notes when the study began and when each of its generations ended."""

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        self.times = [time.perf_counter()]

    def finished(self, records: Sequence[TrialRecord]) -> None:
        self.times.append(time.perf_counter())

    def ms_around(self, generation: int) -> Spread:
        """Return the time per trial of the generations around one, five or fewer."""
        each = [after - before for before, after in pairwise(self.times)]
        last = min(max(generation, TIMES) + 2, len(each))
        around = each[max(2, last - TIMES) : last]  # the first two wait for nothing to be recorded
        return spread([1000 * seconds / GENERATION for seconds in around])


def _asked_ms(done: Sequence[FrozenTrial]) -> Spread:
    """Time a generation's asks, five times over, after these trials."""
    plan, took = study_made_up("tpe", GENERATION).plan, []
    numbers = range(len(done), len(done) + GENERATION)
    for generation in range(TIMES):
        study = ArmStudy(plan, plan.arms[0], done)
        took.append(1000 * seconds_of(partial(study.ask, generation, numbers)) / GENERATION)
    return spread(took)


def write_study(folder: Path, recipe: Recipe, trials: int, *, halving: bool) -> Path:
    """Write a study: of TPE, halving and three widths, or random and each trained to its end."""
    keys: dict[str, object] = {
        "name": "bench",
        "question": "How fast is this machine?",
        "seed": 1234,
        "model": recipe.model,
        "epochs": recipe.epochs,
        **{f"fixed.{name}": getattr(recipe, name) for name in FIXED},
        "nuisance.lr.low": 1e-4,
        "nuisance.lr.high": 1e-2,
        "nuisance.lr.log": True,
        "arms.all": {},
        "search.sampler": "tpe" if halving else "random",
        "budget.trials_per_arm": trials,
    }
    if halving:
        keys |= {"nuisance.hidden": [64, 250, 256], "search.pruner": "halving", "search.eta": 3}
        keys["rungs"] = _rungs(recipe)
    file = folder / "bench.toml"
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()))
    return file


def _rungs(recipe: Recipe) -> list[int]:
    return [rung for rung in RUNGS if rung < recipe.epochs]


def measure_recording(options: Options) -> list[Table]:
    """Measure small trials, recorded and not, and what MLflow takes for each.

    With ``--epochs 3`` a trial takes about 0.2 s.
    """
    small = replace(options, trial=tenth(options.trial))
    table = _recording_table(small, options.study or 64, "recording")
    return [table, _mirror_table(options)]


def measure_long_recording(options: Options) -> list[Table]:
    """Measure a study of whole trials, once."""
    once, trials = replace(options, rounds=1), options.study or 1_000
    return [_recording_table(once, trials, "recording-long")]


def _recording_table(options: Options, trials: int, note: str) -> Table:
    names = {"without MLflow": True, "recorded": False}
    cases = [
        BenchmarkCase(name=name, prepare=partial(_prepare_study, without), trials=trials)
        for name, without in names.items()
    ]
    rounds = run_rounds(cases, options, warm_up=False)  # every run starts anew
    return make_table(rounds.compared(), note, options=options, trials=trials, workers=WORKERS)


def _prepare_study(no_mlflow: bool, case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run a study as users do, in a folder of its own."""

    def run() -> None:
        with TemporaryDirectory() as name:
            folder = Path(name)
            file = write_study(folder, recipe, case.trials, halving=False)
            options = RunOptions(
                runs=folder / "runs",
                data=inputs.options.data,
                device="cpu",
                workers=WORKERS,
                no_mlflow=no_mlflow,
            )
            finished = run_study(file, options, Silent())
            if finished.mirrored.problem:
                raise RuntimeError(finished.mirrored.problem)

    return run


def _mirror_table(options: Options) -> Table:
    """Send made-up trials, each with a real checkpoint, into a new store."""
    batches, batch = 1 + options.rounds, 2 if options.quick else 16  # about what a generation has
    asked = study_made_up("random", GENERATION * -(-batches * batch // GENERATION))
    plan = asked.plan
    told = provenance(options.sources.open(options.trial.source).load("train").digest, "cpu")
    sent, worked = [], []
    with TemporaryDirectory() as name:
        folder = Path(name)
        study = drive_made_up(asked, folder, Silent()).read(plan.name)
        cohort, store = Cohort.start(NOTEBOOK.configs(Recipe())), CheckpointStore(folder)
        cohort.histories = [list(study.trials[0].history)]
        store.save(cohort, 0, "it", plan.recipe.epochs)
        checkpoint = store.checkpoint("it")
        kb = checkpoint.stat().st_size / 1000
        mirror = Mirror(folder, replace(study, provenance=told))
        send = partial(mirror.sync_trials, files=lambda _: {"checkpoint.pt": checkpoint})
        for first in range(0, batches * batch, batch):
            trials = study.trials[first : first + batch]
            before = time.process_time()
            sent.append(1000 * seconds_of(partial(send, trials)) / batch)
            worked.append(1000 * (time.process_time() - before) / batch)
    rows: list[Row] = [
        {
            "recording": "into MLflow, with checkpoint",
            "ms per trial": spread(sent[1:]),
            "processor, ms per trial": spread(worked[1:]),
        }
    ]
    return make_table(rows, "mirror", plan=plan, batch=batch, kb=kb, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRun:
    """One run of a study: its wall time, how many epochs it trained, and its peak memory."""

    seconds: float
    epochs: int
    peak_mib: float | None


def measure_study(options: Options) -> list[Table]:
    """Run a small study several times, and once more to watch its memory."""
    return _measure_study(options, *((8, 0) if options.quick else (24, options.rounds)))


def measure_long_study(options: Options) -> list[Table]:
    """Run a large study once, and once more to watch its memory."""
    return _measure_study(options, options.study or 200, 1)


def _measure_study(options: Options, trials: int, rounds: int) -> list[Table]:
    watched = run_command(options, trials, watch=True)
    runs = [run_command(options, trials, watch=False) for _ in range(rounds)] or [watched]
    row: Row = {
        "trials": trials,
        "epochs": watched.epochs,
        "wall, s": spread([run.seconds for run in runs]),
        "s per epoch": spread([run.seconds / run.epochs for run in runs]),
        "peak, MiB": watched.peak_mib,
    }
    rungs = " and ".join(map(str, _rungs(options.trial)))
    figures = {"n": len(runs), "rungs": rungs, "workers": WORKERS}
    return [make_table([row], "study", options=options, **figures)]


def run_command(options: Options, trials: int, *, watch: bool) -> StudyRun:
    """Run ``fashion-bench study run``, and perhaps watch its memory, which takes time.

    Raises:
        RuntimeError: it failed, and so there is nothing to tell.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        file, runs, told = (folder / part for part in ("bench.toml", "runs", "told"))
        write_study(folder, options.trial, trials, halving=True)
        given = ["--runs", runs, "--data", options.data, "--device", "cpu", "--workers", WORKERS]
        command = [sys.executable, "-m", "fashion_bench", "study", "run", *map(str, [file, *given])]
        started = time.perf_counter()
        with told.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
            peak = peak_mib(process.pid) if watch else None
        seconds = time.perf_counter() - started
        if process.returncode:
            raise RuntimeError(told.read_text())
        epochs = sum(len(trial.history) for trial in read_study(runs, "bench").trials)
    memory = "" if peak is None else f", peak {peak:,.0f} MiB"
    click.echo(f"study of {trials}: {seconds:.3g} s{memory}", err=True)
    return StudyRun(seconds=seconds, epochs=epochs, peak_mib=peak)
