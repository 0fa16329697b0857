"""The compiled step: the same numbers, or one line. On a CPU, small shapes."""

import shutil

import pytest
import torch

from fashion_bench.errors import MachineError
from fashion_bench.training.captured import Captured
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import compiler_trouble
from fashion_bench.training.loop import render, rows_of
from fashion_bench.training.step import Score
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import make_config, small_images

TRIALS = [
    make_config(0, widths=(8, 4), dropout=0.3),
    make_config(1, widths=(5, 6), weight_decay=0.1, schedule="cosine"),
    make_config(2, widths=(8, 6), label_smoothing=0.1, lr=3e-3),
]


def epochs(engine: str) -> tuple[Cohort, list[Score]]:
    """Train two epochs; return the cohort and what was scored."""
    cohort = Cohort.start(TRIALS, dtype=torch.float64)
    rendering = render(cohort, small_images(), engine)
    rows = rows_of(TRIALS, len(small_images().labels)).train
    steps = TRIALS[0].recipe.steps_per_epoch
    scores = []
    for first in (0, steps):
        losses, right = rendering.train(rows, first, lambda _: None)
        scores.append((losses.clone(), right.clone()))
    return cohort, scores


def assert_the_same(one: tuple[Cohort, list[Score]], other: tuple[Cohort, list[Score]]) -> None:
    """Losses, weights and optimizer agree."""
    torch.testing.assert_close(one[1], other[1], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one[0].weights, other[0].weights, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one[0].state.slots, other[0].state.slots, rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler to compile with")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_it_is_the_same_program() -> None:
    """Warming up leaves the cohort as it was; then every step has the numbers of the vmapped."""
    assert_the_same(epochs("compiled"), epochs("eager"))


def test_without_a_compiler_it_says_so_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that names it: no other engine stands in, and no trial is to blame."""

    def broken(*_: object, **__: object) -> object:
        def fail() -> None:
            raise RuntimeError("no compiler\nand a long story")

        return fail

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(MachineError) as caught:
        epochs("compiled")
    assert str(caught.value) == (
        "torch's compiler: cannot compile a step (no compiler); install what it misses (a C "
        "compiler: gcc), then run the same command again"
    )


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("Triton Error [CUDA]: out of memory"),
        torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
    ],
)
def test_a_gpu_without_memory_or_life_is_no_fault_of_the_compiler(
    monkeypatch: pytest.MonkeyPatch, error: RuntimeError
) -> None:
    """Its errors pass as they are."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(torch, "compile", lambda *_, **__: fail)
    with pytest.raises(type(error)) as caught:
        epochs("compiled")
    assert caught.value is error


def test_what_fails_uncompiled_is_no_fault_of_the_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug of the step is raised as what it is."""

    def wrong(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(torch, "compile", lambda take, **_: take)
    monkeypatch.setattr("fashion_bench.training.captured._take", wrong)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        epochs("compiled")


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[torch.fx.GraphModule]:
    """The graphs that would be compiled; they are run as they are."""
    graphs: list[torch.fx.GraphModule] = []
    compiled = torch.compile

    def keep(graph: torch.fx.GraphModule, _: object) -> object:
        graphs.append(graph)
        return graph

    def traced(take: object, *, dynamic: bool, options: object) -> object:
        return compiled(take, dynamic=dynamic, backend=keep)

    torch._dynamo.reset()
    monkeypatch.setattr(torch, "compile", traced)
    return graphs


def test_a_size_is_compiled_once(graphs: list[torch.fx.GraphModule]) -> None:
    """For its whole batches: not for a short one, nor for the next epoch or cohort."""
    for _ in range(2):
        assert_the_same(epochs("compiled"), epochs("eager"))
        assert len(graphs) == 1


def test_captured_nothing_is_compiled(graphs: list[torch.fx.GraphModule]) -> None:
    """It needs no compiler."""
    assert_the_same(epochs("captured"), epochs("eager"))
    assert not graphs


def test_every_size_is_compiled(graphs: list[torch.fx.GraphModule]) -> None:
    """However many sizes of cohort one process meets, none is left to run uncompiled."""
    with torch._dynamo.config.patch(recompile_limit=2):  # 8 by itself
        for lanes in range(2, 6):
            cohort = Cohort.start([make_config(seed, widths=(4, 3)) for seed in range(lanes)])
            rows = torch.zeros(lanes, 48, dtype=torch.int64)
            rendering = Captured(cohort, small_images(), compiles=True)
            rendering.train(rows, 0, lambda _: None)
            assert len(graphs) == lanes - 1


def test_a_compiler_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raises is returned as one line; where it works there is none."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no C compiler here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    assert compiler_trouble("cpu") is None
    monkeypatch.setattr(torch, "compile", fail)
    assert compiler_trouble("cpu") == "no C compiler here"
