"""The compiled step: the same numbers, or the same program uncompiled. On a CPU, small shapes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import torch

from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import (
    WARM_UP,
    Compiled,
    _capture,
    _own_stream,
    compiler_trouble,
)
from fashion_bench.training.loop import rows_of
from fashion_bench.training.rendering import Rendering, Vmapped
from fashion_bench.training.step import Score
from fashion_bench.training.trouble import out_of_memory
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


def broken(*_: object, **__: object) -> object:
    """Stands in for ``torch.compile`` where there is no compiler."""

    def fail(*_: object) -> None:
        raise RuntimeError("no compiler\nand a long story")

    return fail


@pytest.fixture(autouse=True)
def _found_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process has found out about its compiler does not outlast a test."""
    monkeypatch.setattr("fashion_bench.training.compiled._no_compiler_for", set())


def test_without_a_compiler_it_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of warning a process, and the numbers of the vmapped step."""
    monkeypatch.setattr(torch, "compile", broken)
    for _ in range(2):
        assert_the_same(steps(Compiled), steps(Vmapped))
    assert [record.getMessage() for record in caplog.records] == [
        "No compiler here (no compiler): training goes on without, slower."
    ]


@pytest.mark.parametrize(
    ("error", "works"),
    [
        (RuntimeError("a bug"), True),
        (torch.OutOfMemoryError("CUDA out of memory."), False),
        (RuntimeError("Triton Error [CUDA]: out of memory"), False),
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), False),
    ],
)
def test_what_is_not_the_compilers_fault_is_raised(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: RuntimeError,
    works: bool,
) -> None:
    """A bug, or a GPU without memory or life, is not passed over by training in another way."""

    def fail(*_: object) -> None:
        raise error

    def compiling(function: object, **_: object) -> object:
        least = getattr(function, "__name__", "") == "_double"
        return function if works and least else fail

    monkeypatch.setattr(torch, "compile", compiling)
    with pytest.raises(type(error)) as caught:
        steps(Compiled)
    assert caught.value is error
    assert not caplog.records


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


def test_a_short_last_batch_is_not_compiled(graphs: list[torch.fx.GraphModule]) -> None:
    """A cohort compiles once, for its whole batches; with the numbers of the vmapped in both."""
    assert_the_same(steps(Compiled), steps(Vmapped))
    assert len(graphs) == 1


def test_every_size_is_compiled(graphs: list[torch.fx.GraphModule]) -> None:
    """However many sizes of cohort one process meets, none is left to run uncompiled."""
    torch._dynamo.reset()
    with torch._dynamo.config.patch(recompile_limit=2):  # 8 by itself
        for lanes in range(2, 6):
            cohort = Cohort.start([make_config(seed, widths=(4, 3)) for seed in range(lanes)])
            rows = torch.zeros(lanes, 48, dtype=torch.int64)
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


# Captured, with a stand-in for the GPU ------------------------------------------------------------


class Gpu:
    """A graph "records" by running, and replays what it was given at its making."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stream, self.streams = "usual", list[str]()
        for name in ("Stream", "current_stream", "set_stream"):
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))
        monkeypatch.setattr(torch.cuda, "stream", self.on)
        monkeypatch.setattr(torch.cuda, "graph", self.graph)
        monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
        _own_stream.cache_clear()

    def Stream(self) -> "Stream":  # noqa: N802  # torch's name
        """Make one more."""
        self.streams.append("new")
        return Stream()

    def current_stream(self) -> "Stream":
        """Return one that is not to be waited for."""
        return Stream(self.stream)

    def set_stream(self, stream: "Stream") -> None:
        """Go on another."""
        self.stream = stream.name

    @contextmanager
    def on(self, stream: "Stream") -> Iterator[None]:
        """Be on a stream, and then on the one before."""
        before, self.stream = self.stream, stream.name
        yield
        self.stream = before

    @contextmanager
    def graph(self, graph: "Graph", stream: "Stream") -> Iterator[None]:
        """Capture; one that fails leaves its stream current and hides the first error, as torch."""
        self.stream = stream.name
        try:
            yield
        except torch.OutOfMemoryError:
            raise torch.AcceleratorError("CUDA error: capture invalidated")  # noqa: B904
        self.stream = "usual"


@dataclass
class Stream:
    """Nothing waits here."""

    name: str = "own"

    def wait_stream(self, other: object) -> None:
        """Do not."""


class Graph:
    """Replays what a test says."""

    def replay(self) -> None:
        """Run again."""
        self.again()

    def again(self) -> None:
        """Do nothing yet."""


def test_a_captured_update_is_replayed_on_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its inputs are filled and its outputs copied, so none changes at the next replay."""
    gpu, ran = Gpu(monkeypatch), []
    kept = torch.zeros(2), torch.zeros(2, dtype=torch.bool)

    def update(rows: torch.Tensor, step: torch.Tensor) -> Score:
        ran.append((rows, step))
        kept[0].copy_(rows[0] + step)
        return kept

    rows, step = torch.zeros(1, 2), torch.zeros(1)
    replayed = _capture(update, rows, step)
    assert len(ran) == WARM_UP + 1
    monkeypatch.setattr(Graph, "again", lambda _: update(rows, step))
    first = replayed(torch.tensor([[1.0, 2.0]]), torch.tensor([10.0]))[0]
    second = replayed(torch.tensor([[3.0, 4.0]]), torch.tensor([20.0]))[0]
    assert (first.tolist(), second.tolist()) == ([11, 12], [23, 24])
    _capture(update, rows, step)
    assert gpu.streams == ["new"]


def test_out_of_memory_in_a_capture_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch raises another error and forgets the stream; both are seen to."""
    gpu, ran = Gpu(monkeypatch), []

    def update(*_: object) -> None:
        ran.append(1)
        if len(ran) > WARM_UP:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(torch.AcceleratorError) as caught:
        _capture(update, torch.zeros(1, 2), torch.zeros(1))
    assert out_of_memory(caught.value)
    assert gpu.stream == "usual"
