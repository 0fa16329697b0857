"""The memory probe: whether a cohort fits into a device's memory, found out by trying one."""

import gc

import torch

from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.training.chunks import chunk_of
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import evaluate, render, rows_of
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.trouble import out_of_memory


def fits(config: TrialConfig, lanes: int, images: Images) -> bool:
    """Whether so many lanes can be trained and validated in the memory beside the images.

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
        _train_a_little(
            Cohort.start([config], images.pixels.device, images=images, lanes=lanes), images
        )
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return False
    return True


def _train_a_little(cohort: Cohort, images: Images) -> None:
    """Do what an epoch does: a whole batch, the last one, validation."""
    rows = rows_of(cohort.configs, len(images.labels))
    with fast_matmul(cohort.device):
        rendering = render(cohort, images)
        train = rows.train.to(cohort.device)
        batches = torch.split(train, cohort.configs[0].recipe.batch_size, dim=1)
        rendering.step(batches[0], 0)
        if batches[-1].shape != batches[0].shape:
            rendering.step(batches[-1], 1)
        evaluate(rendering, rows.valid.to(cohort.device), chunk_of(cohort))
