"""What one trial does with one batch: gather, forward, loss. Every rendering calls this.

Shapes: B images of a batch, K = 10 classes, L layers that drop units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.data import Images
from fashion_bench.data.fashion_mnist import MEAN, STD
from fashion_bench.models.layers import Drop, dropout, keep_all

Forward = Callable[[Tensor, Drop], Tensor]
"""A network with its weights bound: (images, drop) to logits [B, K]."""

Score = tuple[Tensor, Tensor]
"""Of each image of a batch: cross entropy (nats) and whether the answer is right, [B] each."""


@dataclass(frozen=True, slots=True)
class LaneNoise:
    """Where one lane's dropout noise of one step comes from.

    Attributes:
        rate: scalar.
        keys: int32 [L], one a layer.
        counters: names of the units, int32 [B, U].
    """

    rate: Tensor
    keys: Tensor
    counters: Tensor

    def drop(self, hidden_BU: Tensor, layer: int) -> Tensor:
        """Drop units of the layer's output: the ``Drop`` of a training step."""
        rows, units = hidden_BU.shape
        return dropout(hidden_BU, self.rate, self.keys[layer], self.counters[:rows, :units])


def gather(images: Images, rows: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return the normalised images [..., 28, 28] and labels [...] of rows of any shape [...]."""
    pixels = normalise(images.pixels.index_select(0, rows.flatten()), dtype)
    labels = images.labels.index_select(0, rows.flatten())
    return pixels.view(*rows.shape, 28, 28), labels.view(rows.shape)


def normalise(pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """Return uint8 pixels as the notebook feeds them: (pixel / 255 - mean) / std."""
    return pixels.to(dtype).sub_(255 * MEAN).mul_(1 / (255 * STD))


def score(logits_BK: Tensor, labels_B: Tensor) -> Score:
    """Score logits against labels."""
    losses_B = F.cross_entropy(logits_BK, labels_B, reduction="none")
    return losses_B, logits_BK.argmax(-1) == labels_B


def objective(
    forward: Forward,
    images: Tensor,
    labels_B: Tensor,
    smoothing: Tensor | None = None,
    drop: Drop = keep_all,
) -> tuple[Tensor, Score]:
    """Return what is minimised, and the batch's score without smoothing.

    The mean cross entropy against (1 - smoothing) * one-hot + smoothing / K
    (Szegedy et al. 2016, section 7). ``smoothing`` is a scalar tensor, so lanes may differ, or
    ``None``: 0 without its operations.
    """
    logits_BK = forward(images, drop)
    losses_B, right_B = score(logits_BK, labels_B)
    scored = losses_B.detach(), right_B
    if smoothing is not None:
        losses_B = torch.lerp(losses_B, -F.log_softmax(logits_BK, -1).mean(-1), smoothing)
    return losses_B.mean(), scored
