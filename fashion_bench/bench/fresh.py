"""What runs in an interpreter of its own, to see a contestant start and how much memory it takes.

The contestant's name and the data folder are arguments, the recipe of a trial comes in as JSON.
When it was ready (on the clock of ``time.monotonic``) and its peak memory go out as JSON.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from fashion_bench.bench.contestants import CONTESTANTS
from fashion_bench.config import Recipe
from fashion_bench.data import load_train

__all__ = ["main"]


def main() -> None:
    """Prepare a contestant, train for an epoch, print what was seen."""
    name, data = sys.argv[1], Path(sys.argv[2])
    trial = replace(Recipe(**json.load(sys.stdin)), epochs=1)
    contestant = next(each for each in CONTESTANTS if each.name == name)
    images = load_train(trial.source, data)
    with contestant.open(contestant.measured(trial), images, data) as run:
        ready_at = time.monotonic()
        run()
        print(json.dumps({"ready_at": ready_at, "peak_mib": _peak_mib()}))


def _peak_mib() -> float | None:
    """Return the peak memory of this process and its children together; ``None`` off Linux.

    Not ``getrusage``: there, a process starts with the peak of the one that started it.
    """
    own = Path(f"/proc/{os.getpid()}")
    try:
        children = (own / "task" / own.name / "children").read_text().split()
        return sum(map(_high_water_kib, [own.name, *children])) / 1_024
    except OSError:
        return None


def _high_water_kib(process: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
