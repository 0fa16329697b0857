"""Whether an engine can train a cohort on a device: found out by trying a tiny epoch."""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.devices import EngineName, Precision, Tried
from fashion_bench.errors import MachineError
from fashion_bench.training.chunks import chunk_of
from fashion_bench.training.cohort import Cohort, Weights
from fashion_bench.training.loop import render, rows_of, train_epoch
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Plain
from fashion_bench.training.trouble import first_line, is_of_the_gpu, out_of_memory

# How far sums may be from those of float32, relative to what they are of, by ``KINDS``. Of products
# in tf32 a loss is off by up to 4e-4, what the optimizer remembers by 0.08, and the way that the
# weights went by 0.12, since Adam's first steps are as long for a gradient that is near 0.
FAR: dict[Precision, tuple[float, float, float]] = {
    "tf32": (5e-3, 0.3, 0.4),
    "float32": (1e-4, 0.01, 0.05),
}
KINDS = ("losses", "gradients", "weights")
LEAST = 0.01  # of the largest weight's: what is smaller than that is noise around 0
TINY = 1e-30  # against 0 / 0
RATE = 1e-4  # learning rate at most, so that two steps of the same trial stay together


def tried(
    config: TrialConfig, lanes: int, images: Images, engine: EngineName, precision: Precision
) -> Tried:
    """Try so many lanes in the memory beside the images, against uncaptured float32.

    Args:
        config: the widest trial there will be.
        lanes: of the cohort.
        images: where they are, the cohort is tried.
        engine: to be tried.
        precision: of its products and convolutions.

    Raises:
        RuntimeError: the GPU itself failed.
    """
    try:
        answer = Tried(trouble=_trouble(config, lanes, images, engine, precision))
    except MachineError as error:  # what cannot be compiled
        answer = Tried(trouble=error.problem)
    except Exception as error:  # whatever an engine raises
        if out_of_memory(error):
            answer = Tried(fits=False)
        elif "captur" in str(error):  # one that broke harms none; memory that ran out may be why
            answer = Tried(fits=lanes == 1, trouble=first_line(error) if lanes == 1 else None)
        elif is_of_the_gpu(error):
            raise
        else:
            answer = Tried(trouble=first_line(error))
    free_memory(images.pixels.device)
    return answer


def free_memory(device: torch.device | str) -> None:
    """Free cached GPU memory. Call after the except block: its traceback keeps tensors alive."""
    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()


def _trouble(
    config: TrialConfig, lanes: int, images: Images, engine: EngineName, precision: Precision
) -> str | None:
    """Return what is wrong with what an engine computes, if anything is."""
    hyper = replace(config.hyper, lr=min(config.hyper.lr, RATE))
    pair = [replace(config, hyper=hyper, seed=config.seed + n) for n in range(min(lanes, 2))]
    exact = Cohort.start(pair, images.pixels.device, images=images)
    before = {name: weight.clone() for name, weight in exact.weights.items()}
    compared = _train_a_little(exact, images, "eager", "float32")
    cohort = Cohort.start(
        [pair[lane % len(pair)] for lane in range(lanes)], images.pixels.device, images=images
    )
    _train_a_little(cohort, images, engine, precision)
    if not compared:
        return None
    found = zip(KINDS, _distances(cohort, exact, before), FAR[precision], strict=True)
    far = [f"{kind} by {distance:.0e}" for kind, distance, most in found if not distance <= most]
    return f"its sums are wrong: {', '.join(far)}" if far else None


def _train_a_little(
    cohort: Cohort, images: Images, engine: EngineName, precision: Precision
) -> bool:
    """Do what an epoch does: whole batches, the short one, validation; return whether vmapped."""
    recipe, chunk = cohort.configs[0].recipe, chunk_of(cohort)
    rows = rows_of(cohort.configs, len(images.labels))
    train = rows.train[:, : _little(recipe.train_images, recipe.batch_size)]
    valid = rows.valid[:, : _little(recipe.valid_images, chunk)]
    with fast_matmul(cohort.device, tf32=precision == "tf32"):
        rendering = render(cohort, images, engine)
        train_epoch(cohort, rendering, train, valid.to(cohort.device), chunk)
    return not isinstance(rendering, Plain)


def _little(images: int, batch: int) -> int:
    """Return how many images two whole batches are, and a short one where there is one."""
    whole, short = divmod(images, batch)
    return min(whole, 2) * batch + short


def _distances(cohort: Cohort, exact: Cohort, before: Weights) -> list[float]:
    """Return how far the worst lane is from its like, by ``KINDS``; one by one, to save memory."""
    found = []
    for lane, history in enumerate(cohort.histories):
        like = lane % len(exact.configs)
        ones, others = history[-1], exact.histories[like][-1]
        losses = ones.train_loss / others.train_loss, ones.valid_loss / others.valid_loss
        gradients = [torch.zeros(1, device=cohort.device)]
        for name, slots in exact.state.slots.items():
            off = _sizes(cohort.state.slots[name], lane, [slot[like] for slot in slots])
            size = _sizes(slots, like)
            gradients.append(off / (size.clamp(min=LEAST * size.max()) + TINY))
        likes = [weight[like] for weight in exact.weights.values()]
        off = _sizes(cohort.weights.values(), lane, likes)
        way = _sizes(exact.weights.values(), like, [start[like] for start in before.values()])
        worst = torch.cat(gradients).max(), off.norm() / (way.norm() + TINY)
        found.append(
            torch.stack([(torch.tensor(losses) - 1).abs().max(), *(w.cpu() for w in worst)])
        )
    return torch.stack(found).amax(0).tolist()


def _sizes(stacked: Iterable[Tensor], lane: int, less: Sequence[Tensor] | None = None) -> Tensor:
    """Return the root mean square of each tensor of a lane, less others where there are such."""
    own = [tensor[lane] for tensor in stacked]
    if less is not None:
        own = [one - other for one, other in zip(own, less, strict=True)]
    return torch.stack([one.square().mean().sqrt() for one in own])
