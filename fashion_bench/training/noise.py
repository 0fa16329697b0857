"""What a cohort draws and how fast it goes: dropout's noise, augmentation's, learning rates.

All of it is a function of a trial's seeds and the step: a lane alone has what it has beside others.

Shapes: T lanes, B images of a batch, S steps of a trial, L layers that drop units.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fashion_bench.config import Augment, TrialConfig
from fashion_bench.data.augment import augment
from fashion_bench.data.images import Images
from fashion_bench.models import drop_units
from fashion_bench.models.layers import counters, mix, noise_key
from fashion_bench.parameters import network_parameters
from fashion_bench.rng import derive
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.schedule import schedule_factors
from fashion_bench.training.step import LaneNoise, normalise


@dataclass(frozen=True, slots=True)
class Noise:
    """Every lane's dropout noise.

    Rates [T, L], keys of all steps [S, T, L], names of units [B, U].
    """

    rate: Tensor
    keys: Tensor
    names: Tensor

    def lane(self, lane: int, step: int) -> LaneNoise:
        """Return one lane's noise of one step."""
        return LaneNoise(self.rate[lane], self.keys[step, lane], self.names)


def noise_of(cohort: Cohort) -> Noise:
    """Return the dropout noise of a cohort's whole training."""
    recipe = cohort.configs[0].recipe
    steps = torch.arange(recipe.epochs * recipe.steps_per_epoch, dtype=torch.int32)
    units = drop_units(cohort.architecture)
    bases = [
        [derive("dropout", c.noise, bits=31) + layer for layer in range(len(units))]
        for c in cohort.configs
    ]
    keys_STL = noise_key(torch.tensor(bases, dtype=torch.int32), steps[:, None, None])
    rates = [dropout_rates(config, len(units)) for config in cohort.configs]
    return Noise(
        torch.tensor(rates, device=cohort.device, dtype=cohort.dtype),
        keys_STL.to(cohort.device),
        counters(recipe.batch_size, max(units, default=0), cohort.device),
    )


@dataclass(frozen=True, slots=True)
class Augmenter:
    """Changes the images of a step: by a kind, keys of all steps [S, T], and a background."""

    kind: Augment
    keys: Tensor
    background: Tensor

    @classmethod
    def of(cls, cohort: Cohort, images: Images) -> "Augmenter | None":
        """Return what changes the images of a cohort; ``None`` where nothing does."""
        recipe, zero = cohort.configs[0].recipe, images.pixels.new_zeros(1, *images.shape)
        if recipe.augment == "none":
            return None
        background = normalise(zero, images.mean, images.std, cohort.dtype)[0, ..., :1, :1]
        steps = torch.arange(recipe.epochs * recipe.steps_per_epoch, dtype=torch.int32)
        bases = [derive("augment", config.noise, bits=31) for config in cohort.configs]
        keys_ST = noise_key(torch.tensor(bases, dtype=torch.int32), steps[:, None])
        return cls(recipe.augment, keys_ST.to(cohort.device), background)

    def __call__(self, images_TB: Tensor, keys_T: Tensor) -> Tensor:
        """Change a step's images, each by a word of its own."""
        place = torch.arange(images_TB.shape[1], dtype=torch.int32, device=images_TB.device)
        return augment(images_TB, self.kind, mix(mix(place) ^ keys_T[:, None]), self.background)


def dropout_rates(config: TrialConfig, layers: int) -> list[float]:
    """Return the dropout rate of each layer of a trial that drops units.

    The first has ``dropout``; the k-th the network's argument ``dropout<k>``, where it has none
    ``dropout`` again.
    """
    known = network_parameters(config.recipe.model)
    given: dict[str, Any] = {name: one.default for name, one in known.items()}
    given |= dict(zip(known, config.arguments, strict=False))
    first = config.hyper.dropout
    names = [f"dropout{layer + 1}" for layer in range(layers)]
    return [
        float(given[name]) if layer and name in given else first for layer, name in enumerate(names)
    ]


def dropping(cohort: Cohort) -> tuple[bool, ...]:
    """Tell of each layer that drops units whether any lane's rate is above 0."""
    layers = len(drop_units(cohort.architecture))
    rates = [dropout_rates(config, layers) for config in cohort.configs]
    return tuple(any(of_layer) for of_layer in zip(*rates, strict=True))


def rates_of(cohort: Cohort) -> Tensor:
    """Every lane's learning rate at every step of its trial: float64 [S, T] on the CPU."""
    recipe = cohort.configs[0].recipe
    steps = recipe.epochs * recipe.steps_per_epoch
    return torch.stack(
        [c.hyper.lr * schedule_factors(c.hyper.schedule, steps) for c in cohort.configs], dim=1
    )
