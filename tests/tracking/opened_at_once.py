"""Open the same new store in four processes at once; print how many made it.

Usage: ``python opened_at_once.py RUNS``. One process for all of them: importing is slow.
"""

import os
import sys
from pathlib import Path

from fashion_bench.tracking.backend import FolderBackend

_PROCESSES = 4


def _child(runs: Path) -> int:
    pid = os.fork()
    if pid == 0:
        FolderBackend(runs).open().create_experiment(f"of process {os.getpid()}")
        os._exit(0)
    return pid


if __name__ == "__main__":
    children = [_child(Path(sys.argv[1])) for _ in range(_PROCESSES)]
    print(sum(os.waitpid(child, 0)[1] == 0 for child in children))
