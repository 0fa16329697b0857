"""The vmapped step compiled, and on a GPU captured in a CUDA graph: one launch a step."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from fashion_bench.data.images import Images
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.rendering import Vmapped, train_step
from fashion_bench.training.step import Score

_log = logging.getLogger(__name__)

WARM_UP = 3  # runs before a capture, as torch asks for: libraries allocate in their first

Update = Callable[[Tensor, Tensor], Score]


class Compiled:
    """``Vmapped`` with its step compiled; where nothing can be compiled, as it is."""

    def __init__(self, cohort: Cohort, images: Images) -> None:
        self.vmapped = Vmapped(cohort, images)
        self.state = [*cohort.everything.values(), *cohort.state.tensors()]
        self.updates: dict[torch.Size, Update] = {}  # by batch: an epoch's last is smaller

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        if rows.shape not in self.updates:
            self.updates[rows.shape] = self._prepare(rows)
        # A step made on the CPU would have to be copied: the CPU would wait for the GPU each time.
        return self.updates[rows.shape](rows, self.vmapped.steps[step : step + 1])

    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return self.vmapped.score(rows)

    def _prepare(self, rows: Tensor) -> Update:
        """Return the update for batches of this shape; the cohort stays as it was."""
        _compile_every_shape()
        step = self.vmapped.steps[:1]
        if rows.is_cuda:  # a capture's own inputs: views would be compiled, and these once more
            rows, step = rows.clone(memory_format=torch.contiguous_format), step.clone()
        before = [tensor.clone() for tensor in self.state]
        # Kernels are chosen by rule: timed on the device, every run would have its own.
        uncompiled = partial(train_step, self.vmapped)
        update: Update = torch.compile(uncompiled, dynamic=False, options={"deterministic": True})
        try:
            update(rows, step)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # whatever a missing or broken compiler raises
            _log.warning("No compiler here (%s): training goes on without, slower.", _first(error))
            update = uncompiled
        if rows.is_cuda:
            update = _capture(update, rows, step)
        _restore(self.state, before)
        return update


def _compile_every_shape() -> None:
    """Lift torch's limit of 8 shapes of cohort and batch.

    Past it the rest would silently run uncompiled, and which they are would depend on the order
    of the day.
    """
    torch._dynamo.config.recompile_limit = 64
    torch._dynamo.config.fail_on_recompile_limit_hit = True


def _capture(update: Update, rows: Tensor, step: Tensor) -> Update:
    """Record the update's kernels on these inputs; what is returned replays them on others."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            update(rows, step)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        scores = update(rows, step)
    return partial(_replay, graph, (rows, step), scores)


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


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


def compiler_trouble(device: str) -> str | None:
    """Compile and run the least there is; return what keeps it from working, if anything does."""
    try:
        torch.compile(_double, dynamic=False)(torch.ones(8, device=device))
    except Exception as error:  # whatever a missing or broken compiler raises
        return _first(error)
    return None


def _double(numbers: Tensor) -> Tensor:
    return numbers * 2
