"""What the checks are made of: cohorts of made-up images on the device, trained and compared."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any

from torch._dynamo.utils import counters

from fashion_bench.config import Hyper, ParamValue, Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.devices import ON_A_CPU, Compute
from fashion_bench.training import loop
from fashion_bench.training.captured import Captured
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.stepwise import Rendering

DEVICE = os.environ.get("FASHION_BENCH_GPU_CHECK", "cuda")
COMPUTE = (
    ON_A_CPU if DEVICE == "cpu" else Compute(device="cuda", engine="captured", precision="tf32")
)
TRY_OUT = DEVICE == "cpu"  # the smallest sizes, to see that a check runs
WIDEST: dict[str, tuple[ParamValue, ...]] = {"mlp": (256, 100), "cnn": (16, 32, 128)}
NARROWER: dict[str, tuple[ParamValue, ...]] = {"mlp": (64, 100), "cnn": (8, 16, 128)}
BATCH = 64

Found = tuple[bool, dict[str, Any]]
"""Whether a check found what it expects, and its figures."""

Kind = Callable[[Cohort, Images], Rendering]

Compiled: Kind = partial(Captured, compiles=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A recipe, its images on the device, and trials of it."""

    recipe: Recipe
    images: Images

    def trial(self, seed: int, **hyper: Any) -> TrialConfig:
        """Return a trial whose width and dropout follow from its seed, unless told otherwise."""
        widths = (NARROWER, WIDEST)[seed % 2][self.recipe.model]
        given = {"dropout": (0.0, 0.25, 0.6)[seed % 3], **hyper}
        return TrialConfig(
            recipe=self.recipe, arguments=widths, hyper=Hyper(**given), seed=seed, split_seed=1
        )

    def cohort(self, lanes: int, **options: Any) -> Cohort:
        """Return so many lanes that have learned nothing yet, padded to the widest."""
        configs = [self.trial(seed) for seed in range(lanes)]
        widest = WIDEST[self.recipe.model]
        return Cohort.start(configs, DEVICE, padded_arguments=widest, **options)

    def until(self, epochs: int) -> "Made":
        """Return the same for so many epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=epochs))


def made(
    model: str = "mlp", *, epochs: int = 2, train: int = 1_072, valid: int = 64, **recipe: Any
) -> Made:
    """Return a recipe and its images; by default 16 whole batches and a last one of 48."""
    if TRY_OUT:
        train, valid = 176, 64
    asked = Recipe(
        model=model,
        epochs=epochs,
        batch_size=BATCH,
        source="synthetic",
        train_images=train,
        valid_images=valid,
        **recipe,
    )
    return Made(recipe=asked, images=draw_images("train", train + valid).to(DEVICE))


def trained(cohort: Cohort, of: Made, kind: Kind = Captured, *, tf32: bool = True) -> Cohort:
    """Train a cohort to its end with this rendering, whichever the loop would choose."""
    before = loop.render
    loop.render = lambda cohort, images, _=None: kind(cohort, images)
    try:
        loop.advance(cohort, of.images, of.recipe.epochs, tf32=tf32)
    finally:
        loop.render = before
    return cohort


def worst(ones: Cohort, others: Cohort) -> float:
    """Return the largest difference of weights, relative to the largest of its weight."""
    pairs = zip(ones.weights.values(), others.weights.values(), strict=True)
    return max(((a - b).abs().max() / (b.abs().max() + 1e-30)).item() for a, b in pairs)


def digest(cohort: Cohort) -> str:
    """Return one name for all weights and figures of a cohort, bit by bit."""
    sha = sha256()
    for weight in cohort.weights.values():
        sha.update(weight.cpu().numpy().tobytes())
    for history in cohort.histories:
        figures = [(e.train_loss, e.valid_loss, e.valid_accuracy) for e in history]
        sha.update(repr(figures).encode())
    return sha.hexdigest()[:16]


def tell(found: object) -> None:
    """Print what has been found so far: of a check that takes too long it is all there is."""
    print(found, flush=True)


def compilations() -> int:
    """Return how many graphs this process has compiled."""
    return int(counters["stats"]["unique_graphs"])


def paired(ones: Cohort, others: Cohort) -> dict[str, float]:
    """Return the mean difference of the last accuracies, and of the losses as a share."""
    last: Sequence[Any] = [
        (a[-1], b[-1]) for a, b in zip(ones.histories, others.histories, strict=True)
    ]
    accuracy = sum(a.valid_accuracy - b.valid_accuracy for a, b in last) / len(last)
    loss = sum(a.valid_loss - b.valid_loss for a, b in last) / sum(b.valid_loss for _, b in last)
    return {"accuracy": accuracy, "loss_share": loss}
