"""Train a segment: read back (resume) what is saved, train what is not, save it."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from fashion_bench.config import Trial
from fashion_bench.data.images import Images
from fashion_bench.devices import ON_A_CPU, Compute
from fashion_bench.records import Progress, Segment, Tell, Underway, unheard
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort, Lane, on_cpu
from fashion_bench.training.kept import Kept
from fashion_bench.training.loop import advance
from fashion_bench.training.probe import free_memory
from fashion_bench.training.trouble import out_of_memory

WORTH = 10.0  # seconds of training; what took less is sooner trained again than saved and read
SAVERS = 8  # files written at once: most of a write is waiting for the disk


def train_segment(
    segment: Segment,
    images: Images,
    store: CheckpointStore,
    compute: Compute = ON_A_CPU,
    tell: Tell = unheard,
    kept: Kept | None = None,
) -> tuple[Progress, ...]:
    """Train a segment's trials together until its epoch; return their progress in order.

    Running it again returns the same without training. Killed in it, at most the work since
    ``segment.from_epoch`` is repeated. Without a sound state there, the segments before are
    trained again, or where there are none, it starts at the beginning. While it trains it tells
    how far it is.

    Args:
        segment: what to train.
        images: on the device.
        store: where its files are.
        compute: how it is trained.
        tell: is told of it.
        kept: what this worker keeps on a GPU; then only what is worth it is saved to go on from.
    """
    saved = [store.progress(trial, segment.until_epoch) for trial in segment.trials]
    reached = tuple(progress for progress in saved if progress is not None)
    if len(reached) == len(saved):
        return reached
    work = _Work(images, store, compute, Kept() if kept is None else kept)
    if kept is None:
        cohort = work.trained(segment, tell)
        return tuple(
            store.save(cohort, lane, trial.trial_id, segment.until_epoch)
            for lane, trial in enumerate(segment.trials)
        )
    kept.begin(segment)
    try:
        return _train_and_keep(work, segment, tell)
    except RuntimeError as error:
        if not kept or not out_of_memory(error):
            raise
    kept.make_room()
    free_memory(compute.device)
    return _train_and_keep(work, segment, tell)


def _train_and_keep(work: "_Work", segment: Segment, tell: Tell) -> tuple[Progress, ...]:
    """Train a segment and keep its cohort; save what tells of it, and the rest beside the next."""
    began = time.perf_counter()
    cohort = work.trained(segment, tell)
    worth = time.perf_counter() - began >= WORTH
    rung, shared = segment.until_epoch, work.kept.shared
    goes_on = rung < segment.trials[0].config.recipe.epochs
    if goes_on:
        work.kept.put(segment, cohort)
    best = {name: tensor.cpu() for name, tensor in cohort.best.items()}
    source = on_cpu(cohort) if shared else replace(cohort, best=best)
    work.kept.wait()
    names = [trial.trial_id for trial in segment.trials]
    with ThreadPoolExecutor(SAVERS) as threads:
        save = partial(work.store.save, source, rung=rung, whole=shared)
        progress = tuple(threads.map(save, range(len(names)), names))
    if worth and goes_on and not shared:
        copied = on_cpu(cohort)
        work.kept.save_beside(
            partial(work.store.save_state, copied, lane, each, rung)
            for lane, each in enumerate(progress)
        )
    return progress


@dataclass(frozen=True, slots=True)
class _Work:
    """What segments are trained with; see ``train_segment``."""

    images: Images
    store: CheckpointStore
    compute: Compute
    kept: Kept

    def trained(self, segment: Segment, tell: Tell) -> Cohort:
        """Return a segment's cohort at the segment's end."""
        cohort = self._begun(segment)

        def told(epochs: float) -> None:
            lanes = zip(segment.trials, cohort.histories, strict=False)  # behind them are fillers
            latest = {trial.trial_id: history[-1] for trial, history in lanes if history}
            tell(Underway(epochs=epochs, latest=latest))

        advance(
            cohort,
            self.images,
            segment.until_epoch,
            engine=self.compute.engine,
            tf32=self.compute.precision != "float32",
            told=told,
        )
        return cohort

    def _begun(self, segment: Segment) -> Cohort:
        """Return a segment's cohort where it starts from; at the very beginning, if it must."""
        lanes: Sequence[Lane | None] = ()
        if segment.from_epoch:
            lanes = [self._lane(trial, segment.from_epoch) for trial in segment.trials]
            if None in lanes and segment.before:
                lanes = self._again(segment, lanes)
        known = [lane for lane in lanes if lane is not None]
        goes_on = 0 < len(known) == len(lanes)
        cohort = Cohort.start(
            [trial.config for trial in segment.trials],
            self.compute.device,
            images=self.images,
            lanes=segment.lanes,
            padded_arguments=segment.padded_arguments,
            drawn=not goes_on,
        )
        if goes_on:
            cohort.go_on(known, segment.from_epoch)
        return cohort

    def _lane(self, trial: Trial, epoch: int) -> Lane | None:
        """Return a trial as it was at an epoch, from wherever it is."""
        return self.kept.lane(trial, epoch) or self.store.lane(trial, epoch)

    def _again(self, segment: Segment, lanes: Sequence[Lane | None]) -> list[Lane | None]:
        """Train the segments again whose trials are nowhere: the same cohorts, so the same bits.

        What was told of their epochs stays: how long they took, and when they ended.
        """
        pairs = list(zip(segment.trials, lanes, strict=True))
        missing = {trial.trial_id for trial, lane in pairs if lane is None}
        for before in segment.before:
            if missing & {trial.trial_id for trial in before.trials}:
                self.kept.put(before, self.trained(before, unheard))
        epoch = segment.from_epoch
        return [lane or self._lane_as_told(trial, epoch) for trial, lane in pairs]

    def _lane_as_told(self, trial: Trial, epoch: int) -> Lane | None:
        lane, history = self._lane(trial, epoch), self.store.history(trial, epoch)
        return replace(lane, history=history) if lane and history else lane
