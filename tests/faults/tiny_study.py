"""A real study and an experiment of tiny trials, run by real processes, and what they left."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger

NAME = "tiny"
FILE = """
name = "tiny"
question = "Does a study survive?"
seed = 3
model = "mlp"
epochs = 3
rungs = [1, 3]

[fixed]
source = "synthetic"
train_images = 1000
valid_images = 500

[nuisance]
hidden = [16, 32]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = { low = 0.1, high = 0.5 }

[search]
sampler = "tpe"
pruner = "halving"
eta = 2
generation = 2
startup = 2

[budget]
trials_per_arm = 6
"""


EXPERIMENT = """
name = "tiny"
question = "Does an experiment survive?"
seeds = [1, 2]
model = "mlp"
epochs = 2

[fixed]
source = "synthetic"
train_images = 1000
valid_images = 500
hidden = 16

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = 0.25
"""


def start(folder: Path, *options: str, file_text: str = FILE) -> "subprocess.Popen[str]":
    """Start the command that runs the study, or goes on with it."""
    folder.mkdir(exist_ok=True)
    file = folder / "tiny.toml"
    file.write_text(file_text)
    kind = "experiment" if "seeds" in file_text else "study"
    command = [sys.executable, "-m", "fashion_bench", kind, "run", file]
    return subprocess.Popen(
        [*command, "--runs", folder / "runs", "--workers", "2", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(run: "subprocess.Popen[str]", code: int = 0) -> tuple[str, str]:
    """Wait for a command to end by itself; return what it printed."""
    printed, told = run.communicate(timeout=300)
    assert run.returncode == code, told
    return printed, told


def kill_when(run: "subprocess.Popen[str]", reached: Callable[[], bool]) -> None:
    """Kill the driver, and it alone, as soon as something is so; fail if it ends before."""
    deadline = time.monotonic() + 300
    while not reached():
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.communicate()


def states(folder: Path) -> int:
    """How many states and checkpoints of trials are on the disk."""
    return len(list((folder / "runs" / "trials" / NAME).glob("*/[!.]*.pt")))


def rows(folder: Path) -> int:
    """How many trials are in the ledger."""
    with closing(sqlite3.connect(folder / "runs" / "ledger.db")) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM trials").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet
            return 0


def record(folder: Path) -> StudyRecord:
    """The study as the ledger holds it."""
    return Ledger(folder / "runs" / "ledger.db").read(NAME)


def listed(folder: Path) -> list[tuple]:
    """The list of trials: parameters, values and weights, bit for bit."""
    return [
        (t.trial_id, dict(t.params), t.config.seed, t.outcome, t.value, t.checkpoint_sha256)
        for t in record(folder).trials
    ]


def mlflow_runs(folder: Path) -> list[tuple[str, str, str]]:
    """Every run in MLflow: what it is of, its status, and its metric points by name."""
    query = """
        SELECT coalesce(t.value, k.value), r.status,
               (SELECT json_group_object(key, points) FROM
                   (SELECT key, count(*) AS points FROM metrics
                    WHERE run_uuid = r.run_uuid GROUP BY key ORDER BY key))
        FROM runs r
        LEFT JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'trial_id'
        LEFT JOIN tags k ON k.run_uuid = r.run_uuid AND k.key = 'kind'
        ORDER BY 1"""
    with closing(sqlite3.connect(folder / "runs" / "mlflow.db")) as connection:
        return [tuple(row) for row in connection.execute(query)]


def points(runs: list[tuple[str, str, str]], of: str, metric: str) -> int:
    """How many points of a metric a run has."""
    (found,) = (json.loads(metrics) for name, _, metrics in runs if name == of)
    return int(found.get(metric, 0))


def children(pid: int) -> list[int]:
    """The processes that a process started and that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
