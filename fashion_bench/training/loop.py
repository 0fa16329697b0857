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
from fashion_bench.training.cohort import Cohort, Frozen, Rendering, Scorer, render
from fashion_bench.training.step import normalise

__all__ = ["EXPLODED", "Rows", "advance", "evaluate", "rows_of", "score_network"]

EXPLODED = 100.0  # mean training loss of an epoch, nats; chance is 2.3, and Adam rarely reaches NaN
CHUNK = 1_000  # images scored at a time: keeps the activations of a lane within a core's cache


@dataclass(frozen=True, slots=True)
class Rows:
    """Which images each lane trains on, [T, train_images], and is validated on, [T, …]."""

    train: Tensor
    valid: Tensor


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


def advance(cohort: Cohort, histories: list[list[Epoch]], images: Images, until_epoch: int) -> None:
    """Train a cohort until an epoch, in place; append to each lane's history.

    A lane that diverged keeps its place, so its neighbours' numbers do not change, but its history
    ends there. The cohort stops early only when every lane has.
    """
    rendering = render(cohort)
    rows = rows_of(cohort.configs, len(images.labels))
    while cohort.epoch < until_epoch and not all(map(_ended, histories)):
        started = time.perf_counter()
        train_loss, train_accuracy = _train_epoch(cohort, rendering, images, rows.train)
        valid_loss, valid_accuracy = evaluate(rendering, images, rows.valid, cohort.dtype)
        finite = _finite_lanes(cohort)
        cohort.epoch += 1
        seconds = (time.perf_counter() - started) / len(histories)
        for lane, history in enumerate(histories):
            if _ended(history):
                continue
            losses = train_loss[lane], valid_loss[lane]
            sound = finite[lane] and all(map(isfinite, losses)) and train_loss[lane] <= EXPLODED
            history.append(
                Epoch(
                    epoch=cohort.epoch,
                    train_loss=train_loss[lane],
                    train_accuracy=train_accuracy[lane],
                    valid_loss=valid_loss[lane],
                    valid_accuracy=valid_accuracy[lane],
                    seconds=seconds,
                    ended_at=time.time(),
                    diverged=not sound,
                )
            )
            if best_epoch(history) is history[-1]:
                for name, weight in cohort.weights.items():
                    cohort.best[name][lane].copy_(weight[lane])


def score_network(network: nn.Module, images: Images) -> tuple[float, float]:
    """Return a network's mean loss (nats) and accuracy (0-1) on all of these images."""
    rows = torch.arange(len(images.labels))[None]
    (loss,), (accuracy,) = evaluate(Frozen(network), images, rows)
    return loss, accuracy


def evaluate(
    scorer: Scorer, images: Images, rows_TN: Tensor, dtype: torch.dtype = torch.float32
) -> tuple[list[float], list[float]]:
    """Score each lane on its own rows; return mean losses (nats) and accuracies (0-1), T each."""
    batches = torch.split(rows_TN, CHUNK, dim=1)
    scores = [scorer.score(*_gather(images, rows_TB, dtype)) for rows_TB in batches]
    return _means(scores, rows_TN.shape[1])


def _train_epoch(
    cohort: Cohort, rendering: Rendering, images: Images, rows_TN: Tensor
) -> tuple[list[float], list[float]]:
    """Run one epoch; return its running means, weighted by images and measured with dropout."""
    recipe = cohort.configs[0].recipe
    first_step = cohort.epoch * recipe.steps_per_epoch
    orders_TN = torch.stack(
        [
            rows[epoch_order(config.seed, cohort.epoch + 1, len(rows))]
            for config, rows in zip(cohort.configs, rows_TN, strict=True)
        ]
    )
    scores = [
        rendering.step(*_gather(images, rows_TB, cohort.dtype), first_step + index)
        for index, rows_TB in enumerate(torch.split(orders_TN, recipe.batch_size, dim=1))
    ]
    return _means(scores, rows_TN.shape[1])


def _gather(images: Images, rows_TB: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return the normalised images [T, B, 28, 28] and labels [T, B] of these rows."""
    rows = rows_TB.flatten().to(images.labels.device)
    pixels = normalise(images.pixels.index_select(0, rows), dtype)
    labels = images.labels.index_select(0, rows)
    return pixels.view(*rows_TB.shape, 28, 28), labels.view(rows_TB.shape)


def _means(scores: Sequence[tuple[Tensor, Tensor]], count: int) -> tuple[list[float], list[float]]:
    losses_ST, correct_ST = (torch.stack(parts) for parts in zip(*scores, strict=True))
    loss = losses_ST.sum(0, dtype=torch.float64) / count
    accuracy = correct_ST.sum(0, dtype=torch.float64) / count
    return loss.tolist(), accuracy.tolist()


def _finite_lanes(cohort: Cohort) -> list[bool]:
    finite: list[bool] = (
        torch.stack([w.flatten(1).isfinite().all(1) for w in cohort.weights.values()])
        .all(0)
        .tolist()
    )
    return finite


def _ended(history: Sequence[Epoch]) -> bool:
    return bool(history) and history[-1].diverged
