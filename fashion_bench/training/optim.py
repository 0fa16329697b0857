"""Adam with decoupled weight decay (decision 5) as functions.

Two renderings of one update: ``adam_fused`` (one lane, torch's own kernel) and ``adam_lanes``
(every tensor leads with axis T, each lane its own rate). One suite runs over both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fashion_bench.training.schedule import schedule_factors as schedule_factors

# torch's (and the notebook's) defaults; Kingma & Ba 2015.
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam's state: first and second moments shaped like the weights, and steps done."""

    moments: list[Tensor]
    squares: list[Tensor]
    steps: list[Tensor]

    @classmethod
    def init(cls, weights: Sequence[Tensor]) -> "Adam":
        """Start at zero; a step count per tensor, as torch's kernel wants it."""
        zeros = [torch.zeros_like(weight, requires_grad=False) for weight in weights]
        counts = [torch.zeros((), device=weight.device) for weight in weights]
        return cls(zeros, [torch.zeros_like(zero) for zero in zeros], counts)

    def lane(self, index: int) -> "Adam":
        """View one lane of a stacked state; writing to it writes to the stack."""
        return Adam([m[index] for m in self.moments], [s[index] for s in self.squares], self.steps)


@torch.no_grad()
def adam_fused(
    weights: list[Tensor], gradients: list[Tensor], state: Adam, *, lr: float, decay: float
) -> None:
    """Update one lane in place with the kernel of ``torch.optim.AdamW(fused=True)``.

    It is called directly: through ``torch.optim`` a step of one lane took 5 % longer (decision 15).
    """
    torch._foreach_add_(state.steps, 1)
    torch._fused_adamw_(
        weights,
        gradients,
        state.moments,
        state.squares,
        [],
        state.steps,
        lr=lr,
        beta1=BETA1,
        beta2=BETA2,
        weight_decay=decay,
        eps=EPS,
        amsgrad=False,
        maximize=False,
    )


@torch.no_grad()
def adam_lanes(
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    state: Adam,
    *,
    lr: Tensor,
    decay: Tensor,
) -> None:
    """Update every lane in place; ``lr`` and ``decay`` are [T].

    Weights that are 0 with gradient 0, the padding of a narrow lane, stay exactly 0.
    """
    for weight, gradient, moment, square, count in zip(
        weights, gradients, state.moments, state.squares, state.steps, strict=True
    ):
        count += 1
        per_lane = (-1,) + (1,) * (weight.ndim - 1)
        weight.mul_(1 - (lr * decay).view(per_lane))
        moment.lerp_(gradient, 1 - BETA1)
        square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        bias1, bias2 = 1 - BETA1 ** count.double(), 1 - BETA2 ** count.double()
        root = square.sqrt().div_(bias2.sqrt()).add_(EPS)
        weight.sub_(moment / root * (lr / bias1).to(lr.dtype).view(per_lane))
