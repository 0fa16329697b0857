"""Gradient clipping by the norm over all of a trial's weights (Pascanu et al. 2013).

As ``torch.nn.utils.clip_grad_norm_``: a gradient is multiplied by limit / (norm + 1e-6), but by 1
at most. A limit of 0 is none. Lanes are clipped each by its own norm.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fashion_bench.training.optimizers.base import per_lane

TINY = 1e-6  # torch's, against a division by 0


@torch.no_grad()
def clip_one(gradients: list[Tensor], limit: float) -> None:
    """Shorten one lane's gradients in place, until together they are no longer than a limit."""
    if not limit:
        return
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    torch._foreach_mul_(gradients, (limit / (norm + TINY)).clamp(max=1.0))


@torch.no_grad()
def clip_many(gradients: Sequence[Tensor], limit: Tensor) -> None:
    """Shorten every lane's gradients in place; a limit a lane, [T]. The CPU waits for nothing."""
    norms_WT = torch.stack([torch.linalg.vector_norm(g.flatten(1), dim=1) for g in gradients])
    factor = (limit / (torch.linalg.vector_norm(norms_WT, dim=0) + TINY)).clamp(max=1.0)
    factor = torch.where(limit > 0, factor, torch.ones_like(factor))
    for gradient in gradients:
        gradient.mul_(per_lane(factor, gradient))
