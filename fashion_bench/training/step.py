"""What one trial does with one batch: normalise, forward, loss. Every rendering calls this.

Shapes: B images of a batch, K = 10 classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.data.fashion_mnist import MEAN, STD
from fashion_bench.models.layers import Drop, dropout, keep_all, noise_key

__all__ = ["Forward", "LaneNoise", "Score", "normalise", "objective", "score"]

Forward = Callable[[Tensor, Drop], Tensor]
"""A network with its weights bound: (images, drop) to logits [B, K]."""

Score = tuple[Tensor, Tensor]
"""Summed cross entropy (nats) and number of correct answers of a batch: two scalars."""


@dataclass(frozen=True, slots=True)
class LaneNoise:
    """Where one lane's dropout noise comes from: scalars, and the units' counters [B, U]."""

    rate: Tensor
    base: Tensor
    step: Tensor
    counters: Tensor

    def drop(self, hidden_BU: Tensor, layer: int) -> Tensor:
        """Drop units of the layer's output: the ``Drop`` of a training step."""
        key = noise_key(self.base + layer, self.step)
        return dropout(hidden_BU, self.rate, key, self.counters[: len(hidden_BU)])


def normalise(pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """Return uint8 pixels as the notebook feeds them: (pixel / 255 - mean) / std."""
    return pixels.to(dtype).sub_(255 * MEAN).mul_(1 / (255 * STD))


def score(logits_BK: Tensor, labels_B: Tensor) -> Score:
    """Score logits against labels."""
    loss = F.cross_entropy(logits_BK, labels_B, reduction="sum")
    return loss, (logits_BK.argmax(-1) == labels_B).sum()


def objective(
    forward: Forward, images: Tensor, labels_B: Tensor, smoothing: Tensor, drop: Drop = keep_all
) -> tuple[Tensor, Score]:
    """Return what is minimised, and the batch's score without smoothing.

    The mean cross entropy against (1 - smoothing) * one-hot + smoothing / K
    (Szegedy et al. 2016, section 7); ``smoothing`` is a scalar tensor, so lanes may differ.
    """
    log_probabilities_BK = F.log_softmax(forward(images, drop), -1)
    losses_B = -log_probabilities_BK.gather(-1, labels_B[:, None]).squeeze(-1)
    smoothed_B = torch.lerp(losses_B, -log_probabilities_BK.mean(-1), smoothing)
    correct = (log_probabilities_BK.argmax(-1) == labels_B).sum()
    return smoothed_B.mean(), (losses_B.detach().sum(), correct)
