"""What this machine can do at best, and how much a trial asks of it."""

import time

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from fashion_bench.config import DEFAULT_WIDTHS, Recipe
from fashion_bench.models import build

__all__ = ["SIDE", "matmul_gflops", "trial_gflop"]

SIDE = 1_024  # three float32 matrices of 4 MB: large enough for the peak, small enough to be quick
TRIES = 10


def matmul_gflops() -> float:
    """Measure torch's float32 matrix product, in GFLOP/s: the best of ten tries."""
    left, right = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    product = torch.empty(SIDE, SIDE)
    seconds = []
    for _ in range(TRIES):
        started = time.perf_counter()
        torch.mm(left, right, out=product)
        seconds.append(time.perf_counter() - started)
    return 2 * SIDE**3 / min(seconds) / 1e9


def trial_gflop(recipe: Recipe) -> float:
    """Return the GFLOP of a trial's products and convolutions, its validations included."""
    network = build(recipe.model, tuple(DEFAULT_WIDTHS[recipe.model].values()), seed=0)
    images, labels = torch.zeros(1, 28, 28), torch.zeros(1, dtype=torch.int64)
    with FlopCounterMode(display=False) as forward:
        loss = F.cross_entropy(network(images), labels)
    with FlopCounterMode(display=False) as backward:
        torch.autograd.grad(loss, list(network.parameters()))
    trained = forward.get_total_flops() + backward.get_total_flops()
    validated = forward.get_total_flops()
    epoch = recipe.train_images * trained + recipe.valid_images * validated
    return float(recipe.epochs * epoch / 1e9)
