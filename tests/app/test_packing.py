"""How many trials are trained together: chosen once, then kept."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import Trying
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.devices import SIZES, EngineName, Tried
from fashion_bench.errors import StudyError
from fashion_bench.execution.gpus import Gpu
from fashion_bench.plan import Plan
from fashion_bench.search.layout import (
    Layout,
    choose_layout,
    fit_layout,
    keep_layout,
    refuse_what_fails,
    try_engines,
)
from fashion_bench.search.resolve import load_file
from fashion_bench.training.rendering import Vmapped
from fashion_bench.training.step import Score
from tests.app.conftest import Listener
from tests.app.made_up_gpu import MadeUpGpu
from tests.app.small_files import STUDY, write

COHORTS = Layout(device="cuda", lanes=8, padded_widths=(32,))
ON_GPU = replace(COHORTS, engine="captured", precision="tf32", gpu="Tesla Z")


def test_a_lane_is_alone_on_a_cpu_and_a_generation_together_on_a_gpu(tmp_path: Path) -> None:
    """Two arms of 3 trials a generation fit a cohort of 8, padded to the widest trial."""
    changes = ("generation = 2", "generation = 3"), ("per_arm = 4", "per_arm = 6")
    plan = load_file(write(tmp_path, STUDY, *changes)).plan
    assert choose_layout(plan, "cpu", None) == Layout(device="cpu", lanes=1, padded_widths=(32,))
    assert choose_layout(plan, "cuda", None) == COHORTS
    assert choose_layout(plan, "cpu", 4).lanes == 4


@given(wanted=st.sampled_from(SIZES), room=st.integers(0, 2000))
def test_a_gpu_takes_the_largest_half_that_fits(wanted: int, room: int) -> None:
    """Halved until it fits, each size tried once, a lane alone, too."""
    gpu = MadeUpGpu(room=room)
    layout, tried = fit_layout(replace(ON_GPU, lanes=wanted), gpu)
    larger = [size for size in reversed(SIZES) if max(1, room) < size <= wanted]
    assert layout.lanes == max(size for size in SIZES if size <= max(1, min(room, wanted)))
    assert layout.wanted == (wanted if larger else None)
    assert [lanes for _, lanes, *_ in gpu.tried] == [*larger, layout.lanes]
    assert tried.fits == (room >= 1)


ASKED = ("generation = 2", "generation = 512"), ("per_arm = 4", "per_arm = 99840")


@pytest.fixture
def small(tmp_path: Path) -> Plan:
    """A study that repays no compilation, in cohorts of 4."""
    return load_file(write(tmp_path)).plan


@pytest.fixture
def large(tmp_path: Path) -> Plan:
    """One that repays it, in cohorts of 256."""
    return load_file(write(tmp_path, STUDY, *ASKED)).plan


def drawn(plan: Plan) -> Layout:
    """The layout of a study that begins, but for its engine."""
    return replace(choose_layout(plan, "cuda", None), precision="tf32", gpu="Tesla Z")


def test_the_best_engine_is_tried_alone_where_it_works(small: Plan, large: Plan) -> None:
    """Captured for a small study, compiled for a large one; nothing has to be told."""
    gpu = MadeUpGpu()
    assert try_engines(small, drawn(small), gpu) == (replace(ON_GPU, lanes=4), {})
    compiled = replace(ON_GPU, lanes=256, engine="compiled")
    assert try_engines(large, drawn(large), gpu) == (compiled, {})
    assert [tried[1:] for tried in gpu.tried] == [
        (4, "captured", "tf32"),
        (256, "compiled", "tf32"),
    ]


def test_an_engine_that_fails_is_dropped(large: Plan) -> None:
    """The next has all the lanes again; halving one keeps its engine."""
    troubles: dict[EngineName, str] = {"compiled": "no C compiler", "captured": "wrong sums"}
    gpu = MadeUpGpu(room=128, troubles=troubles)
    eager = replace(ON_GPU, lanes=128, wanted=256, engine="eager")
    assert try_engines(large, drawn(large), gpu) == (eager, troubles)
    engines = ("compiled", "captured", "eager")
    each = [(lanes, engine) for engine in engines for lanes in (256, 128)]
    assert [(lanes, engine) for _, lanes, engine, _ in gpu.tried] == each


def test_where_not_even_one_trial_fits_no_engine_works(small: Plan) -> None:
    """Each is tried down to one lane."""
    gpu, full = MadeUpGpu(room=0), "memory has no room for one trial"
    assert try_engines(small, drawn(small), gpu) == (None, {"captured": full, "eager": full})
    assert [lanes for _, lanes, *_ in gpu.tried] == 2 * [4, 2, 1]


@pytest.mark.parametrize(
    ("engine", "remedy"), [("compiled", "install a C compiler, as gcc"), ("captured", "mend that")]
)
def test_an_engine_that_works_no_more_is_refused(engine: EngineName, remedy: str) -> None:
    """With what is missing and what to do; none other takes its place. Memory is training's."""
    layout = replace(ON_GPU, engine=engine)
    refuse_what_fails("s", layout, MadeUpGpu(room=0))
    told = "cannot compile a step (no gcc)" if engine == "compiled" else "it is not there"
    gpu = MadeUpGpu(troubles={engine: told})
    with pytest.raises(StudyError) as caught:
        refuse_what_fails("s", layout, gpu)
    assert str(caught.value) == (
        f"s: was begun with the {engine} engine, which cannot be used here (given: "
        f"{told!r}); {remedy}, or give the study another name"
    )
    assert [tried[1:] for tried in gpu.tried] == [(8, engine, "tf32")]


def test_the_probe_trains_the_widest_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step at each size on the study's own images; where two lanes have room, two are kept."""
    plan = load_file(write(tmp_path, STUDY)).plan
    tried = []

    def step(self: Vmapped, rows: Tensor, number: int) -> Score:
        tried.append(tuple(next(iter(self.weights.values())).shape))
        if len(rows) > 2:
            raise torch.OutOfMemoryError
        return real(self, rows, number)

    class InThisProcess:
        """Answers here."""

        def __init__(self, make: Callable[[], Callable[[object], Tried]], *_: object) -> None:
            self.make = make

        def __call__(self, question: object, seconds: float) -> Tried:
            return self.make()(question)

        def end(self) -> None:
            """Do not."""

        close = end

    real = Vmapped.step
    monkeypatch.setattr(Vmapped, "step", step)
    monkeypatch.setattr("fashion_bench.app.workers.Asking", InThisProcess)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Images, "to", lambda images, _: images)  # there is no GPU
    tries = Trying(plan, Sources(tmp_path, tmp_path), Gpu(id="0", name="made up"))
    eager = replace(ON_GPU, engine="eager")  # which needs no GPU
    layout, _ = fit_layout(eager, tries)
    tries.close()
    assert layout == replace(eager, lanes=2, wanted=8)
    assert [shape for shape in tried if shape[0] > 2] == [(8, 32, 784), (4, 32, 784)]
    assert set(tried[-2:]) == {(2, 32, 784)}


def test_a_study_keeps_its_device_and_its_cohorts() -> None:
    """What is not asked for follows the study; what differs from it is refused by name."""
    assert keep_layout("s", ON_GPU, "auto", None, None) is ON_GPU
    assert keep_layout("s", ON_GPU, "cuda", 8, None) is ON_GPU
    fewer = replace(ON_GPU, lanes=2, wanted=8)
    assert (
        keep_layout("s", fewer, "auto", 2, None)
        is keep_layout("s", fewer, "auto", 8, None)
        is fewer
    )
    with pytest.raises(StudyError, match=r"s: was begun on cuda \(given: 'cpu'\); go on with"):
        keep_layout("s", ON_GPU, "cpu", None, None)
    with pytest.raises(StudyError, match=r"s: was begun with cohorts of 8 \(given: 4\); leave"):
        keep_layout("s", ON_GPU, "auto", 4, None)
    assert keep_layout("s", ON_GPU, "auto", None, "tf32") is ON_GPU
    with pytest.raises(StudyError, match=r"s: was begun with tf32 \(given: 'float32'\); leave"):
        keep_layout("s", ON_GPU, "auto", None, "float32")
    on_cpu = Layout(device="cpu", lanes=1, padded_widths=())
    assert keep_layout("s", on_cpu, "auto", None, "float32") is on_cpu
    with pytest.raises(StudyError, match=r"s: was begun with float32 \(given: 'tf32'\); leave"):
        keep_layout("s", on_cpu, "auto", None, "tf32")


def test_a_study_of_cohorts_keeps_its_size(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Begun with cohorts of 4 it goes on with them unasked, and refuses another size."""
    file = write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2"))
    begun = run_study(file, replace(options, cohort_size=4), listener)
    assert begun.trained == 4
    layout = RunsFolder(options.runs).ledger().layout("s")
    assert layout == Layout(device="cpu", lanes=4, padded_widths=(32,))
    with pytest.raises(StudyError, match="was begun with cohorts of 4"):
        run_study(write(tmp_path), replace(options, cohort_size=1), listener)
    assert run_study(write(tmp_path), options, listener).trained == 4
    assert RunsFolder(options.runs).ledger().layout("s") == layout
