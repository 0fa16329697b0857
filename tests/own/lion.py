"""An optimizer of a user's: Lion (Chen et al. 2023)."""

import torch


class Lion(torch.optim.Optimizer):
    """Steps of one size, in the direction of the sign of a mean gradient."""

    def __init__(self, params, lr: float = 1e-3, beta: float = 0.9):
        super().__init__(params, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self):
        """Take one."""
        for group in self.param_groups:
            for weight in group["params"]:
                mean = self.state[weight].setdefault("mean", torch.zeros_like(weight))
                weight.add_(mean.lerp(weight.grad, 1 - group["beta"]).sign(), alpha=-group["lr"])
                mean.lerp_(weight.grad, 0.01)
