"""The precision of float32 matrix products: faster kernels where they are sound (decision 14)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch

# Largest error a product may have, relative to its largest value: float32 stays at 1e-6 over the
# widths used here, tf32 and bf16 are at 1e-3.
FLOAT32_ERROR = 1e-5


@contextmanager
def fast_matmul(device: torch.device | str = "cpu", *, tf32: bool = True) -> Iterator[None]:
    """Compute in tf32 on a GPU, unless told not to; on a CPU with oneDNN, if it stays in float32.

    On a CPU, torch's own choice is MKL, which keeps to AVX2 on AMD's. Allowed to use bf16, torch
    asks oneDNN, which takes AVX-512 and, unless the CPU has tiles for bf16 (AMX), computes in
    float32 all the same: twice as fast on Zen 5. Convolutions on a GPU are those that sum in the
    same order every time; their precision is a setting of its own.
    """
    backends: Any = torch.backends
    cudnn = backends.cudnn
    before = torch.get_float32_matmul_precision(), cudnn.deterministic, cudnn.allow_tf32
    kinds = (cudnn.conv, cudnn.rnn, backends.cuda.matmul, backends.mkldnn.matmul)
    named = [kind.fp32_precision for kind in kinds]
    torch.set_float32_matmul_precision(_precision(torch.device(device).type, tf32))
    # Torch has two names for one setting, and refuses to tell of it where they differ. The older
    # alone leaves convolutions to what torch was told of all that computes.
    cudnn.deterministic, cudnn.allow_tf32 = True, tf32
    for kind in kinds[:2]:
        kind.fp32_precision = "tf32" if tf32 else "ieee"
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        cudnn.deterministic, cudnn.allow_tf32 = before[1:]
        for kind, precision in zip(kinds, named, strict=True):
            kind.fp32_precision = precision


@lru_cache
def _precision(device: str, tf32: bool) -> str:
    """Return what ``torch.set_float32_matmul_precision`` is to be told."""
    if device == "cuda":
        return "high" if tf32 else "highest"
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.randn(256, 256, generator=draw) for _ in range(2))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    product = torch.matmul(left, right)
    torch.set_float32_matmul_precision(before)
    exact = left.double() @ right.double()
    error = (product - exact).abs().max() / exact.abs().max()
    return "medium" if error < FLOAT32_ERROR else "highest"
