"""The loop: epochs of steps, validation, the best epoch. The same for one lane and for many."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from math import isfinite

import torch
from torch import Tensor

from fashion_bench import code
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.split import Split, draw_split, epoch_order
from fashion_bench.devices import EngineName
from fashion_bench.faults import reached
from fashion_bench.records import Epoch, best_epoch, unheard
from fashion_bench.training.captured import Captured
from fashion_bench.training.chunks import chunk_of
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Plain, Vmapped
from fashion_bench.training.step import Score
from fashion_bench.training.stepwise import Rendering

EXPLODED = 100.0  # mean training loss of an epoch, nats; chance is 2.3, and Adam rarely reaches NaN

EVERY = 0.25  # seconds between two tellings: enough for who looks on, too seldom to cost anything

Told = Callable[[float], None]
"""Is told how many epochs a cohort has behind it, a part of one included."""

Means = tuple[list[float], list[float]]
"""Mean loss (nats) and accuracy (0-1) of each lane."""

Clocks = tuple[float, float]
"""Wall and processor time, seconds since whenever."""


def advance(
    cohort: Cohort,
    images: Images,
    until_epoch: int,
    *,
    engine: EngineName | None = None,
    tf32: bool = True,
    told: Told = unheard,
) -> None:
    """Train a cohort until an epoch, in place; on a GPU with products in tf32, unless told not to.

    A lane that diverged keeps its place, so its neighbours' numbers do not change. The cohort stops
    early only when every lane has. How far it is, is told a few times a second at most; what that
    raises is raised.
    """
    with fast_matmul(cohort.device, tf32=tf32):
        _advance(cohort, images, until_epoch, engine, _NowAndThen(told))


class _NowAndThen:
    """Passes on what is told, and leaves out what comes soon after."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._next = 0.0

    def __call__(self, epochs: float) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            self._told(epochs)


def _advance(
    cohort: Cohort, images: Images, until_epoch: int, engine: EngineName | None, told: Told
) -> None:
    rendering = render(cohort, images, engine)
    rows, chunk = rows_of(cohort.configs, len(images.labels)), chunk_of(cohort)
    valid = rows.valid.to(cohort.device)
    started = _clocks()
    for orders_TN in _orders(cohort, rows.train, until_epoch):
        if all(map(_ended, cohort.histories)):
            break
        started = train_epoch(cohort, rendering, orders_TN, valid, chunk, told, started)
        told(cohort.epoch)
    if isinstance(rendering, Plain) and rendering.own is not None:
        cohort.own_state = rendering.own.saved()


def train_epoch(
    cohort: Cohort,
    rendering: Rendering,
    orders_TN: Tensor,
    valid_TN: Tensor,
    chunk: int,
    told: Told = unheard,
    started: Clocks | None = None,
) -> Clocks:
    """Train a cohort for one epoch, in place; return when it ended."""
    first_step = cohort.epoch * cohort.configs[0].recipe.steps_per_epoch
    batches = -(-orders_TN.shape[1] // cohort.configs[0].recipe.batch_size)

    def counted(done: int) -> None:
        told(cohort.epoch + done / (batches + 1))  # validation is like one more

    before = started or _clocks()
    train = means(rendering.train(orders_TN, first_step, counted))  # each image as trained on
    reached("mid-epoch")
    valid = means(rendering.validate(valid_TN, chunk))
    finite = _finite_lanes(cohort)
    cohort.epoch += 1
    now = _clocks()
    spent = [(now[clock] - before[clock]) / len(cohort.configs) for clock in (0, 1)]
    for lane, history in enumerate(cohort.histories):
        if not _ended(history):
            history.append(_epoch(cohort.epoch, lane, train, valid, finite[lane], spent))
    _keep_best(cohort)
    return now


def _clocks() -> Clocks:
    return time.perf_counter(), time.process_time()


def _orders(cohort: Cohort, rows_TN: Tensor, until_epoch: int) -> Iterator[Tensor]:
    """Yield the rows of epoch after epoch, lane by lane in the order to train on them."""

    def draw(epoch: int) -> Tensor:
        seeds = {config.order for config in cohort.configs}
        orders = {seed: epoch_order(seed, epoch, rows_TN.shape[1]) for seed in seeds}
        drawn = [rows[orders[c.order]] for c, rows in zip(cohort.configs, rows_TN, strict=True)]
        # To a GPU they have to be sent, so there they are half as long.
        return torch.stack(drawn).to(torch.int64 if cohort.device.type == "cpu" else torch.int32)

    return _ahead(draw, range(cohort.epoch + 1, until_epoch + 1))


def _ahead(make: Callable[[int], Tensor], numbers: Iterable[int]) -> Iterator[Tensor]:
    """Make one thing after another in a thread, the next while the last is used."""
    with ThreadPoolExecutor(1) as thread:
        coming: deque[Future[Tensor]] = deque()
        for number in numbers:
            coming.append(thread.submit(make, number))
            if len(coming) > 1:
                yield coming.popleft().result()
        yield from (future.result() for future in coming)


def render(cohort: Cohort, images: Images, engine: EngineName | None = None) -> Rendering:
    """Choose the rendering: by the engine; without one, on a CPU, one lane plain and more vmapped.

    One lane of the user's code is plain on any device: nothing vouches that it can be captured.
    """
    recipe, alone = cohort.configs[0].recipe, len(cohort.configs) == 1
    own = any(map(code.is_reference, (recipe.model, recipe.optimizer, recipe.loss)))
    if alone and (own or (engine is None and cohort.device.type == "cpu")):
        return Plain(cohort, images)
    if engine is None and cohort.device.type != "cpu":
        raise ValueError("on a GPU the layout says which engine trains")
    if engine in (None, "eager"):
        return Vmapped(cohort, images)
    return Captured(cohort, images, compiles=engine == "compiled")


def rows_of(configs: Sequence[TrialConfig], total: int) -> Split:
    """Return every lane's split of ``total`` images, in the order its split drew them."""
    recipe = configs[0].recipe
    drawn = [(config.split_seed, config.valid_among) for config in configs]
    splits = {
        (seed, among): draw_split(
            seed,
            total=total,
            train_images=recipe.train_images,
            valid_images=recipe.valid_images,
            among=among,
        )
        for seed, among in set(drawn)
    }
    return Split(
        train=torch.stack([splits[each].train for each in drawn]),
        valid=torch.stack([splits[each].valid for each in drawn]),
    )


def validated_on(config: TrialConfig, images: Images) -> Images:
    """Return of a set's training images those that a trial is validated on."""
    rows = rows_of([config], len(images.labels)).valid[0]
    return replace(images, pixels=images.pixels[rows], labels=images.labels[rows])


def means(scores: Score) -> Means:
    """Return what the scores of images come to, lane by lane."""
    loss, accuracy = (of_image_TN.mean(1, dtype=torch.float64) for of_image_TN in scores)
    return loss.tolist(), accuracy.tolist()


def _epoch(
    epoch: int, lane: int, train: Means, valid: Means, finite: bool, spent: Sequence[float]
) -> Epoch:
    train_loss, valid_loss = train[0][lane], valid[0][lane]
    sound = finite and isfinite(train_loss) and isfinite(valid_loss) and train_loss <= EXPLODED
    return Epoch(
        epoch=epoch,
        train_loss=train_loss,
        train_accuracy=train[1][lane],
        valid_loss=valid_loss,
        valid_accuracy=valid[1][lane],
        seconds=spent[0],
        ended_at=time.time(),
        diverged=not sound,
        processor_seconds=spent[1],
    )


def _keep_best(cohort: Cohort) -> None:
    """Copy the weights of the lanes that were never better than now."""
    better = [
        lane
        for lane, history in enumerate(cohort.histories)
        if history[-1].epoch == cohort.epoch and best_epoch(history) is history[-1]
    ]
    for name, tensor in cohort.everything.items():
        cohort.best[name][better] = tensor[better]


def _finite_lanes(cohort: Cohort) -> list[bool]:
    finite_WT = [weight.flatten(1).isfinite().all(1) for weight in cohort.weights.values()]
    finite: list[bool] = torch.stack(finite_WT).all(0).tolist()
    return finite


def _ended(history: Sequence[Epoch]) -> bool:
    return bool(history) and history[-1].diverged
