"""Run a segment: read back what is saved, train what is not, save it."""

from collections.abc import Sequence

import torch

from fashion_bench.config import TrialConfig
from fashion_bench.data import Images
from fashion_bench.records import Epoch, Progress, Segment
from fashion_bench.training.checkpoint import Store
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance

__all__ = ["train_segment"]


def train_segment(
    segment: Segment, images: Images, store: Store, device: torch.device | str = "cpu"
) -> tuple[Progress, ...]:
    """Train a segment's trials together until its epoch; return their progress in order.

    Running it again returns the same without training. Killed in it, at most the work since
    ``segment.from_epoch`` is repeated. Without a sound state there, it starts at the beginning.
    """
    configs = {trial.trial_id: trial.config for trial in segment.trials}
    saved = [store.progress(name, c, segment.until_epoch) for name, c in configs.items()]
    if all(saved):
        return tuple(progress for progress in saved if progress is not None)
    resumed = store.resume(configs, segment.from_epoch, device) if segment.from_epoch else None
    cohort, histories = resumed or _start(list(configs.values()), device)
    advance(cohort, histories, images, segment.until_epoch)
    return tuple(
        store.save(cohort, lane, trial_id, segment.until_epoch, histories[lane])
        for lane, trial_id in enumerate(configs)
    )


def _start(
    configs: Sequence[TrialConfig], device: torch.device | str
) -> tuple[Cohort, list[list[Epoch]]]:
    return Cohort.start(configs, device), [[] for _ in configs]
