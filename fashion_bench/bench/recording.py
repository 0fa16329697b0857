"""What recording costs: a recorded study beside the training of the same trials alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fashion_bench.app.run import How, run_study
from fashion_bench.app.work import open_executor
from fashion_bench.bench.contestants import Contestant, Run
from fashion_bench.bench.measure import run_rounds
from fashion_bench.bench.mirror import mirror_table
from fashion_bench.bench.setting import WORKERS, Setting, tenth
from fashion_bench.bench.study_files import Silent, write_equal
from fashion_bench.bench.tables import Table, spread
from fashion_bench.config import Recipe
from fashion_bench.data import Images, load_train
from fashion_bench.records import Progress, Segment
from fashion_bench.search.layout import Layout
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.plan import Plan
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import load_study
from fashion_bench.training.checkpoint import Store

__all__ = ["generations_of", "measure_long_recording", "measure_recording"]

TRIALS = 64

_NOTES = """\
A study of {trials:,} trials of {epochs} epochs of {images:,} images on {workers} workers.
*Recorded* is all of it: ledger, and MLflow on sqlite with parameters, curves, a checkpoint and a
picture of every trial. *Alone* trains the same trials in the same generations and saves their
weights as training does, without ledger and MLflow. Both start their processes and end them. In
turn, n = {n}.
"""
_HARSHER = """\
A whole trial has ten times the images: beside it, recording weighs a tenth of what it does here.
"""


def measure_recording(setting: Setting) -> list[Table]:
    """Measure small trials, recorded and not, and what MLflow takes for each."""
    trials, rounds = (8, 1) if setting.quick else (TRIALS, setting.rounds)
    table = _table(setting, tenth(setting.trial), trials, rounds, notes=_NOTES + _HARSHER)
    return [table, mirror_table(setting)]


def measure_long_recording(setting: Setting) -> list[Table]:
    """Measure a study of whole trials, once."""
    return [_table(setting, setting.trial, setting.study or 1_000, 1, notes=_NOTES)]


def _table(setting: Setting, trial: Recipe, trials: int, rounds: int, *, notes: str) -> Table:
    alone = Contestant(name="alone", open=partial(_open_alone, trials), trials=trials)
    recorded = Contestant(name="recorded", open=partial(_open_recorded, trials), trials=trials)
    result = run_rounds(
        (alone, recorded),
        trial,
        load_train(trial.source, setting.data),
        setting.data,
        rounds=rounds,
        say=setting.say,
        warm_up=False,  # every run starts its processes anew
    )
    return Table(
        rows=tuple(
            {
                "training": name,
                "s per trial": spread(seconds),
                "÷ alone": result.ratio(name, alone.name),
            }
            for name, seconds in result.seconds.items()
        ),
        notes=notes.format(
            trials=trials,
            epochs=trial.epochs,
            images=trial.train_images,
            workers=WORKERS,
            n=rounds,
        ),
    )


@contextmanager
def _open_recorded(trials: int, recipe: Recipe, _: Images, data: Path) -> Iterator[Run]:
    with TemporaryDirectory() as folder:
        file = write_equal(Path(folder), recipe, trials)

        def run() -> None:
            with TemporaryDirectory() as runs:
                how = How(runs=Path(runs), data=data, device="cpu", workers=WORKERS)
                finished = run_study(file, how, Silent())
            if finished.mirrored.problem:
                raise RuntimeError(finished.mirrored.problem)

        yield run


@contextmanager
def _open_alone(trials: int, recipe: Recipe, _: Images, data: Path) -> Iterator[Run]:
    with TemporaryDirectory() as folder:
        file = write_equal(Path(folder), recipe, trials)
        generations = generations_of(plan_of(load_study(file), file))

    def run() -> None:
        with TemporaryDirectory() as runs:
            store = Store(Path(runs))
            with open_executor(recipe.source, data, store, "cpu", WORKERS) as executor:
                for segments in generations:
                    executor.run(segments, _ignore)

    yield run


def generations_of(plan: Plan) -> list[list[Segment]]:
    """Return what a study of one arm and random trials has trained, generation by generation."""
    (arm,) = plan.arms
    study = ArmStudy(plan, arm)
    layout = Layout(device="cpu", lanes=1, slab=plan.slab)
    generations = []
    for generation in range(plan.trials_per_arm // plan.generation):
        first = generation * plan.generation
        numbers = range(first, first + plan.generation)
        asked = study.ask(generation, numbers)
        trials = [
            plan.trial(arm, number, params) for number, params in zip(numbers, asked, strict=True)
        ]
        generations.append(layout.segments(trials, from_epoch=0, until_epoch=plan.recipe.epochs))
    return generations


def _ignore(_segment: Segment, _progress: Sequence[Progress]) -> None:
    pass
