"""The order in which an epoch sees its images."""

import torch

from fashion_bench.rng import derive

__all__ = ["epoch_order"]


def epoch_order(seed: int, epoch: int, images: int) -> torch.Tensor:
    """Return the order of one epoch of the trials with this seed: int64 ``[images]``, on the CPU.

    Drawn on the CPU whatever trains, so that it is the same on every device.
    """
    draw = torch.Generator().manual_seed(derive("order", seed, epoch))
    return torch.randperm(images, generator=draw)
