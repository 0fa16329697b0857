"""Adam with decoupled weight decay, and torch's kernel of it."""

from typing import Annotated

import torch
from annotated_types import Ge, Le, Lt
from torch import Tensor

from fashion_bench.training.optimizers.base import (
    Optimizer,
    State,
    average_squares,
    per_lane,
    powers,
)


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, algorithm 1), the weights decaying apart (Loshchilov & Hutter 2019).

    m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g², and the weight goes down by
    lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps). The defaults are torch's.
    """

    slots = ("moments", "squares")

    def __init__(
        self,
        beta1: Annotated[
            float, Ge(0), Lt(1), "share of the mean gradient that is kept at a step"
        ] = 0.9,
        beta2: Annotated[
            float, Ge(0), Lt(1), "share of the mean squared gradient that is kept at a step"
        ] = 0.999,
        eps: Annotated[
            float, Ge(1e-30), Le(1e38), "added to the root of squared gradients that divides a step"
        ] = 1e-8,
    ) -> None:
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    def kernel(
        self, weights: list[Tensor], gradients: list[Tensor], state: State, lr: float, decay: float
    ) -> None:
        """See ``Optimizer``; the kernel of ``torch.optim.AdamW(fused=True)``.

        It is called directly: through ``torch.optim`` a step of one lane took 5 % longer (decision
        15).
        """
        torch._foreach_add_(state.steps, 1)
        torch._fused_adamw_(
            weights,
            gradients,
            state.slots["moments"],
            state.slots["squares"],
            [],
            state.steps,
            lr=lr,
            beta1=self.beta1,
            beta2=self.beta2,
            weight_decay=decay,
            eps=self.eps,
            amsgrad=False,
            maximize=False,
        )

    def tables(self, steps: int) -> list[Tensor]:
        """See ``Optimizer``; what corrects the two means for their beginning at 0."""
        return [1 - powers(self.beta1, steps), (1 - powers(self.beta2, steps)).sqrt()]

    def update(
        self, weight: Tensor, gradient: Tensor, slots: list[Tensor], now: list[Tensor], lr: Tensor
    ) -> None:
        """See ``Optimizer``."""
        (moment, square), (bias1, bias2) = slots, now
        moment.lerp_(gradient, per_lane(1 - self.beta1, weight))
        average_squares(square, gradient, self.beta2)
        root = square.sqrt().div_(bias2).add_(per_lane(self.eps, weight))
        weight.sub_(moment / root * (lr / bias1))
