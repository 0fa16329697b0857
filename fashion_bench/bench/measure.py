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

from fashion_bench.bench.contestants import Contestant
from fashion_bench.bench.machine import Peaks, measure_peaks
from fashion_bench.bench.tables import Spread, spread
from fashion_bench.config import Recipe
from fashion_bench.data import Images
from fashion_bench.search.layout import DeviceKind

__all__ = ["Fresh", "Rounds", "measure_fresh", "run_rounds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What was measured, round by round.

    Attributes:
        seconds: of one whole trial, by contestant.
        first: the same of the round before, which does not count; empty without one.
        peaks: what the device did at best, once a round; empty where that was not asked.
    """

    seconds: Mapping[str, Sequence[float]]
    first: Mapping[str, float]
    peaks: Sequence[Peaks] = ()

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
    warm_up: bool = True,
    device: DeviceKind | None = None,
) -> Rounds:
    """Run every contestant once a round, in their order.

    Args:
        contestants: whom.
        trial: what one trial is.
        images: to train on.
        data: the folder they come from.
        rounds: that count.
        say: told in a line what has been measured.
        warm_up: whether to run a round before the first that counts.
        device: whose peaks to measure at the beginning of each round.
    """
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    peaks = []
    uncounted = int(warm_up)
    with ExitStack() as stack:
        runs = {
            contestant: stack.enter_context(
                contestant.open(contestant.measured(trial), images, data)
            )
            for contestant in contestants
        }
        for number in range(1 - uncounted, rounds + 1):
            if device is not None:
                peaks.append(measure_peaks(device))
            for contestant, run in runs.items():
                started = time.perf_counter()
                run()
                took = (time.perf_counter() - started) * contestant.scale(trial)
                seconds[contestant.name].append(took)
                say(f"round {number} of {rounds}: {contestant.name}, {took:.3g} s a trial")
    return Rounds(
        seconds={name: took[uncounted:] for name, took in seconds.items()},
        first={name: took[0] for name, took in seconds.items() if warm_up},
        peaks=peaks[uncounted:],
    )


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
