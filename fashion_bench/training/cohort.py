"""Trials trained together, and the two renderings of their step behind one signature.

Every tensor of a cohort leads with axis T, one row (a lane) a trial. ``Plain`` runs one lane as an
ordinary module with torch's fused Adam, ``Vmapped`` any number as one tensor program. The loop
above knows nothing of which.

Shapes: T lanes, B images of a batch, 28 x 28 pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from fashion_bench.config import TrialConfig
from fashion_bench.models import build, dropout_units
from fashion_bench.models.layers import Drop, counters, keep_all
from fashion_bench.rng import derive
from fashion_bench.training.optim import Adam, adam_fused, adam_lanes, schedule_factors
from fashion_bench.training.step import LaneNoise, Score, objective, score

__all__ = [
    "Cohort",
    "Frozen",
    "Plain",
    "Rendering",
    "Scorer",
    "Vmapped",
    "Weights",
    "crop",
    "render",
    "stack",
]

Weights = dict[str, Tensor]
"""Weights by their name in the module."""


def stack(lanes: Sequence[Weights]) -> Weights:
    """Stack weights of different widths into slabs [T, ...], zeros at the end of each axis.

    A zero-padded unit outputs 0 through ReLU, receives gradient 0 and stays 0 under Adam.
    """

    def padded(weight: Tensor, shape: Sequence[int]) -> Tensor:
        missing = [(0, want - have) for have, want in zip(weight.shape, shape, strict=True)]
        return F.pad(weight, [amount for pair in reversed(missing) for amount in pair])

    slabs = {}
    for name in lanes[0]:
        rows = [lane[name] for lane in lanes]
        shape = [max(sizes) for sizes in zip(*(row.shape for row in rows), strict=True)]
        slabs[name] = torch.stack([padded(row, shape) for row in rows])
    return slabs


def crop(slabs: Weights, lane: int, like: Weights) -> Weights:
    """Return a copy on the CPU of one lane's weights at their true widths: undoes ``stack``."""
    return {
        name: slab[lane][tuple(slice(size) for size in like[name].shape)].to("cpu", copy=True)
        for name, slab in slabs.items()
    }


@dataclass(slots=True)
class Cohort:
    """The state of trials trained together.

    Attributes:
        configs: the trials, of one recipe and one age.
        epoch: epochs finished.
        weights: [T, ...] each.
        adam: the optimiser's state, shaped likewise.
        best: weights of each lane's best epoch so far.
    """

    configs: tuple[TrialConfig, ...]
    epoch: int
    weights: Weights
    adam: Adam
    best: Weights

    @classmethod
    def start(
        cls,
        configs: Sequence[TrialConfig],
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> "Cohort":
        """Draw every lane's initial weights at its true width, from its own seed."""
        slabs = stack([initial_weights(config) for config in configs])
        weights = {name: slab.to(device, dtype) for name, slab in slabs.items()}
        best = {name: slab.clone() for name, slab in weights.items()}
        return cls(tuple(configs), 0, weights, Adam.init(list(weights.values())), best)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return next(iter(self.weights.values())).device

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are made of."""
        return next(iter(self.weights.values())).dtype

    @property
    def slab_widths(self) -> tuple[int, ...]:
        """The widths every lane is padded to."""
        return tuple(max(sizes) for sizes in zip(*(c.widths for c in self.configs), strict=True))

    def floats(self, of: Callable[[TrialConfig], float]) -> Tensor:
        """Return one number a lane, as a tensor [T] beside the weights."""
        return torch.tensor([of(c) for c in self.configs], device=self.device, dtype=self.dtype)


def initial_weights(config: TrialConfig) -> Weights:
    """Return a trial's weights before its first step."""
    network = build(config.recipe.model, config.widths, config.seed)
    return {name: parameter.detach() for name, parameter in network.named_parameters()}


class Scorer(Protocol):
    """What can be evaluated: lanes that answer."""

    def score(self, images: Tensor, labels: Tensor) -> Score:
        """Score every lane on its own images without training; see ``Rendering.step``."""


class Rendering(Scorer, Protocol):
    """One way to run a cohort's step; it changes the cohort's tensors in place."""

    def step(self, images: Tensor, labels: Tensor, step: int) -> Score:
        """Train on one batch.

        Args:
            images: normalised, [T, B, 28, 28].
            labels: [T, B].
            step: counted from 0 over the whole trial.

        Returns:
            Summed cross entropy and number of correct answers, [T] each.
        """


class Frozen:
    """One lane that is only evaluated: a network as it is."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network

    @torch.no_grad()
    def score(self, images: Tensor, labels: Tensor) -> Score:
        """See ``Scorer``."""
        summed, correct = score(self.network(images[0]), labels[0])
        return summed[None], correct[None]


class Plain:
    """One lane: an ordinary module over views of the cohort's tensors, torch's fused Adam."""

    def __init__(self, cohort: Cohort) -> None:
        (config,) = cohort.configs
        self.network = _skeleton(config, config.widths)
        for name, parameter in self.network.named_parameters():
            parameter.data = cohort.weights[name][0]
        self.weights: list[Tensor] = list(self.network.parameters())
        self.adam = cohort.adam.lane(0)
        self.lr: list[float] = _rates(cohort)[:, 0].tolist()
        self.decay = config.hyper.weight_decay
        self.smoothing = cohort.floats(lambda c: c.hyper.label_smoothing)[0]
        self.drops = config.hyper.dropout > 0  # at rate 0 the noise would change nothing
        self.rate, self.base, self.counters = (part[0] for part in _noise(cohort))

    def step(self, images: Tensor, labels: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        drop: Drop = keep_all
        if self.drops:
            now = torch.tensor(step, dtype=torch.int32, device=images.device)
            drop = LaneNoise(self.rate, self.base, now, self.counters).drop
        loss, (summed, correct) = objective(
            self.network, images[0], labels[0], self.smoothing, drop
        )
        gradients = list(torch.autograd.grad(loss, self.weights))
        adam_fused(self.weights, gradients, self.adam, lr=self.lr[step], decay=self.decay)
        return summed[None], correct[None]

    def score(self, images: Tensor, labels: Tensor) -> Score:
        """See ``Scorer``."""
        return Frozen(self.network).score(images, labels)


class Vmapped:
    """Any number of lanes as one tensor program: the one-trial step under ``torch.func.vmap``."""

    def __init__(self, cohort: Cohort) -> None:
        network = _skeleton(cohort.configs[0], cohort.slab_widths).to("meta")

        def objective_of_lane(
            weights: Weights, images: Tensor, labels: Tensor, smoothing: Tensor, noise: LaneNoise
        ) -> tuple[Tensor, Score]:
            def forward(images: Tensor, drop: Drop) -> Tensor:
                logits: Tensor = functional_call(network, weights, (images, drop))
                return logits

            return objective(forward, images, labels, smoothing, noise.drop)

        def gradients_of_lane(
            weights: Weights,
            images: Tensor,
            labels: Tensor,
            smoothing: Tensor,
            noise: tuple[Tensor, Tensor, Tensor],
            step: Tensor,
        ) -> tuple[Weights, Score]:
            rate, base, counters_BU = noise
            lane_noise = LaneNoise(rate, base, step, counters_BU)
            result: tuple[Weights, Score] = grad(objective_of_lane, has_aux=True)(
                weights, images, labels, smoothing, lane_noise
            )
            return result

        def score_of_lane(weights: Weights, images: Tensor, labels: Tensor) -> Score:
            return score(functional_call(network, weights, (images,)), labels)

        self.weights, self.adam = cohort.weights, cohort.adam
        self.lr = _rates(cohort).to(cohort.device, cohort.dtype)
        self.decay = cohort.floats(lambda c: c.hyper.weight_decay)
        self.smoothing = cohort.floats(lambda c: c.hyper.label_smoothing)
        self.noise = _noise(cohort)
        self.gradients = vmap(gradients_of_lane, in_dims=(0, 0, 0, 0, 0, None))
        self.scores = vmap(score_of_lane)

    def step(self, images: Tensor, labels: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        now = torch.tensor(step, dtype=torch.int32, device=images.device)
        gradients, scores = self.gradients(
            self.weights, images, labels, self.smoothing, self.noise, now
        )
        adam_lanes(
            list(self.weights.values()),
            [gradients[name] for name in self.weights],
            self.adam,
            lr=self.lr[step],
            decay=self.decay,
        )
        result: Score = scores
        return result

    @torch.no_grad()
    def score(self, images: Tensor, labels: Tensor) -> Score:
        """See ``Scorer``."""
        result: Score = self.scores(self.weights, images, labels)
        return result


def render(cohort: Cohort) -> Rendering:
    """Choose the rendering: one lane runs plain, more run as one program."""
    return Plain(cohort) if len(cohort.configs) == 1 else Vmapped(cohort)


def _skeleton(config: TrialConfig, widths: Sequence[int]) -> nn.Module:
    return build(config.recipe.model, widths, config.seed)


def _rates(cohort: Cohort) -> Tensor:
    """Every lane's learning rate at every step of its trial: float64 [steps, T] on the CPU."""
    recipe = cohort.configs[0].recipe
    steps = recipe.epochs * recipe.steps_per_epoch
    return torch.stack(
        [c.hyper.lr * schedule_factors(c.hyper.schedule, steps) for c in cohort.configs], dim=1
    )


def _noise(cohort: Cohort) -> tuple[Tensor, Tensor, Tensor]:
    """Every lane's dropout rate, int32 seed [T] and unit counters [T, B, U]."""
    recipe = cohort.configs[0].recipe
    seeds = [derive("dropout", c.seed, bits=31) for c in cohort.configs]
    base = torch.tensor(seeds, dtype=torch.int32, device=cohort.device)
    units = dropout_units(recipe.model, cohort.slab_widths)
    counters_BU = counters(recipe.batch_size, units, cohort.device)
    return (
        cohort.floats(lambda c: c.hyper.dropout),
        base,
        counters_BU.expand(len(cohort.configs), -1, -1),
    )
