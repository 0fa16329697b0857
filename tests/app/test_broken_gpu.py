"""A GPU that breaks in the middle of a study: real workers and ledger, training on the CPU."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import OpenExecutor, open_executor
from fashion_bench.errors import MachineError
from fashion_bench.records import Outcome, StudyRecord
from tests.app.breaking_gpu import make_train_until
from tests.app.conftest import Listener
from tests.app.made_up_gpu import MadeUpGpu
from tests.app.small_files import write


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [
        (t.trial_id, dict(t.params), t.outcome, t.value, t.checkpoint_sha256) for t in study.trials
    ]


@pytest.mark.faults
def test_a_gpu_that_breaks_costs_a_study_nothing(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops in one line, no trial failed; on a well one it ends as if undisturbed."""
    gpu = MadeUpGpu()
    gpu.put_in(monkeypatch)
    monkeypatch.setattr("fashion_bench.app.workers.choose_device", gpu.choose)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (trained := tmp_path / "trained").mkdir()
    (undisturbed := tmp_path / "undisturbed").mkdir()
    file, options = write(tmp_path), replace(options, device="cuda", workers=None, cohort_size=1)

    def opens(folder: Path, well: int) -> OpenExecutor:
        return partial(open_executor, train=partial(make_train_until, folder, well))

    with pytest.raises(MachineError) as caught:
        run_study(file, options, Listener(), opens(trained, 9))
    given_up = str(caught.value).partition("give-up s ")[2].split()[0]
    assert str(caught.value) == (
        "Tesla Z: failed three times (the GPU stopped working (CUDA error: an illegal memory "
        "access)), so training stops, and no trial has failed; see what `nvidia-smi` and the "
        "system's log say, then run the same command again: it goes on, or `fashion-bench study "
        f"give-up s {given_up} --runs {options.runs}` records it as failed"
    )
    assert caught.value.exit_code == 1
    stored = RunsFolder(options.runs).ledger().read("s")
    assert 0 < len(stored.trials) < 8
    assert all(trial.outcome is not Outcome.FAILED for trial in stored.trials)
    finished = run_study(file, options, Listener(), opens(trained, 99))
    assert finished.trained == 8 - len(stored.trials)
    elsewhere = replace(options, runs=tmp_path / "others")
    well = run_study(file, elsewhere, Listener(), opens(undisturbed, 99)).study
    assert listed(finished.study) == listed(well)
