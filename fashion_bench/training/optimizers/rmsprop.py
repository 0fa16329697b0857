"""RMSprop with momentum, and torch's function of it."""

from typing import Annotated

from annotated_types import Ge, Le, Lt
from torch import Tensor
from torch.optim.rmsprop import rmsprop

from fashion_bench.training.optimizers.base import (
    Optimizer,
    State,
    average_squares,
    decay_one,
    per_lane,
)


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture 6e, 2012), with momentum as torch has it.

    s = alpha s + (1 - alpha) g², v = momentum v + g / (sqrt(s) + eps), and the weight goes down by
    lr v. The defaults are torch's. ``eps`` is added to the root, not below it as TensorFlow does.
    """

    slots = ("squares", "velocities")

    def __init__(
        self,
        alpha: Annotated[
            float, Ge(0), Lt(1), "share of the mean squared gradient that is kept at a step"
        ] = 0.99,
        eps: Annotated[
            float, Ge(1e-30), Le(1e38), "added to the root of squared gradients that divides a step"
        ] = 1e-8,
        momentum: Annotated[float, Ge(0), Lt(1), "share of the velocity kept at a step"] = 0.0,
    ) -> None:
        self.alpha = alpha
        self.eps = eps
        self.momentum = momentum

    def kernel(
        self, weights: list[Tensor], gradients: list[Tensor], state: State, lr: float, decay: float
    ) -> None:
        """See ``Optimizer``; torch has no fused kernel, so this is what its optimizer calls."""
        decay_one(weights, lr, decay)
        rmsprop(
            weights,
            gradients,
            state.slots["squares"],
            [],
            state.slots["velocities"],
            state.steps,
            foreach=weights[0].is_cuda,  # torch's own choice, made without looking at every tensor
            lr=lr,
            alpha=self.alpha,
            eps=self.eps,
            weight_decay=0.0,
            momentum=self.momentum,
            centered=False,
        )

    def update(
        self, weight: Tensor, gradient: Tensor, slots: list[Tensor], now: list[Tensor], lr: Tensor
    ) -> None:
        """See ``Optimizer``."""
        square, velocity = slots
        momentum = per_lane(self.momentum, weight)
        average_squares(square, gradient, self.alpha)
        step = gradient / square.sqrt().add_(per_lane(self.eps, weight))
        if isinstance(momentum, Tensor) or momentum:
            step = velocity.mul_(momentum).add_(step)
        weight.sub_(step * lr)
