"""What a run imports and starts, and when."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.app import start
from fashion_bench.app.options import RunOptions
from fashion_bench.app.start import (
    import_training,
    import_training_of_many,
    workers_started,
)
from fashion_bench.app.workers import share_images
from fashion_bench.execution.forkserver import FORKS, ForkServer
from tests.app.small_files import write

HEAVY = {"torch", "torchvision", "sklearn", "scipy.stats", "mlflow", "pandas", "matplotlib"}
LEFT = f"import atexit, sys; atexit.register(lambda: print(*sorted({HEAVY} & {{*sys.modules}})))\n"
COMMAND = "from fashion_bench.cli import main; main()"


def printed(code: str, *words: str, at: Path) -> str:
    """Run some code in an interpreter of its own; return the last line that it printed."""
    argv = [sys.executable, "-c", LEFT + code, *words]
    ended = subprocess.run(argv, cwd=at, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()[-1]


@pytest.mark.skipif(not FORKS, reason="torch trains here")
def test_a_driver_whose_workers_train_imports_nothing_heavy(tmp_path: Path) -> None:
    """A study is run, and its answer told, without torch, scikit-learn or MLflow in the driver."""
    file = write(tmp_path)
    words = ("study", "run", str(file), "--workers", "2", "--no-mlflow")
    assert printed(COMMAND, *words, at=tmp_path) == ""


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
@pytest.mark.parametrize(("workers", "there"), [(1, False), (2, True)])
def test_what_workers_come_from_is_started_where_there_will_be_some(
    monkeypatch: pytest.MonkeyPatch, workers: int, there: bool
) -> None:
    """One trial at a time on a CPU is trained by the run itself; all on a GPU by others."""
    monkeypatch.setattr(start, "gpu_possible", lambda: False)
    options = RunOptions(workers=workers)
    with workers_started(options) as server:
        assert (server is not None) == there
        with workers_started(options, server) as same:
            assert same is server
    monkeypatch.setattr(start, "gpu_possible", lambda: True)
    for device in ("auto", "cuda"):
        with workers_started(replace(options, device=device)) as there_is:
            assert there_is is not None
    with workers_started(replace(options, device="cpu")) as server:
        assert (server is not None) == there


FORBIDDEN = """
import torch
def called(*_): raise AssertionError("CUDA is called")
for name in ("_lazy_init", "is_available", "device_count"): setattr(torch.cuda, name, called)
for name in ("_cuda_getDeviceCount", "_cuda_init"): setattr(torch._C, name, called)
from fashion_bench.app.start import import_training_of_many
import_training_of_many()
print("imported")
"""


def test_what_workers_are_forked_from_calls_no_cuda(tmp_path: Path) -> None:
    """Nobody forked from a process that did could use it. And no thread is begun."""
    assert "imported" in subprocess.check_output([sys.executable, "-c", FORBIDDEN], text=True)
    server = ForkServer()
    server.prepare(import_training_of_many)
    assert len(server.ask(partial(os.listdir, "/proc/self/task"))) == 1
    server.close()


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
def test_workers_can_be_forked_once_all_is_prepared(tmp_path: Path) -> None:
    """Neither torch nor loading a shipped data set begins a thread, which would forbid it."""
    server = ForkServer()
    server.prepare(import_training)
    digest = server.ask(partial(share_images, "synthetic", tmp_path))
    assert digest == server.ask(partial(share_images, "synthetic", tmp_path)) != ""
    assert len(server.ask(partial(os.listdir, "/proc/self/task"))) == 1
    server.close()


@pytest.mark.parametrize("module", ["doctor", "report"])
def test_what_only_reads_imports_no_torch(module: str, tmp_path: Path) -> None:
    """The doctor and the report of a study wait neither for torch nor for scikit-learn."""
    code = f"import fashion_bench.app.{module} as one"
    if module == "doctor":
        code += "; from pathlib import Path; one.examine(Path('runs'))"
    assert {"torch", "sklearn"}.isdisjoint(printed(code, at=tmp_path).split())
