"""A GPU that breaks: a module of its own, so that worker processes can import it."""

from pathlib import Path

import torch

from fashion_bench.app.workers import _telling_of_the_gpu, make_train
from fashion_bench.data.sources import Sources
from fashion_bench.devices import ON_A_CPU, Compute
from fashion_bench.execution.executor import Train
from fashion_bench.records import Progress, Segment, Tell
from fashion_bench.training.files import TrialFiles

__all__ = ["make_train_until"]


def make_train_until(
    trained: Path, well: int, source: str, sources: Sources, files: TrialFiles, compute: Compute
) -> Train:
    """Return the real training, on the CPU, of so many segments; then the GPU is broken."""
    train = make_train(source, sources, files, ON_A_CPU)

    def train_until(segment: Segment, tell: Tell) -> tuple[Progress, ...]:
        with _telling_of_the_gpu("cuda"):
            if len(list(trained.iterdir())) >= well:
                error = torch.AcceleratorError("CUDA error: an illegal memory access\nand more")
                raise ValueError("of it") from error
            done = train(segment, tell)
        (trained / f"{segment.trials[0].trial_id}@{segment.until_epoch}").touch()
        return done

    return train_until
