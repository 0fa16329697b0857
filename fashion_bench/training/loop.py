"""The loop: epochs of steps, validation, the best epoch. The same for one lane and for many."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from fashion_bench.config import TrialConfig
from fashion_bench.data import Images
from fashion_bench.data.batches import epoch_order
from fashion_bench.data.split import draw_split
from fashion_bench.records import Epoch, best_epoch
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import Compiled
from fashion_bench.training.rendering import Frozen, Plain, Rendering, Scorer, Vmapped
from fashion_bench.training.step import Score

__all__ = ["EXPLODED", "Rows", "advance", "evaluate", "render", "rows_of", "score_network"]

EXPLODED = 100.0  # mean training loss of an epoch, nats; chance is 2.3, and Adam rarely reaches NaN
CHUNK = 1_000  # images scored at a time: keeps the activations of a lane within a core's cache

Means = tuple[list[float], list[float]]
"""Mean loss (nats) and accuracy (0-1) of each lane."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Which images each lane trains on, [T, train_images], and is validated on, [T, …]."""

    train: Tensor
    valid: Tensor


def advance(cohort: Cohort, images: Images, until_epoch: int) -> None:
    """Train a cohort until an epoch, in place.

    A lane that diverged keeps its place, so its neighbours' numbers do not change. The cohort stops
    early only when every lane has.
    """
    rendering = render(cohort, images)
    rows = rows_of(cohort.configs, len(images.labels))
    while cohort.epoch < until_epoch and not all(map(_ended, cohort.histories)):
        started = time.perf_counter()
        train = _train_epoch(cohort, rendering, rows.train)
        valid = evaluate(rendering, rows.valid.to(cohort.device))
        finite = _finite_lanes(cohort)
        cohort.epoch += 1
        seconds = (time.perf_counter() - started) / len(cohort.configs)
        for lane, history in enumerate(cohort.histories):
            if not _ended(history):
                history.append(_epoch(cohort.epoch, lane, train, valid, finite[lane], seconds))
                _keep_best(cohort, lane)


def render(cohort: Cohort, images: Images) -> Rendering:
    """Choose the rendering: one lane runs plain, more as one program, on a GPU compiled."""
    if len(cohort.configs) == 1:
        return Plain(cohort, images)
    return (Compiled if cohort.device.type == "cuda" else Vmapped)(cohort, images)


def rows_of(configs: Sequence[TrialConfig], total: int) -> Rows:
    """Return every lane's split of ``total`` images, in the order its split drew them."""
    recipe = configs[0].recipe
    splits = {
        seed: draw_split(
            seed,
            total=total,
            train_images=recipe.train_images,
            valid_images=recipe.valid_images,
        )
        for seed in {config.split_seed for config in configs}
    }
    return Rows(
        torch.stack([splits[config.split_seed].train for config in configs]),
        torch.stack([splits[config.split_seed].valid for config in configs]),
    )


def evaluate(scorer: Scorer, rows_TN: Tensor) -> Means:
    """Score each lane on its own rows."""
    scores = [scorer.score(rows_TB) for rows_TB in torch.split(rows_TN, CHUNK, dim=1)]
    return _means(scores, rows_TN.shape[1])


def score_network(network: nn.Module, images: Images) -> tuple[float, float]:
    """Return a network's mean loss (nats) and accuracy (0-1) on all of these images."""
    rows = torch.arange(len(images.labels))[None]
    (loss,), (accuracy,) = evaluate(Frozen(network, images), rows)
    return loss, accuracy


def _train_epoch(cohort: Cohort, rendering: Rendering, rows_TN: Tensor) -> Means:
    """Run one epoch; return its running means, weighted by images and measured with dropout."""
    recipe = cohort.configs[0].recipe
    first_step = cohort.epoch * recipe.steps_per_epoch
    orders_TN = torch.stack(
        [
            rows[epoch_order(config.seed, cohort.epoch + 1, len(rows))]
            for config, rows in zip(cohort.configs, rows_TN, strict=True)
        ]
    ).to(cohort.device)
    scores = [
        rendering.step(rows_TB, first_step + index)
        for index, rows_TB in enumerate(torch.split(orders_TN, recipe.batch_size, dim=1))
    ]
    return _means(scores, rows_TN.shape[1])


def _means(scores: Sequence[Score], count: int) -> Means:
    losses_ST, correct_ST = (torch.stack(parts) for parts in zip(*scores, strict=True))
    loss = losses_ST.sum(0, dtype=torch.float64) / count
    accuracy = correct_ST.sum(0, dtype=torch.float64) / count
    return loss.tolist(), accuracy.tolist()


def _epoch(
    epoch: int, lane: int, train: Means, valid: Means, finite: bool, seconds: float
) -> Epoch:
    train_loss, valid_loss = train[0][lane], valid[0][lane]
    sound = finite and isfinite(train_loss) and isfinite(valid_loss) and train_loss <= EXPLODED
    return Epoch(
        epoch=epoch,
        train_loss=train_loss,
        train_accuracy=train[1][lane],
        valid_loss=valid_loss,
        valid_accuracy=valid[1][lane],
        seconds=seconds,
        ended_at=time.time(),
        diverged=not sound,
    )


def _keep_best(cohort: Cohort, lane: int) -> None:
    history = cohort.histories[lane]
    if best_epoch(history) is history[-1]:
        for name, weight in cohort.weights.items():
            cohort.best[name][lane].copy_(weight[lane])


def _finite_lanes(cohort: Cohort) -> list[bool]:
    finite_WT = [weight.flatten(1).isfinite().all(1) for weight in cohort.weights.values()]
    finite: list[bool] = torch.stack(finite_WT).all(0).tolist()
    return finite


def _ended(history: Sequence[Epoch]) -> bool:
    return bool(history) and history[-1].diverged
