"""Dry run: train a study's trials for about a second each arm, keep nothing, and tell its cost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fashion_bench.analysis.document import Block, Data, Document, Text
from fashion_bench.analysis.text import duration
from fashion_bench.analysis.views.check import check_document
from fashion_bench.app.check import run_command, stages
from fashion_bench.app.layouts import choose_for
from fashion_bench.app.options import RunOptions
from fashion_bench.app.workers import make_train
from fashion_bench.code import allow
from fashion_bench.config import Trial, TrialConfig
from fashion_bench.data.folder import data_folder
from fashion_bench.data.sources import Sources
from fashion_bench.devices import ON_A_CPU
from fashion_bench.errors import MachineError
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.executor import Train, attempt
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.plan import Plan, Stage
from fashion_bench.records import Segment, unheard
from fashion_bench.search.costs import seconds_on_a_cpu
from fashion_bench.search.layout import choose_layout
from fashion_bench.search.resolve import StudyFile
from fashion_bench.training.files import TrialFiles

_FIRST = 20  # batches of a first try
_SECONDS = 0.5  # that a longer one should take
LAST = "more"
_BESIDE = 150_000  # bytes of a trial besides its weights: rows of both databases, a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a trial costs here.

    Attributes:
        seconds_per_epoch: on one worker, with its validation; the mean over the arms.
        checkpoint_bytes: of its weights, likewise.
    """

    seconds_per_epoch: float
    checkpoint_bytes: float


def dry_run(asked: StudyFile, options: RunOptions, say: Callable[[str], None]) -> Document:
    """Return what a file comes to, with the minutes and the room it will take here.

    Raises:
        FashionBenchError: it cannot be trained here.
    """
    plan, rows = asked.plan, stages(asked.plan)
    allow(plan.code)
    sources = Sources(data_folder(options.data), asked.beside, asked.given)
    sources.fetch(plan.recipe.source, say)
    chosen = choose_for(plan, options)
    if chosen.device == "cuda":
        lanes = choose_layout(plan, "cuda", options.cohort_size).lanes
        words = (
            f"Training on the GPU ({chosen.gpus[0].name}), at most {lanes} trials together: how "
            "and how long is told once it runs."
        )
        return check_document(plan, rows, (), run_command(asked), Text(words=words))
    workers = options.workers or default_workers()
    with one_torch_thread():
        cost = _cost(plan, sources)
    seconds = sum(_seconds_of(plan, stage, cost, workers) for stage in plan.stages)
    room = _room(plan, cost, sum(row["trials"] for row in rows), mlflow=not options.no_mlflow)
    where = f"{workers} processes" if workers > 1 else "one process"
    if chosen.trouble is not None:
        where += f" of the CPU ({chosen.trouble})"
    told = _told(seconds, room, cost, where)
    return check_document(plan, rows, (), run_command(asked), *told)


def _seconds_of(plan: Plan, stage: Stage, cost: Cost, workers: int) -> float:
    """Return the wall time of a stage, as far as a limit of minutes lets it go."""
    seconds = seconds_on_a_cpu(plan, stage, cost.seconds_per_epoch, workers)
    limited = stage == "search" and plan.minutes is not None
    return min(seconds, 60 * (plan.minutes or 0)) if limited else seconds


def _told(seconds: float, room: float, cost: Cost, where: str) -> Iterator[Block]:
    yield Data(
        values={
            "seconds_expected": seconds,
            "bytes_expected": room,
            "seconds_per_epoch": cost.seconds_per_epoch,
        }
    )
    yield Text(
        words=f"About {duration(seconds)} of training here, on {where} at "
        f"{cost.seconds_per_epoch:.2g} s an epoch, and {room / 1e6:,.0f} MB of disk."
    )


def _cost(plan: Plan, sources: Sources) -> Cost:
    """Train a little of a trial of each arm, from the middle of what it tunes."""
    found = []
    with TemporaryDirectory(prefix="fashion-bench-") as folder:
        store = TrialFiles(Path(folder))
        train = make_train(plan.recipe.source, sources, store, ON_A_CPU)
        for arm in plan.arms:
            params = {name: arm.space[name].at(0.5) for name in arm.order}
            config = plan.trial(arm, 0, params).config
            trying = partial(_seconds, train, config, arm.name)
            each = seconds_of_epoch(trying, _FIRST * config.recipe.batch_size)
            size = store.checkpoint(f"{arm.name}-{LAST}").stat().st_size
            found.append((each, size))
    return Cost(
        seconds_per_epoch=sum(each for each, _ in found) / len(found),
        checkpoint_bytes=sum(size for _, size in found) / len(found),
    )


def seconds_of_epoch(trying: Callable[[str, int], tuple[float, float]], few: int) -> float:
    """Return how long a whole epoch takes, going by two tries at some of it.

    What beginning and saving take is the same in both and left out, where they differ by enough.

    Args:
        trying: trains so many images under a name; returns which share of an epoch they are, and
            the seconds that took.
        few: images of the first try.
    """
    trying("warm", few)
    small, took = trying("few", few)
    large, took_more = trying(LAST, round(few * max(2.0, _SECONDS / took)))
    slope = (took_more - took) / (large - small) if large >= 2 * small else 0.0
    return slope if slope > 0 else took_more / large


def _seconds(
    train: Train, config: TrialConfig, arm: str, name: str, images: int
) -> tuple[float, float]:
    """Train one epoch of so many images; return which share of an epoch that is, and its time."""
    whole = config.recipe
    batches = max(1, images // whole.batch_size)  # whole ones: of one image some learn nothing
    images = min(whole.train_images, batches * whole.batch_size)
    share = images / whole.train_images
    valid = max(1, round(share * whole.valid_images))
    recipe = replace(whole, train_images=images, valid_images=valid, epochs=1)
    trial = Trial(trial_id=f"{arm}-{name}", config=replace(config, recipe=recipe))
    segment = Segment(trials=(trial,), from_epoch=0, until_epoch=1)
    began = time.perf_counter()
    tried = attempt(train, segment, unheard)
    if (failure := tried.progress[0].failure) is not None:
        raise MachineError(arm, "cannot be trained", given=failure, remedy="mend that first")
    return share, time.perf_counter() - began


def _room(plan: Plan, cost: Cost, trials: int, *, mlflow: bool) -> float:
    """Return the bytes that a study leaves; MLflow has a copy of the weights that are kept."""
    keep = {"all": trials, "best": len(plan.arms)}.get(str(plan.checkpoints))
    kept = len(plan.arms) * int(plan.checkpoints) if keep is None else keep
    return kept * cost.checkpoint_bytes * (1 + mlflow) + trials * _BESIDE
