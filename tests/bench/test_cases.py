"""What is timed: what a run trains, and what follows for a whole trial."""

import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import torch

from experiments.bench.cases import (
    ENGINE,
    ENGINE_CASES,
    SPIN,
    Inputs,
    Options,
    busy_program,
    gpu_cases,
    tenth,
)
from fashion_bench.config import Recipe
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.devices import EngineName
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import render
from fashion_bench.training.matmul import _precision
from fashion_bench.training.stepwise import Rendering
from tests.bench.instant_cases import make_case
from tests.networks import widths_of

OWNER = """
import os, subprocess, sys, time
command = [sys.executable, "-c", sys.argv[1], str(os.getpid())]
print(subprocess.Popen(command).pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("part", "epochs", "images", "scale"),
    [("trial", 10, 54_000, 1.0), ("epoch", 1, 54_000, 10.0), ("tenth", 1, 5_400, 100.0)],
)
def test_less_than_a_trial_is_scaled_up(part: str, epochs: int, images: int, scale: float) -> None:
    """An epoch stands for ten, a tenth of its images for a hundred times itself."""
    case = make_case("x", part=part)
    measured = case.measured(Recipe())
    assert (measured.epochs, measured.train_images) == (epochs, images)
    assert measured.train_images == 9 * measured.valid_images
    assert case.scale(Recipe()) == scale


def test_trials_that_run_together_share_the_time() -> None:
    """Of four lanes each is told a quarter."""
    assert make_case("x", trials=4).scale(Recipe()) == 0.25


def test_a_case_brings_its_network() -> None:
    """The CNN's row trains a CNN for as long."""
    assert make_case("x", model="cnn").measured(Recipe()) == Recipe(model="cnn")


def test_every_case_has_a_name_of_its_own() -> None:
    """Names are what rounds and starts are kept by."""
    for cases in (ENGINE_CASES, gpu_cases((2, 4)), gpu_cases((8, 64, 256))):
        assert len({case.name for case in cases}) == len(cases)


def test_widths_and_dropout_are_dealt_in_turn() -> None:
    """Every width with and without dropout, and no seed twice."""
    *_, mixed = gpu_cases((6, 8))
    configs = mixed.configs(Recipe())
    assert {(widths_of(c)[0], c.hyper.dropout) for c in configs} == {
        (width, rate) for width in (64, 250, 256) for rate in (0.0, 0.25)
    }
    assert len({config.seed for config in configs}) == 6


@pytest.mark.parametrize("tf32", [False, True])
def test_precision_is_what_is_asked_for(monkeypatch: pytest.MonkeyPatch, tf32: bool) -> None:
    """Products as on a GPU: in tf32, or in full float32."""
    seen, as_on_a_gpu = [], _precision

    def watched(cohort: Cohort, images: Images, engine: EngineName | None) -> Rendering:
        seen.append(torch.get_float32_matmul_precision())
        return render(cohort, images, engine)

    monkeypatch.setattr(
        "fashion_bench.training.matmul._precision", lambda _, tf32: as_on_a_gpu("cuda", tf32)
    )
    monkeypatch.setattr("fashion_bench.training.loop.render", watched)
    recipe = tenth(Recipe(source="synthetic", epochs=1, train_images=640, valid_images=640))
    options = Options(trial=recipe, data=Path())
    inputs = Inputs(options=options, images=draw_images("train", 128), resources=ExitStack())
    case = next(c for c in gpu_cases((2, 4)) if c.trials == 2 and c.tf32 == tf32)
    assert case.prepare is ENGINE.prepare
    case.prepare(case, recipe, inputs)()
    assert seen == ["high" if tf32 else "highest"]


def test_another_program_is_busy_until_it_is_ended() -> None:
    """It runs meanwhile and uses the processor; afterwards it is gone."""
    with busy_program() as program:
        deadline = time.monotonic() + 60
        while psutil.Process(program.pid).cpu_times().user < 0.2:
            assert program.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert program.returncode == -signal.SIGKILL


def test_another_program_ends_with_the_benchmark() -> None:
    """Also when that is killed."""
    command = [sys.executable, "-c", OWNER, SPIN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        program = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
    deadline = time.monotonic() + 60
    while program.is_running() and program.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
