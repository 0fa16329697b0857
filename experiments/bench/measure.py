"""Take times in turn, so that what disturbs one case disturbs its neighbours; speed and memory."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean

import click
import psutil
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from experiments.bench.cases import BenchmarkCase, Options, Run, prepare
from experiments.bench.page import Row, Spread, spread
from fashion_bench.config import ParamValue, Recipe
from fashion_bench.devices import DeviceKind
from fashion_bench.models import Architecture, build
from fashion_bench.training.matmul import fast_matmul

# Sides of square matrices: large enough for the peak, small enough to be quick.
SIDES: Mapping[DeviceKind, int] = {"cpu": 1_024, "cuda": 8_192}
# Several times what the caches hold.
COPIED_BYTES: Mapping[DeviceKind, int] = {"cpu": 1 << 27, "cuda": 1 << 30}
MIB = 1 << 20

PAUSE_SECONDS = 0.05  # between two looks at a program's memory: an epoch takes several

OWN = "products, torch's own choice, GFLOP/s"
FAST = "products, as the engine asks, GFLOP/s"
COPY = "copy, GB/s"


def measure_peaks(device: DeviceKind) -> Mapping[str, float]:
    """Measure a device at its best, by ``OWN``, ``FAST`` and ``COPY``; a CPU on one thread."""
    from torch.utils.benchmark import Timer  # looks for a compiler, and may say that it found none

    def shortest(statement: str, tensors: dict[str, torch.Tensor]) -> float:
        return min(Timer(statement, globals=tensors).blocked_autorange().times)

    side, count = SIDES[device], COPIED_BYTES[device]
    matrices = {name: torch.rand(side, side, device=device) for name in ("a", "b", "product")}
    arrays = {name: torch.ones(count, dtype=torch.uint8, device=device) for name in ("a", "copy")}
    gflop, product = 2 * side**3 / 1e9, "torch.mm(a, b, out=product)"
    own = gflop / shortest(product, matrices)
    with fast_matmul(device):
        fast = gflop / shortest(product, matrices)
    return {OWN: own, FAST: fast, COPY: 2 * count / 1e9 / shortest("copy.copy_(a)", arrays)}


@cache
def trial_gflop(recipe: Recipe, arguments: tuple[ParamValue, ...]) -> float:
    """Return the GFLOP of a trial's products and convolutions, its validations included."""
    network = build(Architecture(recipe.model, arguments), seed=0)
    images, labels = torch.zeros(1, 28, 28), torch.zeros(1, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        loss = F.cross_entropy(network(images), labels)
        validated = counter.get_total_flops()
        torch.autograd.grad(loss, list(network.parameters()))
    epoch = recipe.train_images * counter.get_total_flops() + recipe.valid_images * validated
    return float(recipe.epochs * epoch / 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What was measured, round by round.

    Attributes:
        seconds: of one whole trial, by case.
        first: the same of the round before, which does not count; empty without one.
        peaks: what the device did at best, once a round; empty where that was not asked.
        gpu_mib: most memory a run held on the GPU beside the images, by case; empty on a CPU.
    """

    seconds: Mapping[str, Sequence[float]]
    first: Mapping[str, float]
    peaks: Sequence[Mapping[str, float]] = ()
    gpu_mib: Mapping[str, float]

    def ratio(self, one: str, other: str) -> Spread:
        """Return the seconds of one by those of the other, round by round."""
        pairs = zip(self.seconds[one], self.seconds[other], strict=True)
        return spread([mine / yours for mine, yours in pairs])

    def gflops(self, case: BenchmarkCase, trial: Recipe) -> tuple[Spread, Spread]:
        """Return a case's GFLOP/s, and in percent of the peak of its round.

        Of trials that differ the mean is counted, and no padding.
        """
        whole = replace(trial, model=case.model)
        gflop = fmean(trial_gflop(whole, config.arguments) for config in case.configs(whole))
        speeds = [gflop / seconds for seconds in self.seconds[case.name]]
        best = [max(peak[OWN], peak[FAST]) if case.tf32 else peak[OWN] for peak in self.peaks]
        parts = [100 * speed / peak for speed, peak in zip(speeds, best, strict=True)]
        return spread(speeds), spread(parts)

    def compared(self) -> list[Row]:
        """Return a row a case, each beside the first."""
        first = next(iter(self.seconds))
        return [
            {"what": name, "s per trial": spread(took), f"÷ {first}": self.ratio(name, first)}
            for name, took in self.seconds.items()
        ]


def run_rounds(
    cases: Sequence[BenchmarkCase],
    options: Options,
    *,
    warm_up: bool = True,
    peaks_too: bool = False,
) -> Rounds:
    """Run every case once a round, in their order; tell on standard error what has been measured.

    Args:
        cases: what.
        options: how often, of which trial, where.
        warm_up: whether to run a round before the first that counts; never when in a hurry.
        peaks_too: whether to measure the device's peaks at the beginning of each round.
    """
    uncounted = int(warm_up and not options.quick)
    seconds: dict[str, list[float]] = {case.name: [] for case in cases}
    peaks, gpu_mib = [], {}
    with prepare(cases, options) as runs:
        for number in range(1 - uncounted, options.rounds + 1):
            if peaks_too:
                peaks.append(measure_peaks(options.device))
            for case, run in zip(cases, runs, strict=True):
                took, gpu_mib[case.name] = _run_once(run, options.device)
                seconds[case.name].append(took * case.scale(options.trial))
                told = f"{case.name}, {seconds[case.name][-1]:.3g} s a trial"
                click.echo(f"round {number} of {options.rounds}: {told}", err=True)
    return Rounds(
        seconds={name: took[uncounted:] for name, took in seconds.items()},
        first={name: took[0] for name, took in seconds.items() if uncounted},
        peaks=peaks[uncounted:],
        gpu_mib=gpu_mib if options.device == "cuda" else {},
    )


def _run_once(run: Run, device: DeviceKind) -> tuple[float, float]:
    """Return how many seconds a run took, and how many MiB it held on a GPU at most."""
    if device == "cpu":
        return seconds_of(run), 0.0
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    seconds = seconds_of(run, torch.cuda.synchronize)
    return seconds, (torch.cuda.max_memory_allocated() - held) / MIB


def seconds_of(*steps: Run) -> float:
    """Return how long some steps take together."""
    started = time.perf_counter()
    for step in steps:
        step()
    return time.perf_counter() - started


def peak_mib(pid: int) -> float:
    """Watch a child process until it ends; return the most memory it and its descendants held.

    In MiB. Of memory that several processes share, each counts its part (proportional set size,
    PSS); where the system does not tell that, only what is a process's own (USS).
    """
    peak, root = 0, psutil.Process(pid)
    with suppress(psutil.NoSuchProcess):
        while root.status() != psutil.STATUS_ZOMBIE:
            peak = max(peak, sum(map(_held_by, [root, *root.children(recursive=True)])))
            time.sleep(PAUSE_SECONDS)
    return peak / MIB


def _held_by(process: psutil.Process) -> int:
    """Return a process's memory now, in bytes; 0 of one that has ended."""
    with suppress(psutil.Error):
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", memory.uss))
    return 0
