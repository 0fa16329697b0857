"""What one trial does with one batch: gather, forward, loss. Every rendering calls this.

Shapes: B images of a batch, K classes, L layers that drop units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.data.images import Images
from fashion_bench.models.layers import Drop, dropout, keep_all
from fashion_bench.training.losses import Minimised, cross_entropy

Forward = Callable[[Tensor, Drop], Tensor]
"""A network with its weights bound: (images, drop) to logits [B, K]."""

Score = tuple[Tensor, Tensor]
"""Of each image of a batch: cross entropy (nats) and whether the answer is right, [B] each."""


@dataclass(frozen=True, slots=True)
class LaneNoise:
    """Where one lane's dropout noise of one step comes from.

    Attributes:
        rate: [L], of each layer that drops.
        keys: int32 [L], one a layer.
        counters: names of the units, int32 [B, U].
    """

    rate: Tensor
    keys: Tensor
    counters: Tensor

    def drop(self, hidden_BU: Tensor, layer: int) -> Tensor:
        """Drop units of the layer's output: the ``Drop`` of a training step."""
        rows, units = hidden_BU.shape
        return dropout(hidden_BU, self.rate[layer], self.keys[layer], self.counters[:rows, :units])


def gather(images: Images, rows: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return the normalised images [..., C, H, W] and labels [...] of rows of any shape [...].

    Of features, which have no channels, [..., F].
    """
    pixels = images.pixels.index_select(0, rows.flatten()).view(-1, *images.shape)
    labels = images.labels.index_select(0, rows.flatten())
    normalised = normalise(pixels, images.mean, images.std, dtype)
    return normalised.view(*rows.shape, *images.shape), labels.view(rows.shape)


def normalise(
    pixels: Tensor, mean: tuple[float, ...], std: tuple[float, ...], dtype: torch.dtype
) -> Tensor:
    """Return pixels as the notebook feeds them: (pixel - mean) / std, bytes as parts of 255.

    Args:
        pixels: uint8 or floats, of any shape where there is one mean, else [B, C, ...].
        mean: one a channel.
        std: one a channel; 0, of pixels that are all the same, counts as 1.
        dtype: of the result.
    """
    whole = 1 if pixels.is_floating_point() else 255
    shifts = [whole * value for value in mean]
    scales = [1 / (whole * (value or 1.0)) for value in std]
    floats = pixels.to(dtype, copy=True)
    if len(mean) == 1:
        return floats.sub_(shifts[0]).mul_(scales[0])
    channels = zip(floats.unbind(1), shifts, scales, strict=True)
    return torch.stack([one.sub(shift).mul(scale) for one, shift, scale in channels], 1)


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
    minimised: Minimised = cross_entropy,
) -> tuple[Tensor, Score]:
    """Return what is minimised, and the batch's score: cross entropy, without smoothing.

    ``smoothing`` is a scalar tensor, so lanes may differ, or ``None``: 0 without its operations.
    """
    logits_BK = forward(images, drop)
    loss, losses_B = minimised(logits_BK, labels_B, smoothing)
    return loss, (losses_B, logits_BK.argmax(-1) == labels_B)
