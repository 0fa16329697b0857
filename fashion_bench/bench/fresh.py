"""What runs in an interpreter of its own, to see a contestant start and how much memory it takes.

The contestant's name and the data folder are arguments, the recipe of a trial comes as JSON; when
it was ready (on the clock of ``time.monotonic``) and its peak memory go out as JSON.
"""

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from fashion_bench.bench.contestants import CONTESTANTS
from fashion_bench.config import Recipe
from fashion_bench.data import load_train

__all__ = ["main"]

# ru_maxrss is in KiB on Linux, in bytes on macOS
_MAXRSS_PER_MIB = 1 << 20 if sys.platform == "darwin" else 1 << 10


def main() -> None:
    """Prepare a contestant, train an epoch, print what was seen."""
    name, data = sys.argv[1], Path(sys.argv[2])
    trial = replace(Recipe(**json.load(sys.stdin)), epochs=1)
    contestant = next(each for each in CONTESTANTS if each.name == name)
    images = load_train(trial.source, data)
    with contestant.open(contestant.measured(trial), images, data) as run:
        ready_at = time.monotonic()
        run()
    print(json.dumps({"ready_at": ready_at, "peak_mib": _peak_mib(contestant.processes)}))


def _peak_mib(processes: int) -> float:
    """Return the peak of this process, and the highest of its children's times their number."""
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (mine + processes * largest_child) / _MAXRSS_PER_MIB


if __name__ == "__main__":
    main()
