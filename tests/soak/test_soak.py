"""A study of thousands of trials: the last costs as much memory and time as the first."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from tests.finished import start

ARMS = 2
GENERATION = 20  # of each arm
FILE = """
name = "soak"
question = "Does the last trial cost as much as the first?"
seed = 1
model = "mlp"
epochs = 1

[fixed]
source = "synthetic"
train_images = 64
valid_images = 64
hidden = 8
hidden2 = 8

[nuisance]
lr = {{ low = 1e-4, high = 1e-2, log = true }}

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = {{ low = 0.1, high = 0.5 }}

[search]
sampler = "random"
generation = {generation}

[budget]
trials_per_arm = {trials_per_arm}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the driver's process held when so many trials were in the ledger.

    Attributes:
        trials: in the ledger.
        megabytes: of memory that it shares with none.
        seconds: of processor time that it had used: what else runs here does not count.
    """

    trials: int
    megabytes: float
    seconds: float


def test_three_hundred_trials(tmp_path: Path) -> None:
    """Once it is under way, the driver needs no more memory, and no more time for a trial."""
    samples = list(drive(tmp_path, 320, to_the_end=False))
    assert growth(samples, 120) < 20  # MB
    assert slowdown(samples, 80) < 2


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_three_thousand_trials(tmp_path: Path) -> None:
    """The same, and MLflow is sent every one of them."""
    started = time.monotonic()
    samples = list(drive(tmp_path, 3000, to_the_end=True))
    grown, slower = growth(samples, 500), slowdown(samples, 500)
    print(f"{time.monotonic() - started:.0f} s; {grown:.1f} MB more after 500; {slower:.2f} x")
    assert grown < 100
    assert slower < 2
    with closing(sqlite3.connect(tmp_path / "runs" / "mlflow.db")) as connection:
        sent = connection.execute("SELECT count(*) FROM runs WHERE status = 'FINISHED'").fetchone()
    assert sent == (3000 + ARMS + 1,)


def drive(folder: Path, trials: int, *, to_the_end: bool) -> Iterator[Sample]:
    """Run a study in a process of its own, and look at that until all is in the ledger."""
    file = folder / "soak.toml"
    file.write_text(FILE.format(generation=GENERATION, trials_per_arm=trials // ARMS))
    command = ("study", "run", file, "--runs", folder / "runs", "--device", "cpu", "--workers", "1")
    told = folder / "told.txt"
    with told.open("w") as pipe, start(*command, stdout=pipe, stderr=pipe) as run:
        while (recorded := rows(folder / "runs" / "ledger.db")) < trials:
            assert run.poll() is None, told.read_text()
            yield Sample(trials=recorded, megabytes=memory(run.pid), seconds=processor(run.pid))
            time.sleep(0.2)
        if not to_the_end:
            run.kill()
        assert run.wait(3600) == (0 if to_the_end else -9), told.read_text()


def rows(ledger: Path) -> int:
    """How many trials are in a ledger."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM trials").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def memory(pid: int) -> float:
    """Return the memory that a process holds and shares with none (files are shared), in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (held,) = (line.split()[1] for line in lines if line.startswith("Anonymous:"))
    return int(held) / 1024


def processor(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def growth(samples: list[Sample], first: int) -> float:
    """Return how much more was held at the end than after the first trials, in MB.

    The median of several looks each: one may fall into a peak.
    """
    after = [sample for sample in samples if sample.trials >= first]
    held = [sample.megabytes for sample in after]
    few = max(1, len(held) // 10)
    return median(held[-few:]) - median(held[:few])


def slowdown(samples: list[Sample], trials: int) -> float:
    """Return the time of one of the last trials, in those of one after as many at the beginning."""
    return per_trial(samples, samples[-1].trials - trials) / per_trial(samples, trials, 2 * trials)


def per_trial(samples: list[Sample], first: int, last: int | None = None) -> float:
    """Return the processor time of a trial between the first and the last, in seconds."""
    there = [s for s in samples if first <= s.trials <= (last or s.trials)]
    return (there[-1].seconds - there[0].seconds) / (there[-1].trials - there[0].trials)
