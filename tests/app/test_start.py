"""What a run imports and starts, and when."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from fashion_bench.app import start
from fashion_bench.app.options import RunOptions
from fashion_bench.app.start import (
    gpu_possible,
    import_training,
    import_training_of_many,
    workers_started,
)
from fashion_bench.app.workers import share_images
from fashion_bench.execution.forkserver import FORKS, ForkServer
from tests.app.small_files import write
from tests.execution.made_up_gpus import A, Machine, card

HEAVY = {"torch", "torchvision", "sklearn", "scipy.stats", "mlflow", "pandas", "matplotlib"}
LEFT = f"import atexit, sys; atexit.register(lambda: print(*sorted({HEAVY} & {{*sys.modules}})))\n"
COMMAND = "from fashion_bench.cli import main; main()"


def printed(code: str, *words: str, at: Path) -> str:
    """Run some code in an interpreter of its own; return the last line that it printed."""
    argv = [sys.executable, "-c", LEFT + code, *words]
    ended = subprocess.run(argv, cwd=at, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()[-1]


@pytest.mark.skipif(gpu_possible() or not FORKS, reason="torch is asked for a GPU, or trains here")
def test_a_driver_whose_workers_train_imports_nothing_heavy(tmp_path: Path) -> None:
    """A study is run, and its answer told, without torch, scikit-learn or MLflow in the driver."""
    file = write(tmp_path)
    words = ("study", "run", str(file), "--workers", "2", "--device", "cpu", "--no-mlflow")
    assert printed(COMMAND, *words, at=tmp_path) == ""


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
@pytest.mark.parametrize(("workers", "there"), [(1, False), (2, True)])
def test_what_workers_come_from_is_started_where_there_will_be_some(
    monkeypatch: pytest.MonkeyPatch, workers: int, there: bool
) -> None:
    """One trial at a time on a CPU is trained by the run itself; on a GPU none is."""
    monkeypatch.setattr(start, "gpu_possible", lambda: False)
    options = RunOptions(workers=workers)
    with workers_started(options) as server:
        assert (server is not None) == there
        with workers_started(options, server) as same:
            assert same is server
    monkeypatch.setattr(start, "gpu_possible", lambda: True)
    with workers_started(options) as server:
        assert server is not None
    with workers_started(replace(options, device="cpu")) as server:
        assert (server is not None) == there


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
@pytest.mark.parametrize("prepared", [import_training, import_training_of_many])
def test_workers_can_be_forked_once_all_is_prepared(
    tmp_path: Path, prepared: Callable[[], None]
) -> None:
    """Neither torch nor loading a shipped data set begins a thread, or CUDA: either forbids it."""
    server = ForkServer()
    server.prepare(prepared)
    digest = server.ask(partial(share_images, "synthetic", tmp_path))
    assert digest == server.ask(partial(share_images, "synthetic", tmp_path)) != ""
    assert len(server.ask(partial(os.listdir, "/proc/self/task"))) == 1
    assert not server.ask(torch.cuda.is_initialized)
    server.close()


@pytest.mark.skipif(gpu_possible(), reason="torch is asked for a GPU")
@pytest.mark.parametrize("module", ["doctor", "report"])
def test_what_only_reads_imports_no_torch(module: str, tmp_path: Path) -> None:
    """The doctor and the report of a study wait neither for torch nor for scikit-learn."""
    code = f"import fashion_bench.app.{module} as one"
    if module == "doctor":
        code += "; from pathlib import Path; one.examine(Path('runs'))"
    assert {"torch", "sklearn"}.isdisjoint(printed(code, at=tmp_path).split())


def test_gpus_are_looked_for_in_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks imports no torch, so nothing of CUDA is begun there; the GPUs are made up."""
    made_up = Machine(tmp_path, monkeypatch)
    made_up.smi(card(0, A))
    made_up.torch([A[4:], "Tesla Z", 8, 0])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    code = (
        "from fashion_bench.execution import gpus; gpus._of_nvidia = lambda: True; "
        "from fashion_bench.app.workers import choose_device; "
        "print(choose_device('cuda').gpus[0].id)"
    )
    argv = [sys.executable, "-c", LEFT + code]
    ended = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [A, ""]
