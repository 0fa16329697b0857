"""An epoch without the CPU: the vmapped step in a CUDA graph that counts its own steps.

A graph's kernels always read and write the same places. So the rows of a whole epoch lie in one
buffer, its scores in another, and where a step finds its batch follows from a counter on the
device: an epoch is so many replays, between which nothing is sent and nothing is waited for.

Shapes: T lanes, N images of a pass, B of a batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from fashion_bench.data.images import Images
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.compiled import Take, compiled
from fashion_bench.training.rendering import Vmapped, train_step
from fashion_bench.training.step import Score
from fashion_bench.training.stepwise import Batches

WARM_UP = 3  # runs before a capture, as torch asks for: libraries allocate in their first

Work = Callable[[Tensor, Tensor], Score]
"""What is done with one batch: of its rows [T, B] and the number of the step, [1]."""


class Captured:
    """``Vmapped`` in CUDA graphs: of a whole batch, of the short last one, and of validation's.

    A short batch has a graph of its own: a mask over a whole one would be no batch to BatchNorm,
    nor to a loss of the user's. On a CPU, where there are no graphs, the same steps are called.

    Args:
        cohort: to be trained.
        images: on its device.
        compiles: whether the step of a whole batch is compiled before it is captured.
    """

    def __init__(self, cohort: Cohort, images: Images, *, compiles: bool = False) -> None:
        self.cohort, self.vmapped = cohort, Vmapped(cohort, images)
        recipe = cohort.configs[0].recipe
        # One pool for all graphs: none is replayed while another is, and nothing is left in it.
        self.pool = torch.cuda.graph_pool_handle() if on_a_gpu(cohort.device) else None
        self.training = Pass(
            partial(train_step, self.vmapped),
            Buffers.of(cohort, recipe.train_images, recipe.batch_size),
            self.pool,
            changed=[*cohort.everything.values(), *cohort.state.tensors()],
            compiles=compiles,
        )
        self.validation: Pass | None = None

    def train(self, orders: Tensor, first_step: int, told: Batches) -> Score:
        """See ``Rendering``; the CPU is soon far ahead, so it tells of one batch at the start."""
        return self.training.run(orders, first_step, told)

    def validate(self, rows: Tensor, chunk: int) -> Score:
        """See ``Rendering``."""
        if self.validation is None:
            images = max(rows.shape[1], self.cohort.configs[0].recipe.valid_images)
            buffers = Buffers.of(self.cohort, images, chunk)
            self.validation = Pass(partial(_score, self.vmapped), buffers, self.pool)
        return self.validation.run(rows)


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a pass over images reads and fills, always at these places of the device.

    Attributes:
        rows: which images, int32 [T, N].
        losses: of each image, [T, N].
        right: whether the answer is, [T, N].
        at: number of the batch, in this pass and in the trial: int64 [2].
        places: of the first batch, [B].
    """

    rows: Tensor
    losses: Tensor
    right: Tensor
    at: Tensor
    places: Tensor

    @classmethod
    def of(cls, cohort: Cohort, images: int, batch: int) -> "Buffers":
        """Make them for a cohort's pass over so many images, so many at a time."""
        empty = partial(torch.zeros, len(cohort.configs), images, device=cohort.device)
        return cls(
            empty(dtype=torch.int32),
            empty(dtype=cohort.dtype),
            empty(dtype=torch.bool),
            torch.zeros(2, dtype=torch.int64, device=cohort.device),
            torch.arange(min(batch, images), device=cohort.device),
        )


def _take(work: Work, buffers: Buffers, size: int) -> None:
    """Do the work on the next batch, and count it."""
    at, step = buffers.at[:1], buffers.at[1:]
    places = buffers.places[:size] + at * len(buffers.places)
    losses, right = work(buffers.rows.index_select(1, places), step)
    buffers.losses.index_copy_(1, places, losses)
    buffers.right.index_copy_(1, places, right)
    buffers.at.add_(1)


class Pass:
    """Goes over images batch by batch.

    Args:
        work: what is done with a batch.
        buffers: where its images are told, and its scores kept.
        pool: of graphs; ``None`` where there are none.
        changed: what the work changes; it is put back when all is ready.
        compiles: whether the work on a whole batch is compiled.
    """

    def __init__(
        self,
        work: Work,
        buffers: Buffers,
        pool: Any,  # noqa: ANN401  # a handle of torch's
        *,
        changed: Sequence[Tensor] = (),
        compiles: bool = False,
    ) -> None:
        self.work, self.buffers, self.pool = work, buffers, pool
        self.changed, self.compiles = changed, compiles
        self.takes: dict[int, Take] = {}

    def run(self, rows: Tensor, first_step: int = 0, told: Batches | None = None) -> Score:
        """Go over the images of these rows [T, N]; return their scores, until the next run."""
        images, buffers = rows.shape[1], self.buffers
        batch = len(buffers.places)
        whole, short = divmod(images, batch)
        sizes = [batch] * whole + [short] * bool(short)
        takes = [self._ready(size) for size in sizes]  # all of them before the first counts
        buffers.rows[:, :images].copy_(rows)
        buffers.at[:1].zero_()
        buffers.at[1:].fill_(first_step)
        if told is not None:
            told(1)
        for take in takes:
            take()
        return buffers.losses[:, :images], buffers.right[:, :images]

    def _ready(self, size: int) -> Take:
        """Return what takes the next batch, of this size; the cohort stays as it was."""
        if size not in self.takes:
            before = [tensor.clone() for tensor in self.changed]
            take: Take = partial(_take, self.work, self.buffers, size)
            if self.compiles and size == len(self.buffers.places):
                take = compiled(take, self._once)
            if self.pool is not None:
                take = _capture(take, self._once, self.pool)
            for tensor, value in zip(self.changed, before, strict=True):
                tensor.copy_(value)
            self.takes[size] = take
        return self.takes[size]

    def _once(self, take: Take) -> None:
        """Take the first batch, wherever the pass is, and be at the beginning again."""
        self.buffers.at.zero_()
        take()
        self.buffers.at.zero_()


def _score(vmapped: Vmapped, rows: Tensor, _: Tensor) -> Score:
    return vmapped.score(rows)


def on_a_gpu(device: torch.device) -> bool:
    """Whether there are graphs."""
    return device.type == "cuda"


def _capture(take: Take, once: Callable[[Take], None], pool: Any) -> Take:  # noqa: ANN401
    """Record the kernels that take a batch; what is returned replays them."""
    stream, before = _own_stream(), torch.cuda.current_stream()
    stream.wait_stream(before)
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            once(take)
    before.wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    try:
        # Of this thread alone: another may save what was trained before.
        with torch.cuda.graph(graph, pool, stream, capture_error_mode="thread_local"):
            take()
    finally:  # of a capture that fails torch forgets it
        torch.cuda.set_stream(before)
    return graph.replay


@cache
def _own_stream() -> torch.cuda.Stream:
    """Return the stream of all captures: of each new one cuBLAS would keep a workspace."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]
