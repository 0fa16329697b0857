"""AdaGrad, and torch's kernel of it."""

from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor

from fashion_bench.training.optimizers.base import Optimizer, State, decay_one, per_lane


class Adagrad(Optimizer):
    """AdaGrad (Duchi et al. 2011) with a diagonal matrix.

    s = s + g², and the weight goes down by lr g / (sqrt(s) + eps). The default is torch's.
    """

    slots = ("sums",)

    def __init__(
        self,
        eps: Annotated[
            float, Ge(1e-30), Le(1e38), "added to the root of squared gradients that divides a step"
        ] = 1e-10,
    ) -> None:
        self.eps = eps

    def kernel(
        self, weights: list[Tensor], gradients: list[Tensor], state: State, lr: float, decay: float
    ) -> None:
        """See ``Optimizer``; the kernel of ``torch.optim.Adagrad(fused=True)``."""
        torch._foreach_add_(state.steps, 1)
        decay_one(weights, lr, decay)
        torch._fused_adagrad_(
            weights,
            gradients,
            state.slots["sums"],
            state.steps,
            lr=lr,
            lr_decay=0.0,
            weight_decay=0.0,
            eps=self.eps,
            maximize=False,
        )

    def update(
        self, weight: Tensor, gradient: Tensor, slots: list[Tensor], now: list[Tensor], lr: Tensor
    ) -> None:
        """See ``Optimizer``."""
        (total,) = slots
        total.addcmul_(gradient, gradient)
        weight.sub_(gradient / total.sqrt().add_(per_lane(self.eps, weight)) * lr)
