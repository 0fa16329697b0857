"""Stochastic gradient descent with momentum, plain or Nesterov's, and torch's kernel of it."""

from typing import Annotated

import torch
from annotated_types import Ge, Lt
from torch import Tensor

from fashion_bench.training.optimizers.base import Optimizer, State, decay_one, per_lane


class SGD(Optimizer):
    """Gradient descent with momentum as torch writes it (Sutskever et al. 2013 scale v by lr).

    v = momentum v + g, and the weight goes down by lr v, or with Nesterov's momentum by
    lr (g + momentum v). With decoupled weight decay it is SGDW (Loshchilov & Hutter 2019). Without
    momentum nothing is kept, and ``nesterov`` changes nothing.
    """

    slots = ("velocities",)

    def __init__(
        self,
        momentum: Annotated[float, Ge(0), Lt(1), "share of the velocity kept at a step"] = 0.0,
        nesterov: Annotated[bool, "whether the gradient is as if taken one step ahead"] = False,
    ) -> None:
        self.momentum = momentum
        self.nesterov = nesterov

    def kernel(
        self, weights: list[Tensor], gradients: list[Tensor], state: State, lr: float, decay: float
    ) -> None:
        """See ``Optimizer``; the kernel of ``torch.optim.SGD(fused=True)``.

        torch's first velocity is the gradient itself, which is what comes of a velocity of 0.
        """
        torch._foreach_add_(state.steps, 1)
        decay_one(weights, lr, decay)
        torch._fused_sgd_(
            weights,
            gradients,
            state.slots["velocities"] if self.momentum else [],
            weight_decay=0.0,
            momentum=self.momentum,
            lr=lr,
            dampening=0.0,
            nesterov=self.nesterov,
            maximize=False,
            is_first_step=False,
        )

    def update(
        self, weight: Tensor, gradient: Tensor, slots: list[Tensor], now: list[Tensor], lr: Tensor
    ) -> None:
        """See ``Optimizer``."""
        (velocity,) = slots
        momentum, nesterov = per_lane(self.momentum, weight), per_lane(self.nesterov, weight)
        step = gradient
        if isinstance(momentum, Tensor) or momentum:
            step = velocity.mul_(momentum).add_(gradient)
            if isinstance(nesterov, Tensor):
                step = torch.where(nesterov, gradient + velocity * momentum, velocity)
            elif nesterov:
                step = gradient + velocity * momentum
        weight.sub_(step * lr)
