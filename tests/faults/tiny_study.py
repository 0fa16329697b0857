"""A real study and an experiment of tiny trials, run by real processes, and what they left."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

from fashion_bench.faults import SWITCH, Point
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger

Fault = Literal["kill", "hang", "raise"]

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

STAGES = f"""{FILE.replace("trials_per_arm = 6", "trials_per_arm = 2")}
[survey]
points = 2

[confirm]
seeds = 2
"""

started: "list[subprocess.Popen[str]]" = []


def start(folder: Path, *options: str, file_text: str = FILE) -> "subprocess.Popen[str]":
    """Start the command that runs the study, or goes on with it, in a session of its own."""
    for place in (folder, folder / "tmp"):
        place.mkdir(exist_ok=True)
    spec = tomllib.loads(file_text)
    file = folder / f"{spec['name']}.toml"
    file.write_text(file_text)
    kind = "experiment" if "seeds" in spec else "study"
    command = [sys.executable, "-m", "fashion_bench", kind, "run", str(file)]
    run = subprocess.Popen(
        [*command, "--runs", str(folder / "runs"), "--device", "cpu", "--workers", "2", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {SWITCH: str(folder / "faults"), "TMPDIR": str(folder / "tmp")},
        start_new_session=True,
        preexec_fn=_heed_signals,
    )
    started.append(run)
    return run


def _heed_signals() -> None:
    """Heed what a shell makes its background jobs ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def order(folder: Path, point: Point, fault: Fault = "kill") -> Path:
    """Order what befalls the next process at a point; the file goes when it happens."""
    file = folder / "faults" / point
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".new")
    written.write_text(fault)
    return written.replace(file)


def end(run: "subprocess.Popen[str]", code: int = 0) -> tuple[str, str]:
    """Wait for a command to end by itself; return what it printed."""
    printed, told = run.communicate(timeout=300)
    assert run.returncode == code, told
    return printed, told


def end_all() -> None:
    """Kill what still runs of the commands that were started."""
    while started:
        run = started.pop()
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def kill_when(run: "subprocess.Popen[str]", reached: Callable[[], object]) -> None:
    """Kill the driver, and it alone, as soon as something is so; fail if it ends before."""
    wait_until(run, reached)
    run.send_signal(signal.SIGKILL)
    run.communicate()


def wait_until(run: "subprocess.Popen[str]", reached: Callable[[], object]) -> None:
    """Wait until something is so; fail if the command ends before."""
    deadline = time.monotonic() + 300
    while not reached():
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def states(folder: Path) -> int:
    """How many states and checkpoints of trials are on the disk."""
    return len(list((folder / "runs" / "trials" / NAME).glob("*/[!.]*.pt")))


def saved(folder: Path, least: int) -> bool:
    """Whether at least so many of them are."""
    return states(folder) >= least


def rows(folder: Path) -> int:
    """How many trials are in the ledger."""
    ledger = folder / "runs" / "ledger.db"
    if not ledger.exists():  # looking would make it
        return 0
    with closing(sqlite3.connect(ledger)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM trials").fetchone()[0])
        except sqlite3.OperationalError:  # nothing in it yet
            return 0


def record(folder: Path, name: str = NAME) -> StudyRecord:
    """The study as the ledger holds it."""
    return Ledger(folder / "runs" / "ledger.db").read(name)


def listed(folder: Path, name: str = NAME) -> list[tuple[object, ...]]:
    """The list of trials: parameters, values, weights and predictions, bit for bit."""
    return [
        (
            t.trial_id,
            dict(t.params),
            t.config.seed,
            t.outcome,
            t.value,
            t.checkpoint_sha256,
            {on: (test.accuracy, test.predictions_sha256) for on, test in t.tests.items()},
        )
        for t in record(folder, name).trials
    ]


def mlflow_runs(folder: Path, name: str = NAME) -> list[tuple[str, str, str]]:
    """Every run of the study in MLflow: of what, its status, its metric points by name."""
    query = """
        SELECT coalesce(t.value, s.value, k.value), r.status,
               (SELECT json_group_object(key, points) FROM
                   (SELECT key, count(*) AS points FROM metrics
                    WHERE run_uuid = r.run_uuid GROUP BY key ORDER BY key))
        FROM runs r
        JOIN experiments e ON e.experiment_id = r.experiment_id AND e.name = ?
        LEFT JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'trial_id'
        LEFT JOIN tags s ON s.run_uuid = r.run_uuid AND s.key = 'summary'
        LEFT JOIN tags k ON k.run_uuid = r.run_uuid AND k.key = 'kind'
        ORDER BY 1"""
    with closing(sqlite3.connect(folder / "runs" / "mlflow.db")) as connection:
        return [tuple(row) for row in connection.execute(query, (name,))]


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
