"""Checks of whole studies on a GPU: killed, a thousand trials, with a GPU that breaks."""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import make_train
from fashion_bench.config import Trial
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Tried
from fashion_bench.errors import FashionBenchError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.executor import Train
from fashion_bench.execution.gpus import look_for_gpus
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.records import Outcome, Progress, Segment, Tell, unheard
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.kept import Kept
from fashion_bench.training.probe import tried
from fashion_bench.training.segment import train_segment
from tests.gpu.made import (
    COMPUTE,
    DEVICE,
    TRY_OUT,
    WIDEST,
    Found,
    compilations,
    made,
    tell,
    trained,
)

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
    """After three errors that end its context the run ends; no trial is called a failure."""
    if TRY_OUT:
        return True, {}
    of, done = made(epochs=1), list[Any]()
    trials = [Trial(trial_id=f"t{seed}", config=of.trial(seed)) for seed in range(3)]
    segments = [
        Segment(trials=(trial,), until_epoch=1, padded_arguments=WIDEST["mlp"]) for trial in trials
    ]

    def on_done(_: Segment, progress: tuple[Progress, ...]) -> list[Segment]:
        done.append(progress[0].failure)
        return []

    cards = Cards(look_for_gpus().gpus, 1, "a check")
    try:
        with ProcessExecutor(partial(_breaking, mkdtemp()), 1, cards=cards) as executor:
            executor.run(segments, on_done)
    except FashionBenchError as error:
        return done == [None], {"said": str(error), "done": done}
    except Exception as error:
        return False, {"raised": f"{type(error).__name__}: {str(error)[:200]}", "done": done}
    return False, {"done": done}


def _breaking(folder: str) -> Train:
    """Set up training on a GPU that breaks at the second trial, for ever."""
    sources, store = Sources(Path(mkdtemp()), Path(mkdtemp())), CheckpointStore(Path(folder))
    whole = make_train("synthetic", sources, store, COMPUTE)

    def train(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
        if segment.trials[0].trial_id == "t1":  # a device-side assert
            far = torch.tensor([9], device=DEVICE)
            with suppress(RuntimeError):
                torch.zeros(4, device=DEVICE).index_select(0, far).cpu()
        return whole(segment, tell)

    return train


def no_compiler() -> Found:
    """Without a compiler the captured engine trains all the same, without a word."""
    os.environ |= {"CC": "/bin/false", "CXX": "/bin/false"}
    os.environ["TRITON_CACHE_DIR"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = mkdtemp()
    with warnings.catch_warnings(record=True) as seen:
        of = made()
        said = tried(of.trial(1), 4, of.images, "captured", "tf32")
        trained(of.cohort(4), of)
    compiler = [name for name in ("torch._inductor", "triton.compiler") if name in sys.modules]
    found = {"trouble": said.trouble, "fits": said.fits, "loaded": compiler, "warned": len(seen)}
    return said == Tried() and not compilations(), found


def survivors() -> Found:
    """What stays on the device from rung to rung goes on as what is read back from files does."""
    of = made(epochs=3)
    trials = tuple(Trial(trial_id=f"t{seed}", config=of.trial(seed)) for seed in range(8))
    widths = WIDEST["mlp"]
    ends = {}
    for name in ("kept", "read back", "trained again"):
        store, kept = CheckpointStore(Path(mkdtemp())), Kept()
        going, before = trials, ()
        began = time.perf_counter()
        for epoch in range(3):
            lanes = 8 >> epoch
            segment = Segment(
                trials=going[:lanes], from_epoch=epoch, until_epoch=epoch + 1, lanes=lanes,
                padded_arguments=widths, before=before,
            )  # fmt: skip
            with_files = None if name == "read back" else kept
            progress = train_segment(segment, of.images, store, COMPUTE, unheard, with_files)
            before = (segment,)
            if name == "trained again":
                kept = Kept()
        figures = [(e.train_loss, e.valid_loss) for e in progress[-1].history]
        ends[name] = repr(figures), round(time.perf_counter() - began, 2)
    bits = {figures for figures, _ in ends.values()}
    return len(bits) == 1, {name: seconds for name, (_, seconds) in ends.items()}


def study() -> Found:
    """A study ends with the same list, begun anew or killed half way; its first line names all."""
    folder = Path(mkdtemp())
    first, second = _run(folder, "a"), _run(folder, "b")
    killed = _run(folder, "c", kill_after=0.7 * second[0])
    ended = _run(folder, "c")
    lists = [_list(folder / runs) for runs in "abc"]
    found = {
        "first_s": first[0],
        "second_s": second[0],
        "killed_s": killed[0],
        "ended_s": ended[0],
        "trials": len(lists[0]),
        "says": first[1].partition("\n")[0],
        "said": first[1][-300:],
    }
    same = bool(lists[0]) and lists[0] == lists[1] == lists[2]
    return same and (TRY_OUT or "captured engine" in found["says"]), found


def begun() -> Found:
    """The default study trains its first epoch within 5 seconds of its second start."""
    folder = Path(mkdtemp())
    seconds = [_first_epoch(folder / f"{n}") for n in range(3)]
    return TRY_OUT or min(seconds[1:]) < 5, {"seconds": seconds}


def _first_epoch(folder: Path) -> float:
    """Start the default study; return the seconds until something of it is trained, and end it."""
    file = Path(__file__).parent.parent.parent / "studies" / "mlp_dropout.toml"
    folder.mkdir()
    changed = folder / "default.toml"
    changed.write_text(file.read_text().replace("[fixed]", '[fixed]\nsource = "synthetic"'))
    command = [sys.executable, "-m", "fashion_bench", "study", "run", changed]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--runs", folder / "runs", "--device", DEVICE, "--no-mlflow"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if " %, " in line:
                    break
        finally:
            process.kill()
    return round(time.perf_counter() - began, 1)


def thousand() -> Found:
    """1,000 trials of 10 epochs of 54,000 images, recorded in MLflow, take 60 seconds at most."""
    trials = 16 if TRY_OUT else 1_000
    small = ("train_images = 2000", "train_images = 54000"), ("valid_images = 500", "")
    text = STUDY.replace("rungs = [1, 3, 10]\n", "").replace('pruner = "halving"\neta = 3\n', "")
    for one, other in () if TRY_OUT else small:
        text = text.replace(one, other)
    text = text.replace("generation = 8", f"generation = {max(4, trials // 4)}")
    text = text.replace("trials_per_arm = 16", f"trials_per_arm = {trials // 2}")
    folder = Path(mkdtemp())
    took, said = _run(folder, "a", text=text, options=())
    ended = RunsFolder(folder / "a").ledger().read("s").trials
    found = {"seconds": took, "trials": len(ended), "said": said[-300:]}
    return TRY_OUT or (len(ended) == trials and took < 60), found


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
    folder: Path,
    runs: str,
    kill_after: float | None = None,
    text: str = STUDY,
    options: Sequence[str] = ("--no-mlflow",),
) -> tuple[float, str]:
    """Run a study from the command line; return how many seconds that took and what it said."""
    file = folder / "s.toml"
    file.write_text(text)
    given = ["--runs", folder / runs, "--device", DEVICE, "--workers", "1", *options]
    command = [sys.executable, "-m", "fashion_bench", "study", "run", file, *given]
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
