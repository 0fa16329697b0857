"""Train a segment: read back (resume) what is saved, train what is not, save it."""

import torch

from fashion_bench.data.images import Images
from fashion_bench.devices import ON_A_CPU, Compute
from fashion_bench.records import Progress, Segment, Tell, Underway, unheard
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance


def train_segment(
    segment: Segment,
    images: Images,
    store: CheckpointStore,
    compute: Compute = ON_A_CPU,
    tell: Tell = unheard,
) -> tuple[Progress, ...]:
    """Train a segment's trials together until its epoch; return their progress in order.

    Running it again returns the same without training. Killed in it, at most the work since
    ``segment.from_epoch`` is repeated. Without a sound state there, it starts at the beginning.
    While it trains it tells how far it is.
    """
    saved = [store.progress(trial, segment.until_epoch) for trial in segment.trials]
    reached = tuple(progress for progress in saved if progress is not None)
    if len(reached) == len(saved):
        return reached
    cohort = _start(segment, images, compute.device)
    if segment.from_epoch:
        store.resume(cohort, segment.trials, segment.from_epoch)

    def told(epochs: float) -> None:
        lanes = zip(segment.trials, cohort.histories, strict=False)  # behind them are fillers
        latest = {trial.trial_id: history[-1] for trial, history in lanes if history}
        tell(Underway(epochs=epochs, latest=latest))

    advance(
        cohort,
        images,
        segment.until_epoch,
        engine=compute.engine,
        tf32=compute.precision != "float32",
        told=told,
    )
    return tuple(
        store.save(cohort, lane, trial.trial_id, segment.until_epoch)
        for lane, trial in enumerate(segment.trials)
    )


def _start(segment: Segment, images: Images, device: torch.device | str) -> Cohort:
    return Cohort.start(
        [trial.config for trial in segment.trials],
        device,
        images=images,
        lanes=segment.lanes,
        padded_arguments=segment.padded_arguments,
    )
