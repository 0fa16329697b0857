"""How many trials are trained together: chosen once, then kept."""

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
from fashion_bench.app.workers import probe
from fashion_bench.data.sources import Sources
from fashion_bench.devices import SIZES
from fashion_bench.errors import StudyError
from fashion_bench.search.layout import Layout, choose_layout, fit_layout, keep_layout
from fashion_bench.search.resolve import load_file
from fashion_bench.training.rendering import Vmapped
from fashion_bench.training.step import Score
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write

ON_GPU = Layout(device="cuda", lanes=8, padded_widths=(32,))


def test_a_lane_is_alone_on_a_cpu_and_a_generation_together_on_a_gpu(tmp_path: Path) -> None:
    """Two arms of 3 trials a generation fit a cohort of 8, padded to the widest trial."""
    changes = ("generation = 2", "generation = 3"), ("per_arm = 4", "per_arm = 6")
    plan = load_file(write(tmp_path, STUDY, *changes)).plan
    assert choose_layout(plan, "cpu", None) == Layout(device="cpu", lanes=1, padded_widths=(32,))
    assert choose_layout(plan, "cuda", None) == ON_GPU
    assert choose_layout(plan, "cpu", 4).lanes == 4


@given(wanted=st.sampled_from(SIZES), room=st.integers(0, 2000))
def test_a_gpu_takes_the_largest_half_that_fits(wanted: int, room: int) -> None:
    """Halved until it fits, each size tried once; a lane alone is never tried."""
    tried = []

    def fits(lanes: int) -> bool:
        tried.append(lanes)
        return lanes <= room

    layout = fit_layout(replace(ON_GPU, lanes=wanted), fits)
    larger = [size for size in reversed(SIZES) if max(1, room) < size <= wanted]
    assert layout.lanes == max(size for size in SIZES if size <= max(1, min(room, wanted)))
    assert layout.wanted == (wanted if larger else None)
    assert tried == larger + [layout.lanes] * (layout.lanes > 1)


def test_on_a_cpu_no_size_is_tried() -> None:
    """Memory is found out on a GPU alone."""
    layout = replace(ON_GPU, device="cpu")
    assert fit_layout(layout, lambda lanes: pytest.fail("tried")) is layout


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

    real = Vmapped.step
    monkeypatch.setattr(Vmapped, "step", step)
    layout = fit_layout(ON_GPU, probe(plan, Sources(tmp_path, tmp_path), "cpu"))
    assert layout == replace(ON_GPU, lanes=2, wanted=8)
    assert [shape for shape in tried if shape[0] > 2] == [(8, 32, 784), (4, 32, 784)]
    assert set(tried[-2:]) == {(2, 32, 784)}


def test_a_study_keeps_its_device_and_its_cohorts() -> None:
    """What is not asked for follows the study; what differs from it is refused by name."""
    assert keep_layout("s", ON_GPU, "auto", None) is ON_GPU
    assert keep_layout("s", ON_GPU, "cuda", 8) is ON_GPU
    fewer = replace(ON_GPU, lanes=2, wanted=8)
    assert keep_layout("s", fewer, "auto", 2) is keep_layout("s", fewer, "auto", 8) is fewer
    with pytest.raises(StudyError, match=r"s: was begun on cuda \(given: 'cpu'\); go on with"):
        keep_layout("s", ON_GPU, "cpu", None)
    with pytest.raises(StudyError, match=r"s: was begun with cohorts of 8 \(given: 4\); leave"):
        keep_layout("s", ON_GPU, "auto", 4)


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
