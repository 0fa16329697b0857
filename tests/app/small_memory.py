"""A memory with room for few lanes.

A module of its own, so that worker processes can import it.
"""

from functools import partial
from typing import Any

import pytest
import torch

from fashion_bench.app.workers import make_train
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Compute
from fashion_bench.execution.executor import Train
from fashion_bench.records import Progress, Segment, Tell
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import Told, advance

__all__ = ["advance_within", "make_train_within"]


def advance_within(
    lanes: int, cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
) -> None:
    """Train a cohort, if it has no more than so many lanes."""
    if len(cohort.configs) > lanes:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    advance(cohort, images, until_epoch, told=told, **how)


def make_train_within(
    lanes: int, source: str, sources: Sources, store: CheckpointStore, compute: Compute
) -> Train:
    """Return the real training, with room for so many lanes."""
    train = make_train(source, sources, store, compute)

    def train_within(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("fashion_bench.training.segment.advance", partial(advance_within, lanes))
            return train(segment, tell)

    return train_within
