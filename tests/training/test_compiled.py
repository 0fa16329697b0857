"""The compiled step: the same numbers, or the same program uncompiled. On a CPU, small shapes."""

import shutil

import pytest
import torch

from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import Compiled, compiler_trouble
from fashion_bench.training.loop import rows_of
from fashion_bench.training.rendering import Rendering, Vmapped
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import make_config, small_images

TRIALS = [
    make_config(0, widths=(8, 4), dropout=0.3),
    make_config(1, widths=(5, 6), weight_decay=0.1, schedule="cosine"),
    make_config(2, widths=(8, 6), label_smoothing=0.1, lr=3e-3),
]


def steps(kind: type[Rendering], *, short: bool = True) -> tuple[Cohort, list[torch.Tensor]]:
    """Run an epoch and a bit, with its short last batch or not; return the cohort and each loss."""
    cohort = Cohort.start(TRIALS, dtype=torch.float64)
    rendering = kind(cohort, small_images())
    rows = rows_of(TRIALS, len(small_images().labels)).train
    size = TRIALS[0].recipe.batch_size
    batches = [*torch.split(rows, size, dim=1), rows[:, :16], rows[:, -size:]]
    batches = [batch for batch in batches if short or batch.shape[1] == size]
    return cohort, [rendering.step(batch, step)[0] for step, batch in enumerate(batches)]


def assert_the_same(one: tuple[Cohort, list[torch.Tensor]], other: tuple) -> None:
    """Losses, weights and optimizer agree."""
    torch.testing.assert_close(one[1], other[1], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one[0].weights, other[0].weights, rtol=1e-9, atol=1e-9)
    assert [count.item() for count in one[0].state.steps] == [len(one[1])] * 6


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler to compile with")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_it_is_the_same_program() -> None:
    """Warming up leaves the cohort as it was; then every step has the numbers of the vmapped."""
    assert_the_same(steps(Compiled, short=False), steps(Vmapped, short=False))


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


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[torch.fx.GraphModule]:
    """The graphs that would be compiled; they are run as they are."""
    graphs: list[torch.fx.GraphModule] = []
    compiled = torch.compile

    def keep(graph: torch.fx.GraphModule, _: object) -> object:
        graphs.append(graph)
        return graph

    def traced(update: object, *, dynamic: bool, options: object) -> object:
        return compiled(update, dynamic=dynamic, backend=keep)

    monkeypatch.setattr(torch, "compile", traced)
    return graphs


def test_a_short_last_batch_is_compiled_too(graphs: list[torch.fx.GraphModule]) -> None:
    """Each size of batch once, in the midst of an epoch, with the numbers of the vmapped."""
    assert_the_same(steps(Compiled), steps(Vmapped))
    assert len(graphs) == 2


def test_every_size_is_compiled(graphs: list[torch.fx.GraphModule]) -> None:
    """However many sizes of cohort one process meets, none is left to run uncompiled."""
    torch._dynamo.reset()
    with torch._dynamo.config.patch(recompile_limit=2):  # 8 by itself
        for lanes in range(2, 6):
            cohort = Cohort.start([make_config(seed, widths=(4, 3)) for seed in range(lanes)])
            rows = torch.zeros(lanes, 8, dtype=torch.int64)
            Compiled(cohort, small_images()).step(rows, 0)
            assert len(graphs) == lanes - 1


def test_a_compiler_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raises is returned as one line; where it works there is none."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no C compiler here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    assert compiler_trouble("cpu") is None
    monkeypatch.setattr(torch, "compile", fail)
    assert compiler_trouble("cpu") == "no C compiler here"
