"""Learning-rate schedules: the factor on a trial's peak rate, step by step."""

import math

import torch
from torch import Tensor

from fashion_bench.config import Schedule


def schedule_factors(schedule: Schedule, steps: int) -> Tensor:
    """Return the factor on the peak learning rate at each of a trial's steps: float64 [steps].

    ``cosine``: half a cosine from 1 to 0 (Loshchilov & Hutter 2017, no restarts). ``one_cycle``:
    a cosine from 1/25 up to 1 over the first 30 % and down to 1/250,000 over the rest, torch's
    ``OneCycleLR`` with its defaults (Smith & Topin 2018), without cycling momentum.
    """
    step = torch.arange(steps, dtype=torch.float64)
    if schedule == "constant":
        return torch.ones_like(step)
    if schedule == "cosine":
        return (1 + torch.cos(math.pi * step / steps)) / 2
    peak = max(0.3 * steps - 1, 1e-9)
    fall = max(steps - 1 - peak, 1e-9)
    up = _cosine(1 / 25, 1.0, step / peak)
    down = _cosine(1.0, 1 / 250_000, ((step - peak) / fall).clamp(0, 1))
    return torch.where(step <= peak, up, down)


def _cosine(start: float, end: float, fraction: Tensor) -> Tensor:
    return end + (start - end) / 2 * (1 + torch.cos(math.pi * fraction))
