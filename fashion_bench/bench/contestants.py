"""What is timed, each as the table's row; everything heavy is imported when a row is opened.

A contestant prepares what a worker prepares once (its images), and is then run as often as asked.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from fashion_bench.config import DEFAULT_WIDTHS, Hyper, Model, Recipe, TrialConfig
from fashion_bench.records import Segment, Trial

if TYPE_CHECKING:
    from fashion_bench.data import Images

__all__ = [
    "CONTESTANTS",
    "NOTEBOOK",
    "PLAIN",
    "SEED",
    "Contestant",
    "Open",
    "Part",
    "Run",
    "config_of",
    "open_workers",
]

Part = Literal["trial", "epoch", "tenth"]
Run = Callable[[], object]
Open = Callable[[Recipe, "Images", Path], AbstractContextManager[Run]]

SEED = 1234


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One row.

    Attributes:
        name: what the table calls it.
        open: given (what to train, the images, their folder), prepares and yields what is run.
        part: how much of a trial a run trains: all, its first epoch, or an epoch of a tenth of
            its images; the rest is inferred.
        trials: how many trials a run trains.
        model: which network.
    """

    name: str
    open: Open
    part: Part = "trial"
    trials: int = 1
    model: Model = "mlp"

    def whole(self, trial: Recipe) -> Recipe:
        """Return the trial with this network."""
        return replace(trial, model=self.model)

    def measured(self, trial: Recipe) -> Recipe:
        """Return what a run trains of it."""
        if self.part == "trial":
            return self.whole(trial)
        share = 10 if self.part == "tenth" else 1
        return replace(
            self.whole(trial),
            epochs=1,
            train_images=trial.train_images // share,
            valid_images=trial.valid_images // share,
        )

    def scale(self, trial: Recipe) -> float:
        """Return what a run's seconds are to be multiplied by to be those of one trial."""
        part = self.measured(trial)
        whole_images, images = (each.epochs * each.train_images for each in (trial, part))
        return whole_images / (images * self.trials)


@contextmanager
def _open_notebook(recipe: Recipe, images: "Images", _: Path) -> Iterator[Run]:
    from fashion_bench.bench.notebook import run_notebook

    lengths = recipe.train_images, recipe.valid_images
    yield lambda: run_notebook(images, seed=SEED, epochs=recipe.epochs, lengths=lengths)


@contextmanager
def _open_plain(dropout: float, recipe: Recipe, images: "Images", _: Path) -> Iterator[Run]:
    from fashion_bench.bench.plain import rows_of, train_plain

    rows = rows_of(images)
    yield lambda: train_plain(rows, recipe, seed=SEED, dropout=dropout)


@contextmanager
def _open_one_lane(dropout: float, recipe: Recipe, images: "Images", _: Path) -> Iterator[Run]:
    from fashion_bench.training.cohort import Cohort
    from fashion_bench.training.loop import advance

    config = config_of(recipe, dropout=dropout)
    yield lambda: advance(Cohort.start([config]), images, recipe.epochs)


@contextmanager
def _open_vmapped(lanes: int, recipe: Recipe, images: "Images", _: Path) -> Iterator[Run]:
    """Run the rendering itself: the loop would give a single lane the plain one."""
    import torch

    from fashion_bench.training.cohort import Cohort
    from fashion_bench.training.loop import evaluate, rows_of
    from fashion_bench.training.products import fast_products
    from fashion_bench.training.rendering import Vmapped

    configs = [config_of(recipe, SEED + lane) for lane in range(lanes)]

    def run() -> None:
        cohort = Cohort.start(configs)
        rendering, rows = Vmapped(cohort, images), rows_of(configs, len(images.labels))
        with fast_products():
            for step, rows_TB in enumerate(torch.split(rows.train, recipe.batch_size, dim=1)):
                rendering.step(rows_TB, step)
            evaluate(rendering, rows.valid)

    yield run


@contextmanager
def open_workers(
    workers: int, trials: int, recipe: Recipe, _: "Images", data: Path
) -> Iterator[Run]:
    """Run trials as a study does: sent to processes, their results saved."""
    from fashion_bench.app.work import make_train
    from fashion_bench.execution.processes import ProcessExecutor
    from fashion_bench.training.checkpoint import Store

    numbers = count()
    with TemporaryDirectory() as folder:
        make = partial(make_train, recipe.source, data, Store(Path(folder)), "cpu")
        with ProcessExecutor(make, workers) as executor:

            def run(part: Recipe = recipe) -> None:
                segments = [_segment(part, next(numbers)) for _ in range(trials)]
                executor.run(segments, lambda segment, progress: None)

            run(replace(recipe, epochs=1, train_images=64, valid_images=64))  # starts the workers
            yield run


def _segment(recipe: Recipe, number: int) -> Segment:
    trial = Trial(trial_id=f"bench.engine-{number}", config=config_of(recipe, SEED + number))
    return Segment(trials=(trial,), until_epoch=recipe.epochs)


def config_of(recipe: Recipe, seed: int = SEED, *, dropout: float = 0.0) -> TrialConfig:
    """Return a trial of the notebook's network, or of the model's usual widths."""
    return TrialConfig(
        recipe=recipe,
        widths=tuple(DEFAULT_WIDTHS[recipe.model].values()),
        hyper=Hyper(dropout=dropout),
        seed=seed,
        split_seed=SEED,
    )


def _vmapped(lanes: int) -> Contestant:
    name = f"engine, vmapped, {lanes} lane{'s' if lanes > 1 else ''}"
    return Contestant(name=name, open=partial(_open_vmapped, lanes), part="tenth", trials=lanes)


NOTEBOOK = Contestant(name="notebook's own loop", open=_open_notebook, part="epoch")
PLAIN = Contestant(name="plain loop, fused Adam", open=partial(_open_plain, 0.0))

CONTESTANTS: Sequence[Contestant] = (
    NOTEBOOK,
    PLAIN,
    Contestant(name="plain loop, dropout 0.25", open=partial(_open_plain, 0.25)),
    Contestant(name="engine, one lane", open=partial(_open_one_lane, 0.0)),
    Contestant(name="engine, one lane, dropout 0.25", open=partial(_open_one_lane, 0.25)),
    Contestant(name="engine, 1 worker", open=partial(open_workers, 1, 2), trials=2),
    Contestant(name="engine, 2 workers", open=partial(open_workers, 2, 2), trials=2),
    *map(_vmapped, (1, 2, 4, 8)),
    Contestant(
        name="engine, one lane, CNN", open=partial(_open_one_lane, 0.0), part="tenth", model="cnn"
    ),
)
