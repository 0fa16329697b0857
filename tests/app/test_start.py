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
from fashion_bench.app.start import gpu_possible, import_training, workers_started
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
    """One trial at a time on a CPU, and all of them on a GPU, are trained by the run itself."""
    monkeypatch.setattr(start, "gpu_possible", lambda: False)
    options = RunOptions(workers=workers)
    with workers_started(options) as server:
        assert (server is not None) == there
        with workers_started(options, server) as same:
            assert same is server
    with workers_started(replace(options, device="cuda")) as none:
        assert none is None
    monkeypatch.setattr(start, "gpu_possible", lambda: True)
    with workers_started(options) as none:
        assert none is None


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux alone")
def test_workers_can_be_forked_once_all_is_prepared(tmp_path: Path) -> None:
    """Neither torch nor loading a shipped data set begins a thread, which would forbid it."""
    server = ForkServer()
    server.prepare(import_training)
    digest = server.ask(partial(share_images, "synthetic", tmp_path))
    assert digest == server.ask(partial(share_images, "synthetic", tmp_path)) != ""
    assert len(server.ask(partial(os.listdir, "/proc/self/task"))) == 1
    server.close()


@pytest.mark.skipif(gpu_possible(), reason="torch is asked for a GPU")
@pytest.mark.parametrize("module", ["doctor", "report"])
def test_what_only_reads_imports_no_torch(module: str, tmp_path: Path) -> None:
    """The doctor and the report of a study wait neither for torch nor for scikit-learn."""
    code = f"import fashion_bench.app.{module} as one"
    if module == "doctor":
        code += "; from pathlib import Path; one.examine(Path('runs'))"
    assert {"torch", "sklearn"}.isdisjoint(printed(code, at=tmp_path).split())
