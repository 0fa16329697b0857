"""An epoch: what the loop asks of a rendering; and one that is taken step by step.

Shapes: T lanes, N images of a pass, B of a batch.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from fashion_bench.data.images import Images
from fashion_bench.training.step import Score

Batches = Callable[[int], None]
"""Is told how many batches of an epoch are done."""


class Scorer(Protocol):
    """What can be evaluated: lanes that answer."""

    def score(self, rows: Tensor) -> Score:
        """Score every lane on its own images, int [T, B], without training: [T, B] each."""


class Rendering(Protocol):
    """One way to run a cohort's steps; it changes the cohort's tensors in place."""

    def train(self, orders: Tensor, first_step: int, told: Batches) -> Score:
        """Train on images batch by batch.

        Args:
            orders: which images, in the order to take them, int [T, N] on any device.
            first_step: the number of the first batch, from 0 over the whole trial.
            told: of the batches.

        Returns:
            Of each image: cross entropy (nats) and whether the answer is right, as it was trained
            on, [T, N] each; until the next call.
        """

    def validate(self, rows: Tensor, chunk: int) -> Score:
        """Score every lane on its own images, so many at a time; as ``train`` returns it."""


class Stepwise(ABC):
    """Takes an epoch's steps one after another.

    Attributes:
        batch: images of a whole batch.
        images: where they are, it trains.
    """

    batch: int
    images: Images

    @abstractmethod
    def step(self, rows: Tensor, step: int) -> Score:
        """Train on one batch, rows [T, B]; steps are counted from 0 over the whole trial."""

    @abstractmethod
    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""

    def train(self, orders: Tensor, first_step: int, told: Batches) -> Score:
        """See ``Rendering``."""
        scores = []
        sent = orders.to(self.images.pixels.device)
        for done, rows in enumerate(torch.split(sent, self.batch, dim=1)):
            scores.append(self.step(rows, first_step + done))
            told(done + 1)
        return _joined(scores)

    def validate(self, rows: Tensor, chunk: int) -> Score:
        """See ``Rendering``."""
        return scored(self, rows, chunk)


def scored(scorer: Scorer, rows: Tensor, chunk: int) -> Score:
    """Score each lane on its own rows [T, N], so many images at a time."""
    return _joined([scorer.score(some) for some in torch.split(rows, chunk, dim=1)])


def _joined(scores: Sequence[Score]) -> Score:
    losses, right = (torch.cat(parts, dim=1) for parts in zip(*scores, strict=True))
    return losses, right
