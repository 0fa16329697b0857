"""Sync the same trials over and over, each time killed a few statements later.

Prints how often it was killed, and how often that left a run behind that was not ended.

Usage: ``python killed_syncs.py RUNS RECORDS``. One process for all of them: importing is slow.
"""

import os
import pickle
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, event

from fashion_bench.tracking.mlflow_mirror import Mirror

# Some 28 to open the store and look the runs up, then 42 a trial: every part of it is cut.
_STATEMENTS = range(28, 76, 4)


def _kill_at(statement: int) -> None:
    """Let this process kill itself before it sends that many statements to the database."""
    left = iter(range(statement, -1, -1))

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _sync(runs: Path, records: Path) -> None:
    study, trials = pickle.loads(records.read_bytes())
    mirror = Mirror(runs, study)
    mirror.sync_trials(trials, files=lambda trial: {"id.txt": trial.trial_id.encode()})


def _killed(runs: Path, records: Path, statement: int) -> bool:
    child = os.fork()
    if child == 0:
        _kill_at(statement)
        _sync(runs, records)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _cut_off(runs: Path) -> bool:
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection:
        return bool(connection.execute("SELECT 1 FROM runs WHERE status = 'RUNNING'").fetchall())


if __name__ == "__main__":
    runs, records = (Path(argument) for argument in sys.argv[1:])
    ends = [(_killed(runs, records, statement), _cut_off(runs)) for statement in _STATEMENTS]
    print(*(sum(column) for column in zip(*ends, strict=True)))
