"""Checks of whole studies on a GPU: killed, without compiler, with a GPU that breaks."""

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import make_train
from fashion_bench.config import Trial
from fashion_bench.data.sources import Sources
from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.executor import Train
from fashion_bench.execution.local import LocalExecutor
from fashion_bench.records import Outcome, Progress, Segment, Tell
from fashion_bench.training.checkpoint import CheckpointStore
from tests.gpu.made import COMPUTE, DEVICE, TRY_OUT, WIDEST, Found, made, tell, trained

STUDY = """
name = "s"
question = "Does it run?"
seed = 3
model = "mlp"
epochs = 10
rungs = [1, 3, 10]

[fixed]
source = "synthetic"
train_images = 2000
valid_images = 500

[nuisance]
hidden = [64, 250, 256]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = 0.3

[search]
sampler = "random"
pruner = "halving"
eta = 3
generation = 8

[budget]
trials_per_arm = 16
"""


def dead_gpu() -> Found:
    """After an error that ends its context no trial is called a failure: the run ends instead."""
    if TRY_OUT:
        return True, {}
    of = made(epochs=1)
    store = CheckpointStore(Path(mkdtemp()))

    def make() -> Train:
        whole = make_train("synthetic", Sources(Path(mkdtemp()), Path(mkdtemp())), store, COMPUTE)

        def train(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
            if segment.trials[0].trial_id == "t1":  # a device-side assert, which is for ever
                far = torch.tensor([9], device=DEVICE)
                with suppress(RuntimeError):
                    torch.zeros(4, device=DEVICE).index_select(0, far).cpu()
            return whole(segment, tell)

        return train

    trials = [Trial(trial_id=f"t{seed}", config=of.trial(seed)) for seed in range(3)]
    segments = [
        Segment(trials=(trial,), until_epoch=1, padded_arguments=WIDEST["mlp"]) for trial in trials
    ]
    done: list[Any] = []
    try:
        LocalExecutor(make).run(segments, lambda _, progress: done.append(progress[0].failure))
    except FashionBenchError as error:
        return done == [None], {"said": str(error), "done": done}
    except Exception as error:
        return False, {"raised": f"{type(error).__name__}: {str(error)[:200]}", "done": done}
    return False, {"done": done}


def no_compiler() -> Found:
    """Without a compiler there is one warning, and training goes on in a graph all the same."""
    os.environ |= {"CC": "/bin/false", "CXX": "/bin/false"}
    os.environ["TRITON_CACHE_DIR"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = mkdtemp()
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("fashion_bench").addHandler(handler)
    began, of = time.perf_counter(), made()
    for _ in range(2):
        trained(of.cohort(4), of)
    took = time.perf_counter() - began
    return len(lines) == 1, {"warnings": lines[:4], "number": len(lines), "seconds": took}


def study() -> Found:
    """A study ends with the same list, begun anew or killed half way and gone on with."""
    folder = Path(mkdtemp())
    cold, warm = _run(folder, "a"), _run(folder, "b")
    killed = _run(folder, "c", kill_after=0.7 * warm[0])
    ended = _run(folder, "c")
    lists = [_list(folder / runs) for runs in "abc"]
    found = {
        "cold_s": cold[0],
        "warm_s": warm[0],
        "killed_s": killed[0],
        "ended_s": ended[0],
        "trials": len(lists[0]),
        "said": cold[1][-300:],
    }
    return bool(lists[0]) and lists[0] == lists[1] == lists[2], found


def own_code() -> Found:
    """A network, data, optimizer and loss of a user's train on a GPU, alone and together."""
    folder = Path(mkdtemp())
    own = Path(__file__).parent.parent / "own"
    for path in own.iterdir():
        if path.suffix in (".py", ".toml") and "test_" not in path.name:
            (folder / path.name).write_text(path.read_text())
    text = (folder / "study.toml").read_text()
    took, said = _run(folder, "a", text=text)
    trials = RunsFolder(folder / "a").ledger().read(_name(text)).trials
    outcomes = {outcome.name: sum(t.outcome is outcome for t in trials) for outcome in Outcome}
    sound = bool(trials) and not outcomes["FAILED"]
    return sound, {"outcomes": outcomes, "seconds": took, "said": said[-600:]}


def _name(text: str) -> str:
    return text.partition('name = "')[2].partition('"')[0]


def _run(
    folder: Path, runs: str, kill_after: float | None = None, text: str = STUDY
) -> tuple[float, str]:
    """Run a study from the command line; return how many seconds that took and what it said."""
    file = folder / "s.toml"
    file.write_text(text)
    options = ["--runs", folder / runs, "--device", DEVICE, "--no-mlflow", "--workers", "1"]
    command = [sys.executable, "-m", "fashion_bench", "study", "run", file, *options]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = ""
    with suppress(subprocess.TimeoutExpired):
        said, _ = process.communicate(timeout=kill_after)
    process.kill()
    process.wait()
    took = round(time.perf_counter() - began, 1)
    tell((runs, took, said[-300:]))
    return took, said


def _list(runs: Path) -> list[Any]:
    trials = RunsFolder(runs).ledger().read("s").trials
    return [[(e.train_loss, e.valid_loss) for e in trial.history] for trial in trials]
