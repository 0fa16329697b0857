"""Open new ledgers, each in several processes at once; print how many of all made it.

Usage: ``python ledgers_opened_at_once.py FOLDER LEDGERS PROCESSES``. They are forked: importing is
slow.
"""

import os
import sys
from pathlib import Path

from fashion_bench.search.ledger import Ledger


def _child(folder: Path) -> int:
    pid = os.fork()
    if pid == 0:
        Ledger(folder / "ledger.db").names()
        os._exit(0)
    return pid


if __name__ == "__main__":
    made = 0
    for ledger in range(int(sys.argv[2])):
        children = [_child(Path(sys.argv[1]) / str(ledger)) for _ in range(int(sys.argv[3]))]
        made += sum(os.waitpid(child, 0)[1] == 0 for child in children)
    print(made)
