"""Take the time of contestants, in turn, so that what disturbs one disturbs its neighbours."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from fashion_bench.bench.contestants import Contestant
from fashion_bench.bench.machine import matmul_gflops
from fashion_bench.config import Recipe
from fashion_bench.data import Images

__all__ = ["Fresh", "Rounds", "Spread", "measure_fresh", "run_rounds", "spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure measured several times.

    Attributes:
        median: of all.
        low: the lowest.
        high: the highest.
        n: how many.
    """

    median: float
    low: float
    high: float
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Summarise figures."""
    return Spread(median(values), min(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class Rounds:
    """What was measured, round by round.

    Attributes:
        seconds: of one whole trial, by contestant.
        matmul_gflops: the machine's peak, measured once a round.
    """

    seconds: Mapping[str, Sequence[float]]
    matmul_gflops: Sequence[float]

    def ratio(self, one: str, other: str) -> Spread:
        """Return the seconds of one by those of the other, round by round."""
        pairs = zip(self.seconds[one], self.seconds[other], strict=True)
        return spread([mine / yours for mine, yours in pairs])


def run_rounds(
    contestants: Sequence[Contestant],
    trial: Recipe,
    images: Images,
    data: Path,
    *,
    rounds: int,
    say: Callable[[str], None],
) -> Rounds:
    """Run every contestant once a round, in their order; a round before the first is not counted.

    Args:
        contestants: whom.
        trial: what one trial is.
        images: to train on.
        data: the folder they come from.
        rounds: that count.
        say: told in a line what has been measured.
    """
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    peaks = []
    with ExitStack() as stack:
        runs = {
            contestant: stack.enter_context(
                contestant.open(contestant.measured(trial), images, data)
            )
            for contestant in contestants
        }
        for number in range(rounds + 1):
            peaks.append(matmul_gflops())
            for contestant, run in runs.items():
                started = time.perf_counter()
                run()
                took = (time.perf_counter() - started) * contestant.scale(trial)
                seconds[contestant.name].append(took)
                say(f"round {number} of {rounds}: {contestant.name}, {took:.2f} s a trial")
    return Rounds({name: took[1:] for name, took in seconds.items()}, peaks[1:])


@dataclass(frozen=True, slots=True)
class Fresh:
    """A contestant in an interpreter of its own.

    Attributes:
        start_seconds: from starting the interpreter until it can train.
        peak_mib: most memory held in one epoch by it and its workers together; ``None`` where
            the system does not say.
    """

    start_seconds: float
    peak_mib: float | None


def measure_fresh(contestant: Contestant, trial: Recipe, data: Path) -> Fresh:
    """Start an interpreter, train there for one epoch, and return what that took."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "fashion_bench.bench.fresh", contestant.name, data],
        input=json.dumps(asdict(trial)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    )
    answer = json.loads(done.stdout)
    return Fresh(answer["ready_at"] - started, answer["peak_mib"])
