"""What this machine can do at best, and how much a trial asks of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from fashion_bench.bench.tables import Table, spread
from fashion_bench.config import DEFAULT_WIDTHS, Recipe
from fashion_bench.models import build
from fashion_bench.search.layout import DeviceKind
from fashion_bench.training.products import fast_products

__all__ = [
    "Peaks",
    "copy_gb",
    "matmul_gflops",
    "measure_peaks",
    "peaks_table",
    "synchronize",
    "trial_gflop",
]

# Sides of square matrices: large enough for the peak, small enough to be quick.
SIDES: dict[DeviceKind, int] = {"cpu": 1_024, "cuda": 8_192}
# Bytes to copy: several times what the caches hold.
BYTES: dict[DeviceKind, int] = {"cpu": 1 << 27, "cuda": 1 << 30}
TRIES = 5

_NOTES = """\
The best of {tries} tries, once a round (n = {n}), {where}. *Products* are `torch.mm` of
{side:,} x {side:,} float32 matrices; the engine asks for other kernels than torch's own choice
where that is sound. *Copy* is `Tensor.copy_` of {mib:,} MiB; what is read and what is written
count both.
"""
_ROWS: dict[DeviceKind, tuple[str, str]] = {
    "cpu": ("products, torch's own choice", "products, as the engine asks"),
    "cuda": ("products, float32", "products, tf32, as the engine asks"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """What a device does at best.

    Attributes:
        own_gflops: float32 matrix products with torch's own choice of kernels, GFLOP/s.
        fast_gflops: the same as the engine asks for them; on a GPU, tf32.
        copy_gb: GB/s read and written by a copy.
    """

    own_gflops: float
    fast_gflops: float
    copy_gb: float

    @property
    def gflops(self) -> float:
        """The most that is done in the precision the engine trains in."""
        return max(self.own_gflops, self.fast_gflops)


def measure_peaks(device: DeviceKind) -> Peaks:
    """Measure a device at its best; a CPU on as many threads as torch uses."""
    return Peaks(
        own_gflops=matmul_gflops(device, fast=False),
        fast_gflops=matmul_gflops(device, fast=True),
        copy_gb=copy_gb(device),
    )


def matmul_gflops(device: DeviceKind = "cpu", *, fast: bool) -> float:
    """Measure a float32 matrix product, GFLOP/s, by torch's own kernels or by the engine's."""
    side = SIDES[device]
    left, right = (torch.rand(side, side, device=device) for _ in range(2))
    product = torch.empty_like(left)
    with fast_products(device) if fast else nullcontext():
        seconds = _shortest(lambda: torch.mm(left, right, out=product), device)
    return 2 * side**3 / seconds / 1e9


def copy_gb(device: DeviceKind = "cpu") -> float:
    """Measure a copy within the device's memory, GB/s."""
    source = torch.ones(BYTES[device], dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * BYTES[device] / _shortest(lambda: target.copy_(source), device) / 1e9


def peaks_table(rounds: Sequence[Peaks], device: DeviceKind) -> Table:
    """Tell the peaks of all rounds."""
    own, fast = _ROWS[device]
    return Table(
        rows=(
            {"peak": own, "GFLOP/s": spread([p.own_gflops for p in rounds]), "GB/s": None},
            {"peak": fast, "GFLOP/s": spread([p.fast_gflops for p in rounds]), "GB/s": None},
            {"peak": "copy", "GFLOP/s": None, "GB/s": spread([p.copy_gb for p in rounds])},
        ),
        notes=_NOTES.format(
            tries=TRIES,
            n=len(rounds),
            where="on one thread" if device == "cpu" else "on the GPU",
            side=SIDES[device],
            mib=BYTES[device] >> 20,
        ),
    )


def trial_gflop(recipe: Recipe, widths: Sequence[int] = ()) -> float:
    """Return the GFLOP of a trial's products and convolutions, its validations included."""
    widths = widths or tuple(DEFAULT_WIDTHS[recipe.model].values())
    network = build(recipe.model, widths, seed=0)
    images, labels = torch.zeros(1, 28, 28), torch.zeros(1, dtype=torch.int64)
    with FlopCounterMode(display=False) as forward:
        loss = F.cross_entropy(network(images), labels)
    with FlopCounterMode(display=False) as backward:
        torch.autograd.grad(loss, list(network.parameters()))
    trained = forward.get_total_flops() + backward.get_total_flops()
    validated = forward.get_total_flops()
    epoch = recipe.train_images * trained + recipe.valid_images * validated
    return float(recipe.epochs * epoch / 1e9)


def _shortest(do: Callable[[], object], device: DeviceKind) -> float:
    """Return the seconds of the quickest of a few tries, after one that warms up."""
    seconds = []
    for _ in range(TRIES + 1):
        started = time.perf_counter()
        do()
        synchronize(device)
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:])


def synchronize(device: DeviceKind) -> None:
    """Wait until a GPU has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()
