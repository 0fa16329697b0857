"""The compiled step: the same numbers, or the same program uncompiled. On a CPU, small shapes."""

import shutil

import pytest
import torch

from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import Compiled
from fashion_bench.training.loop import rows_of
from fashion_bench.training.rendering import Rendering, Vmapped
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import make_config, small_images

TRIALS = [
    make_config(0, widths=(8, 4), dropout=0.3),
    make_config(1, widths=(5, 6), weight_decay=0.1, schedule="cosine"),
    make_config(2, widths=(8, 6), label_smoothing=0.1, lr=3e-3),
]


def steps(kind: type[Rendering]) -> tuple[Cohort, list[torch.Tensor]]:
    """Run an epoch and a bit, with its short last batch; return the cohort and each loss."""
    cohort = Cohort.start(TRIALS, dtype=torch.float64)
    rendering = kind(cohort, small_images())
    rows = rows_of(TRIALS, len(small_images().labels)).train
    batches = [*torch.split(rows, TRIALS[0].recipe.batch_size, dim=1), rows[:, :16]]
    return cohort, [rendering.step(batch, step)[0] for step, batch in enumerate(batches)]


def assert_the_same(one: tuple[Cohort, list[torch.Tensor]], other: tuple) -> None:
    """Losses, weights and optimiser agree."""
    torch.testing.assert_close(one[1], other[1], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one[0].weights, other[0].weights, rtol=1e-9, atol=1e-9)
    assert [count.item() for count in one[0].adam.steps] == [len(one[1])] * 6


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler to compile with")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_it_is_the_same_program() -> None:
    """Warming up leaves the cohort as it was; then every step has the numbers of the vmapped."""
    assert_the_same(steps(Compiled), steps(Vmapped))


def test_without_a_compiler_it_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of warning a shape, and the numbers of the vmapped step."""

    def broken(*_: object, **__: object) -> object:
        def fail(*_: object) -> None:
            raise RuntimeError("no compiler\nand a long story")

        return fail

    monkeypatch.setattr(torch, "compile", broken)
    assert_the_same(steps(Compiled), steps(Vmapped))
    assert {record.getMessage() for record in caplog.records} == {
        "No compiler here (no compiler): training goes on without, slower."
    }


def test_every_size_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sizes of cohort one process meets, none is left to run uncompiled."""
    compiled = torch.compile

    def traced(update: object, *, dynamic: bool, options: object) -> object:
        return compiled(update, dynamic=dynamic, backend=count)

    graphs = 0

    def count(graph: torch.fx.GraphModule, _: object) -> object:
        nonlocal graphs
        graphs += 1
        return graph

    monkeypatch.setattr(torch, "compile", traced)
    for lanes in range(2, 12):  # torch's own limit is 8
        cohort = Cohort.start([make_config(seed, widths=(4, 3)) for seed in range(lanes)])
        rows = torch.zeros(lanes, 8, dtype=torch.int64)
        Compiled(cohort, small_images()).step(rows, 0)
        assert graphs == lanes - 1
