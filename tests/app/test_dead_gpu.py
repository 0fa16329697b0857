"""A GPU that breaks in a study: the study stops, no trial has failed, and it goes on later."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import make_train, prepared
from fashion_bench.data.sources import Sources
from fashion_bench.devices import ON_A_CPU, Compute
from fashion_bench.errors import MachineError
from fashion_bench.execution.cards import Cards
from fashion_bench.execution.executor import Executor, Train
from fashion_bench.execution.gpus import Gpu
from fashion_bench.execution.processes import ProcessExecutor
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, TrialRecord
from fashion_bench.training.files import TrialFiles
from tests.app.conftest import Listener
from tests.app.made_up_gpu import MadeUpGpu
from tests.app.small_files import write


def make_breaking(
    word: Path, source: str, sources: Sources, files: TrialFiles, compute: Compute
) -> Train:
    """Return the real training, on the CPU, with a GPU that breaks after two cohorts."""
    from fashion_bench.training import segment

    real = segment.advance

    def advance(*given: Any, **how: Any) -> None:
        if not (word / "well").exists():
            if len(list(word.iterdir())) == 2:
                raise torch.AcceleratorError("CUDA error: an illegal memory access")
            (word / f"{len(list(word.iterdir()))}").touch()
        real(*given, **how)

    segment.advance = advance
    return make_train(source, sources, files, compute)


def on_a_breaking_gpu(
    word: Path,
    plan: Plan,
    sources: Sources,
    files: TrialFiles,
    compute: Compute,
    workers: int | None,
) -> Executor:
    """Open a worker on the made-up GPU."""
    train = partial(make_breaking, word)
    make = partial(prepared, plan.code, train, plan.recipe.source, sources, files, ON_A_CPU)
    return ProcessExecutor(make, 1, cards=Cards([Gpu("GPU-0", "Tesla Z")], None, plan.name))


def listed(trials: Sequence[TrialRecord]) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [(t.trial_id, t.outcome, t.value, t.checkpoint_sha256) for t in trials]


def test_a_broken_gpu_stops_a_study_and_fails_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command with a sound one trains the rest: the list is as if nothing had been."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "word").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    on_the_cpu = MadeUpGpu().put_in(monkeypatch)
    breaking = partial(on_a_breaking_gpu, tmp_path / "word")
    file, options = write(tmp_path), RunOptions(runs=tmp_path / "runs", no_mlflow=True)
    with pytest.raises(MachineError) as caught:
        run_study(file, options, Listener(), breaking)
    assert caught.value.exit_code == 1
    assert "no trial has failed (the GPU stopped working (CUDA error: an illegal" in str(
        caught.value
    )
    assert "\n" not in str(caught.value)
    before = RunsFolder(options.runs).ledger().read("s").trials
    assert len(before) == 4
    assert all(trial.outcome is not Outcome.FAILED for trial in before)
    (tmp_path / "word" / "well").touch()
    ended = run_study(file, options, Listener(), breaking)
    assert ended.trained == 4
    undisturbed = RunOptions(runs=tmp_path / "undisturbed", no_mlflow=True)
    expected = run_study(file, undisturbed, Listener(), on_the_cpu).study.trials
    assert listed(ended.study.trials) == listed(expected)
    assert len(expected) == 8
