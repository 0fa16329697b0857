"""Trials small enough to train in milliseconds, and what is compared of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

import torch
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.config import Hyper, Recipe, Schedule, Trial, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.records import Epoch, Segment
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort, Weights, crop, shapes_of
from fashion_bench.training.loop import advance

RECIPE = Recipe(  # six steps an epoch, the last of 16 images
    epochs=2, batch_size=48, source="synthetic", train_images=256, valid_images=64
)
CNN_RECIPE = Recipe(
    model="cnn", epochs=1, batch_size=48, source="synthetic", train_images=128, valid_images=64
)


@cache
def small_images() -> Images:
    """More images than a small recipe takes, so that splits differ."""
    return draw_images("train", 400)


def make_config(
    seed: int = 0,
    *,
    recipe: Recipe = RECIPE,
    widths: Sequence[int] = (12, 8),
    split_seed: int = 0,
    order_seed: int | None = None,
    dropout_seed: int | None = None,
    **hyper: float | str,
) -> TrialConfig:
    """Return a small trial; ``hyper`` as in ``Hyper``."""
    return TrialConfig(
        recipe=recipe,
        arguments=tuple(widths),
        hyper=Hyper(**hyper),  # type: ignore[arg-type]
        seed=seed,
        split_seed=split_seed,
        order_seed=order_seed,
        dropout_seed=dropout_seed,
    )


def make_segment(configs: Sequence[TrialConfig], until_epoch: int, from_epoch: int = 0) -> Segment:
    """Return the segment of these trials, named ``s.a-0 …``."""
    trials = [Trial(trial_id=f"s.a-{i}", config=config) for i, config in enumerate(configs)]
    return Segment(trials=tuple(trials), until_epoch=until_epoch, from_epoch=from_epoch)


def resumed(store: CheckpointStore, cohort: Cohort, trials: Sequence[Trial], rung: int) -> bool:
    """Bring a new cohort to where its trials were saved; return whether all of them were."""
    lanes = [lane for trial in trials if (lane := store.lane(trial, rung)) is not None]
    if len(lanes) == len(trials):
        cohort.go_on(lanes, rung)
    return len(lanes) == len(trials)


WIDTHS: dict[str, st.SearchStrategy[tuple[int, ...]]] = {
    "mlp": st.tuples(st.integers(1, 14), st.integers(1, 10)),
    "cnn": st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 8)),
}


def configs(recipe: Recipe = RECIPE) -> st.SearchStrategy[TrialConfig]:
    """Draw trials that differ in whatever lanes of one cohort may differ in."""
    return st.builds(
        make_config,
        seed=st.integers(0, 5),  # few, so that neighbours share one at times
        recipe=st.just(recipe),
        widths=WIDTHS[recipe.model],
        split_seed=st.integers(0, 2),
        order_seed=st.none() | st.integers(0, 5),
        dropout_seed=st.none() | st.integers(0, 5),
        lr=st.floats(1e-4, 1e-2),
        dropout=st.just(0.0) | st.floats(0.01, 0.7),
        weight_decay=st.just(0.0) | st.floats(1e-4, 0.3),
        label_smoothing=st.just(0.0) | st.floats(0.01, 0.3),
        schedule=st.sampled_from(get_args(Schedule)),
    )


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of one lane: figures [epochs, 6], final weights, the best epoch's weights."""

    figures: Tensor
    weights: Weights
    best: Weights


def figures(history: Sequence[Epoch]) -> Tensor:
    """All an epoch records but the clock: float64 [epochs, 6]."""
    rows = [
        (e.epoch, e.train_loss, e.train_accuracy, e.valid_loss, e.valid_accuracy, e.diverged)
        for e in history
    ]
    return torch.tensor(rows, dtype=torch.float64)


def lanes_of(cohort: Cohort) -> list[Trained]:
    """Return every lane of a cohort at its true widths."""

    def lane(index: int, config: TrialConfig, history: Sequence[Epoch]) -> Trained:
        shapes = shapes_of(replace(cohort.architecture, arguments=config.arguments))
        return Trained(
            figures(history), crop(cohort.weights, index, shapes), crop(cohort.best, index, shapes)
        )

    lanes = zip(cohort.configs, cohort.histories, strict=True)
    return [lane(index, *own) for index, own in enumerate(lanes)]


def train(
    configs: Sequence[TrialConfig],
    *,
    dtype: torch.dtype = torch.float64,
    images: Images | None = None,
) -> list[Trained]:
    """Train a cohort for all its epochs, on the small images unless others are given."""
    cohort = Cohort.start(configs, dtype=dtype)
    advance(cohort, images or small_images(), configs[0].recipe.epochs)
    return lanes_of(cohort)


def assert_equal(
    actual: Sequence[Trained], expected: Sequence[Trained], tolerance: float = 0.0
) -> None:
    """Compare figures and weights lane by lane; bit by bit unless a tolerance is given."""
    for one, other in zip(actual, expected, strict=True):
        torch.testing.assert_close(
            (one.figures, one.weights, one.best),
            (other.figures, other.weights, other.best),
            rtol=tolerance,
            atol=tolerance,
            equal_nan=True,
        )
