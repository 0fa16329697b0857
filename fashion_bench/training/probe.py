"""The memory probe: whether a cohort fits into a device's memory, found out by trying one."""

import gc

import torch

from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import evaluate, render, rows_of
from fashion_bench.training.matmul import fast_matmul


def fits(config: TrialConfig, lanes: int, images: Images) -> bool:
    """Whether so many lanes can take a step and be validated in the memory beside the images.

    Args:
        config: the widest trial there will be.
        lanes: of the cohort.
        images: where they are, the cohort is tried.
    """
    fitted = _tried(config, lanes, images)
    free_memory(images.pixels.device)
    return fitted


def free_memory(device: torch.device | str) -> None:
    """Free cached GPU memory. Call after the except block: its traceback keeps tensors alive."""
    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()


def _tried(config: TrialConfig, lanes: int, images: Images) -> bool:
    try:
        _train_a_step(
            Cohort.start([config], images.pixels.device, images=images, lanes=lanes), images
        )
    except torch.OutOfMemoryError:
        return False
    return True


def _train_a_step(cohort: Cohort, images: Images) -> None:
    rows = rows_of(cohort.configs, len(images.labels))
    batch = rows.train[:, : cohort.configs[0].recipe.batch_size]
    with fast_matmul(cohort.device):
        rendering = render(cohort, images)
        rendering.step(batch.to(cohort.device), 0)
        evaluate(rendering, rows.valid.to(cohort.device))
