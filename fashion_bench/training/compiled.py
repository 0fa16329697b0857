"""The vmapped step compiled, and on a GPU captured in a CUDA graph: one launch a step."""

import logging
from collections.abc import Callable, Sequence
from functools import cache, partial

import torch
from torch import Tensor

from fashion_bench.data.images import Images
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.rendering import Vmapped, train_step
from fashion_bench.training.step import Score
from fashion_bench.training.trouble import first_line, is_of_the_gpu, out_of_memory

_log = logging.getLogger(__name__)

WARM_UP = 3  # runs before a capture, as torch asks for: libraries allocate in their first
MOST_SHAPES = 1_024  # of cohorts that a process compiles; more than any study has

Update = Callable[[Tensor, Tensor], Score]


class Compiled:
    """``Vmapped`` with its step compiled; where nothing can be compiled, as it is.

    A program is compiled for one size of batch, which takes seconds. An epoch's last batch is often
    smaller: that one step is taken uncompiled.
    """

    def __init__(self, cohort: Cohort, images: Images) -> None:
        self.vmapped = Vmapped(cohort, images)
        self.state = [*cohort.everything.values(), *cohort.state.tensors()]
        recipe = cohort.configs[0].recipe
        self.batch = min(recipe.batch_size, recipe.train_images)
        self.update: Update | None = None

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        if rows.shape[1] != self.batch:
            return self.vmapped.step(rows, step)
        if self.update is None:
            self.update = self._prepare(rows)
        # A step made on the CPU would have to be copied: the CPU would wait for the GPU each time.
        return self.update(rows, self.vmapped.steps[step : step + 1])

    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return self.vmapped.score(rows)

    def _prepare(self, rows: Tensor) -> Update:
        """Return the update for whole batches; the cohort stays as it was."""
        step = self.vmapped.steps[:1]
        if rows.is_cuda:  # a capture's own inputs: views would be compiled, and these once more
            rows, step = rows.clone(memory_format=torch.contiguous_format), step.clone()
        before = [tensor.clone() for tensor in self.state]
        update = _compiled(partial(train_step, self.vmapped), rows, step)
        if rows.is_cuda:
            update = _capture(update, rows, step)
        _restore(self.state, before)
        return update


def _compiled(update: Update, rows: Tensor, step: Tensor) -> Update:
    """Compile an update and run it once; where nothing can be compiled, return it as it is."""
    device = rows.device.type
    if device in _no_compiler_for:
        return update
    # Torch's limit of 8 shapes would let the rest run uncompiled, and which they are would depend
    # on the order of the day.
    torch._dynamo.config.recompile_limit = MOST_SHAPES
    torch._dynamo.config.accumulated_recompile_limit = MOST_SHAPES
    torch._dynamo.config.fail_on_recompile_limit_hit = True
    # Kernels are chosen by rule: timed on the device, every run would have its own.
    compiled: Update = torch.compile(update, dynamic=False, options={"deterministic": True})
    try:
        compiled(rows, step)
    except Exception as error:
        if out_of_memory(error) or is_of_the_gpu(error):
            raise
        if (trouble := compiler_trouble(device)) is None:  # then it is no fault of the compiler
            raise
        _no_compiler_for.add(device)
        _log.warning("No compiler here (%s): training goes on without, slower.", trouble)
        return update
    return compiled


_no_compiler_for: set[str] = set()
"""Devices for which nothing can be compiled, as this process has found."""


def _capture(update: Update, rows: Tensor, step: Tensor) -> Update:
    """Record the update's kernels on these inputs; what is returned replays them on others."""
    stream, before = _own_stream(), torch.cuda.current_stream()
    stream.wait_stream(before)
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            update(rows, step)
    before.wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph, stream=stream):
            scores = update(rows, step)
    finally:  # of a capture that fails torch forgets it
        torch.cuda.set_stream(before)
    return partial(_replay, graph, (rows, step), scores)


@cache
def _own_stream() -> torch.cuda.Stream:
    """Return the stream of all captures: of each new one cuBLAS would keep a workspace."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


def _replay(
    graph: torch.cuda.CUDAGraph,
    inputs: tuple[Tensor, Tensor],
    scores: Score,
    rows: Tensor,
    step: Tensor,
) -> Score:
    inputs[0].copy_(rows)
    inputs[1].copy_(step)
    graph.replay()
    return scores[0].clone(), scores[1].clone()  # the next replay overwrites them


def _restore(tensors: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    for tensor, value in zip(tensors, values, strict=True):
        tensor.copy_(value)


def compiler_trouble(device: str) -> str | None:
    """Compile and run the least there is; return what keeps it from working, if anything does."""
    try:
        torch.compile(_double, dynamic=False)(torch.ones(8, device=device))
    except Exception as error:  # whatever a missing or broken compiler raises
        return first_line(error)
    return None


def _double(numbers: Tensor) -> Tensor:
    return numbers * 2
