"""What is timed, each as a row of a table.

A case prepares what a worker prepares once, and is then run as often as asked. What only some
cases need is imported there: run as a module, one shows how long a fresh interpreter takes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import torch

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.devices import ON_A_CPU, DeviceKind, EngineName
from fashion_bench.records import Segment
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance, rows_of
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Vmapped

SEED = 1234
WORKERS = 2  # on any machine, so that its figures can be compared with another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the benchmark is asked to measure.

    Attributes:
        trial: what one whole trial is.
        data: the folder of images.
        rounds: how often to measure.
        device: what to train on.
        study: trials of the study of sections that have one; ``None`` for their own number.
        kept: file of what a section of many searches has measured, to go on with.
        quick: whether to try it out on the smallest sizes.
    """

    trial: Recipe
    data: Path
    rounds: int = 1
    device: DeviceKind = "cpu"
    study: int | None = None
    kept: Path | None = None
    quick: bool = False

    @property
    def sources(self) -> Sources:
        """Where images are looked for."""
        return Sources(folder=self.data, beside=Path.cwd())


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What cases are prepared with.

    Attributes:
        options: as given.
        images: to train on, where the device is.
        resources: closed after the last run.
    """

    options: Options
    images: Images
    resources: ExitStack


Run = Callable[[], object]
Prepare = Callable[["BenchmarkCase", Recipe, Inputs], Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkCase:
    """One row.

    Attributes:
        name: what the table calls it.
        prepare: given the case, what to train, and the inputs, returns what is run.
        part: how much of a trial a run trains: all, its first epoch, or an epoch of a tenth of
            its images; the rest is inferred.
        trials: how many trials a run trains.
        model: which network.
        widths: of the first trial, the second …, and again from the first; empty for the default.
        dropouts: likewise.
        tf32: whether a GPU may multiply in tf32.
        engine: how a GPU runs a step.
    """

    name: str
    prepare: Prepare
    part: Literal["trial", "epoch", "tenth"] = "trial"
    trials: int = 1
    model: str = "mlp"
    widths: Sequence[tuple[int, ...]] = ()
    dropouts: Sequence[float] = (0.0,)
    tf32: bool = True
    engine: EngineName = "captured"

    def measured(self, trial: Recipe) -> Recipe:
        """Return what a run trains of a trial."""
        whole = replace(trial, model=self.model)
        part = whole if self.part == "trial" else replace(whole, epochs=1)
        return tenth(part) if self.part == "tenth" else part

    def scale(self, trial: Recipe) -> float:
        """Return what a run's seconds are to be multiplied by to be those of one trial."""
        whole, part = (each.epochs * each.train_images for each in (trial, self.measured(trial)))
        return whole / (part * self.trials)

    def configs(self, recipe: Recipe) -> list[TrialConfig]:
        """Return the trials of a run."""
        widths = self.widths or [()]
        dealt = zip(range(SEED, SEED + self.trials), cycle(widths), cycle(self.dropouts))
        return [
            TrialConfig(
                recipe=recipe, arguments=own, hyper=Hyper(dropout=rate), seed=seed, split_seed=SEED
            )
            for seed, own, rate in dealt
        ]


def tenth(recipe: Recipe) -> Recipe:
    """Return a recipe with a tenth of its images."""
    train, valid = recipe.train_images // 10, recipe.valid_images // 10
    return replace(recipe, train_images=train, valid_images=valid)


def prepare_notebook(_: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run the notebook's own loop."""
    from experiments.bench.notebook import run_notebook

    lengths = recipe.train_images, recipe.valid_images
    return partial(run_notebook, inputs.images, seed=SEED, epochs=recipe.epochs, lengths=lengths)


def prepare_plain(case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run the plain loop."""
    from experiments.bench import plain

    rows = plain.rows_of(inputs.images)
    return partial(plain.train_plain, rows, recipe, seed=SEED, dropout=case.dropouts[0])


def prepare_cohort(case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Train one cohort in this process."""
    configs, device = case.configs(recipe), inputs.options.device
    engine = case.engine if device == "cuda" else None

    def run() -> None:
        cohort = Cohort.start(configs, device)
        advance(cohort, inputs.images, recipe.epochs, engine=engine, tf32=case.tf32)

    return run


def prepare_vmapped(case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run the vmapped rendering itself: the loop would give a single lane the plain one."""
    configs = case.configs(recipe)

    def run() -> None:
        rendering = Vmapped(Cohort.start(configs), inputs.images)
        rows = rows_of(configs, len(inputs.images.labels))
        with fast_matmul():
            for step, rows_TB in enumerate(torch.split(rows.train, recipe.batch_size, dim=1)):
                rendering.step(rows_TB, step)
            rendering.validate(rows.valid, CHUNK)

    return run


def prepare_workers(workers: int, case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run trials as a study does: sent to processes, their results saved."""
    from fashion_bench.app.workers import make_train
    from fashion_bench.execution.processes import ProcessExecutor
    from fashion_bench.training.checkpoint import CheckpointStore

    store = CheckpointStore(Path(inputs.resources.enter_context(TemporaryDirectory())))
    make = partial(make_train, recipe.source, inputs.options.sources, store, ON_A_CPU)
    executor = inputs.resources.enter_context(ProcessExecutor(make, workers))
    names = map("bench.engine-{}".format, count())  # a trial's results are kept by its name

    def run(part: Recipe = recipe) -> None:
        trials = [Trial(trial_id=next(names), config=config) for config in case.configs(part)]
        segments = [Segment(trials=(trial,), until_epoch=part.epochs) for trial in trials]
        executor.run(segments, lambda segment, progress: ())

    run(replace(recipe, epochs=1, train_images=64, valid_images=64))  # starts the workers
    return run


def prepare_busy(case: BenchmarkCase, recipe: Recipe, inputs: Inputs) -> Run:
    """Run trials on workers beside a program that keeps one core busy."""
    run = prepare_workers(WORKERS, case, recipe, inputs)

    def run_disturbed() -> None:
        with busy_program():
            run()

    return run_disturbed


# It ends with the process that it is told, even if that is killed.
SPIN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(1_000_000))"


@contextmanager
def busy_program() -> Iterator["subprocess.Popen[bytes]"]:
    """Have a program keep one core busy meanwhile."""
    with subprocess.Popen([sys.executable, "-c", SPIN, str(os.getpid())]) as process:
        try:
            yield process
        finally:
            process.kill()


NOTEBOOK = BenchmarkCase(name="notebook's own loop", prepare=prepare_notebook, part="epoch")
PLAIN = BenchmarkCase(name="plain loop, fused Adam", prepare=prepare_plain)
ENGINE = BenchmarkCase(name="engine, one lane", prepare=prepare_cohort)
VMAPPED = BenchmarkCase(name="engine, vmapped, 1 lane", prepare=prepare_vmapped, part="tenth")

ENGINE_CASES: Sequence[BenchmarkCase] = (
    NOTEBOOK,
    PLAIN,
    replace(PLAIN, name="plain loop, dropout 0.25", dropouts=(0.25,)),
    ENGINE,
    replace(ENGINE, name="engine, one lane, dropout 0.25", dropouts=(0.25,)),
    BenchmarkCase(name="engine, 1 worker", prepare=partial(prepare_workers, 1), trials=2),
    BenchmarkCase(name="engine, 2 workers", prepare=partial(prepare_workers, 2), trials=2),
    VMAPPED,
    *(replace(VMAPPED, name=f"engine, vmapped, {n} lanes", trials=n) for n in (2, 4, 8)),
    replace(ENGINE, name="engine, one lane, CNN", part="tenth", model="cnn"),
)


def gpu_cases(sizes: Sequence[int]) -> Sequence[BenchmarkCase]:
    """Return the plain loop, cohorts of one lane and of these sizes, and some of the last but one.

    Those differ in their widths, and have dropout in every other lane, or are all 256 wide.
    """
    some = sizes[-2]
    mixed = replace(ENGINE, trials=some, widths=[(64, 100), (250, 100), (256, 100)])
    mixed_name = f"{some} lanes, 64, 250 and 256 wide, half with dropout"
    return (
        replace(PLAIN, part="epoch", tf32=False),
        replace(ENGINE, name="1 lane", part="epoch"),
        *(replace(ENGINE, name=f"{n} lanes", trials=n) for n in sizes),
        *(replace(ENGINE, name=f"{n} lanes, compiled", trials=n, engine="compiled") for n in sizes),
        *(replace(ENGINE, name=f"{n} lanes, float32", trials=n, tf32=False) for n in sizes[-2:]),
        replace(ENGINE, name=f"{some} lanes, 256 wide", trials=some, widths=[(256, 100)]),
        replace(mixed, name=mixed_name, dropouts=(0.0, 0.25)),
    )


@contextmanager
def prepare(cases: Sequence[BenchmarkCase], options: Options) -> Iterator[list[Run]]:
    """Prepare cases to be run, until the context is left."""
    with ExitStack() as resources:
        sources = Sources(folder=options.data, beside=Path.cwd())
        images = sources.open(options.trial.source).load("train").to(options.device)
        inputs = Inputs(options=options, images=images, resources=resources)
        yield [case.prepare(case, case.measured(options.trial), inputs) for case in cases]


def main(name: str, data: str, trial: str) -> None:
    """Prepare a case, tell when that was done on the clock of ``time.monotonic``, run an epoch."""
    options = Options(trial=replace(Recipe(**json.loads(trial)), epochs=1), data=Path(data))
    with prepare([case for case in ENGINE_CASES if case.name == name], options) as (run,):
        print(time.monotonic(), flush=True)
        run()


if __name__ == "__main__":
    main(*sys.argv[1:])
