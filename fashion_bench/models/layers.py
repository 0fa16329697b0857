"""What networks are made of: activations, and dropout whose noise is a function of names.

That is the same for a lane alone, in a cohort, or padded.

Shapes: B rows of a batch, U units of a layer.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.config import Activation

Drop = Callable[[Tensor, int], Tensor]
"""Drops units of a layer's output [B, U]; the int names the layer."""

MAX_UNITS = 1 << 16  # units a layer can have before two of them share a counter


def keep_all(hidden_BU: Tensor, layer: int) -> Tensor:
    """Drop nothing: what evaluation passes for ``Drop``."""
    return hidden_BU


def activate(activation: Activation, hidden: Tensor) -> Tensor:
    """Apply an activation function of ``torch.nn.functional``."""
    active: Tensor = getattr(F, activation)(hidden)
    return active


def mix(bits: Tensor) -> Tensor:
    """Scramble int32 values one by one; a bijection without visible structure.

    The two-round xorshift-multiply of C. Wellons' hash prospector with the multipliers 0x21f0aaad
    and 0x735a2d97: both below 2**31, as int32 arithmetic in compiled kernels requires.
    """
    bits = (bits ^ ((bits >> 16) & 0xFFFF)) * 0x21F0AAAD
    bits = (bits ^ ((bits >> 15) & 0x1FFFF)) * 0x735A2D97
    return bits ^ ((bits >> 15) & 0x1FFFF)


def noise_key(base: Tensor, step: Tensor) -> Tensor:
    """Hash a lane's seed and the step number, both int32, to the key of that step's noise.

    Hashed, not added: sums would make the streams of neighbouring seeds overlap.
    """
    return mix(mix(step) ^ base)


def counters(rows: int, units: int, device: torch.device) -> Tensor:
    """Return the scrambled names [rows, units] (int32) of a batch's units.

    A unit is counted in its true layer, so padding a layer changes no unit's name.
    """
    row = torch.arange(rows, dtype=torch.int32, device=device)[:, None]
    unit = torch.arange(units, dtype=torch.int32, device=device)[None, :]
    return mix(row * MAX_UNITS + unit)


def dropout(hidden_BU: Tensor, rate: Tensor, key: Tensor, counters_BU: Tensor) -> Tensor:
    """Zero each unit with probability ``rate`` and scale the rest by 1 / (1 - rate).

    ``rate`` and ``key`` are scalars of one lane. Rate 0 returns the input's values unchanged.
    A unit that is not finite stays so, dropped or not.
    """
    kept_BU = (mix(counters_BU ^ key) & 0xFFFFFF) >= rate * 2.0**24
    return hidden_BU * (kept_BU / (1 - rate))
