"""A stand-in for a GPU's graphs: a graph remembers operations on tensors, and does them again.

As a real one it knows addresses alone: what the CPU computed while it was captured, a step's number
or a tensor made anew, is in every replay what it was. Unlike a real one it works while it captures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fashion_bench.training import captured

Operation = tuple[Any, tuple[Any, ...], dict[str, Any], Any]


def storages(of: Any) -> dict[int, torch.Tensor]:
    """Return the tensors in something, by where their numbers are."""
    found = (leaf for leaf in tree_leaves(of) if isinstance(leaf, torch.Tensor))
    return {tensor.untyped_storage()._cdata: tensor for tensor in found}


class Graph(TorchDispatchMode):
    """What is recorded, and how often it was replayed."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self.replays = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        returned = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, returned))
        return returned

    def replay(self) -> None:
        """Do all of it again, with the results where they were."""
        self.replays += 1
        for func, args, kwargs, returned in self.operations:
            again, given = func(*args, **kwargs), storages((args, kwargs))
            pairs = zip(tree_leaves(returned), tree_leaves(again), strict=True)
            for old, new in pairs:
                if isinstance(old, torch.Tensor) and old.untyped_storage()._cdata not in given:
                    old.copy_(new)


@dataclass
class Stream:
    """Nothing waits here."""

    name: str = "own"

    def wait_stream(self, other: object) -> None:
        """Do not."""


@dataclass
class Gpu:
    """What was done with it."""

    stream: str = "usual"
    streams: list[str] = field(default_factory=list)
    graphs: list[Graph] = field(default_factory=list)
    pools: list[object] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)

    def Stream(self) -> Stream:  # noqa: N802  # torch's name
        """Make one more."""
        self.streams.append("new")
        return Stream()

    def CUDAGraph(self) -> Graph:  # noqa: N802  # torch's name
        """Make one more."""
        self.graphs.append(Graph())
        return self.graphs[-1]

    def current_stream(self) -> Stream:
        """Return one that is not to be waited for."""
        return Stream(self.stream)

    def set_stream(self, stream: Stream) -> None:
        """Go on another."""
        self.stream = stream.name

    def graph_pool_handle(self) -> object:
        """Return a pool of its own."""
        return object()

    @contextmanager
    def on(self, stream: Stream) -> Iterator[None]:
        """Be on a stream, and then on the one before."""
        before, self.stream = self.stream, stream.name
        yield
        self.stream = before

    @contextmanager
    def graph(
        self, graph: Graph, pool: object, stream: Stream, capture_error_mode: str
    ) -> Iterator[None]:
        """Capture; one that fails leaves its stream current and hides the first error, as torch."""
        self.pools.append(pool)
        self.modes.append(capture_error_mode)
        self.stream = stream.name
        try:
            with graph:
                yield
        except torch.OutOfMemoryError:
            raise torch.AcceleratorError("CUDA error: capture invalidated")  # noqa: B904
        self.stream = "usual"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """Capture on the CPU as on a GPU."""
    made = Gpu()
    names = ("Stream", "CUDAGraph", "current_stream", "set_stream", "graph_pool_handle", "graph")
    for name in names:
        monkeypatch.setattr(torch.cuda, name, getattr(made, name))
    monkeypatch.setattr(torch.cuda, "stream", made.on)
    monkeypatch.setattr(captured, "on_a_gpu", lambda _: True)
    captured._own_stream.cache_clear()
    return made
