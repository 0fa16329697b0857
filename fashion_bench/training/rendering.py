"""A cohort's step in several renderings behind one signature; the loop knows nothing of which.

``Plain`` runs one lane as an ordinary module with torch's fused Adam; ``Vmapped`` runs any number
as one tensor program, the one-trial step under ``vmap``; ``Compiled`` is that program compiled.

Each gathers its own batch (decision 12).

Shapes: T lanes, B images of a batch, S steps of a trial, L layers that drop units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from fashion_bench.data.images import Images
from fashion_bench.models import drop_units, meta_module
from fashion_bench.models.layers import Drop, counters, keep_all, noise_key
from fashion_bench.rng import derive
from fashion_bench.training.cohort import Cohort, Weights
from fashion_bench.training.optim import adam_fused, adam_lanes, schedule_factors
from fashion_bench.training.step import LaneNoise, Score, gather, objective, score


class Scorer(Protocol):
    """What can be evaluated: lanes that answer."""

    def score(self, rows: Tensor) -> Score:
        """Score every lane on its own images without training; see ``Rendering.step``."""


class Rendering(Scorer, Protocol):
    """One way to run a cohort's step; it changes the cohort's tensors in place."""

    def step(self, rows: Tensor, step: int) -> Score:
        """Train on one batch.

        Args:
            rows: which images, int64 [T, B].
            step: counted from 0 over the whole trial.

        Returns:
            Of each image: cross entropy (nats) and whether the answer is right, [T, B] each.
        """


class Frozen:
    """One lane that is only evaluated: a network as it is."""

    def __init__(
        self, network: nn.Module, images: Images, dtype: torch.dtype = torch.float32
    ) -> None:
        self.network, self.images, self.dtype = network, images, dtype

    @torch.inference_mode()
    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        images, labels = gather(self.images, rows[0], self.dtype)
        losses_B, right_B = score(self.network(images), labels)
        return losses_B[None], right_B[None]


class Lanes(Protocol):
    """What a step is made of: the lanes of a cohort, ready to be trained."""

    images: Images
    dtype: torch.dtype

    def gradients(
        self,
        images: Tensor,
        labels: Tensor,
        step: Any,  # noqa: ANN401  # an int, or a tensor where it is compiled
    ) -> tuple[list[Tensor], Score]:
        """Return the gradients of a batch's loss, weight by weight, and the batch's score."""
        ...

    def apply(self, gradients: list[Tensor], step: Any) -> None:  # noqa: ANN401
        """Let Adam change the weights in place."""


def train_step(lanes: Lanes, rows: Tensor, step: Any) -> Score:  # noqa: ANN401  # see ``Lanes``
    """Train on the images of these rows: the step of every rendering, of one lane or of all."""
    gradients, score = lanes.gradients(*gather(lanes.images, rows, lanes.dtype), step)
    lanes.apply(gradients, step)
    return score


class Plain:
    """One lane: an ordinary module over views of the cohort's tensors, torch's fused Adam.

    At 0 neither smoothing nor dropout would change a number: their operations are left out.
    """

    def __init__(self, cohort: Cohort, images: Images) -> None:
        (config,) = cohort.configs
        self.images, self.dtype = images, cohort.dtype
        self.network = meta_module(config.recipe.model, cohort.padded_widths)
        views = {name: lanes[0] for name, lanes in cohort.weights.items()}
        self.network.load_state_dict(views, assign=True)
        self.weights: list[Tensor] = list(self.network.parameters())
        self.adam = cohort.adam.lane(0)
        self.lr: list[float] = _rates(cohort)[:, 0].tolist()
        self.decay = config.hyper.weight_decay
        smooths, self.drops = config.hyper.label_smoothing > 0, config.hyper.dropout > 0
        self.smoothing = cohort.floats(lambda c: c.hyper.label_smoothing)[0] if smooths else None
        self.noise = _noise(cohort)

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        losses_B, right_B = train_step(self, rows[0], step)
        return losses_B[None], right_B[None]

    def gradients(self, images: Tensor, labels: Tensor, step: int) -> tuple[list[Tensor], Score]:
        """See ``Lanes``."""
        drop = self.noise.lane(0, step).drop if self.drops else keep_all
        loss, score = objective(self.network, images, labels, self.smoothing, drop)
        return list(torch.autograd.grad(loss, self.weights)), score

    def apply(self, gradients: list[Tensor], step: int) -> None:
        """See ``Lanes``."""
        adam_fused(self.weights, gradients, self.adam, lr=self.lr[step], decay=self.decay)

    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return Frozen(self.network, self.images, self.dtype).score(rows)


class Vmapped:
    """Any number of lanes as one tensor program.

    A step is int64 [1] here, so that its work is of tensors alone and can be compiled.
    """

    def __init__(self, cohort: Cohort, images: Images) -> None:
        self.program = _program(cohort.configs[0].recipe.model, cohort.padded_widths)
        self.images, self.dtype = images, cohort.dtype
        self.weights, self.adam = cohort.weights, cohort.adam
        self.lr = _rates(cohort).to(cohort.device, cohort.dtype)
        self.decay = cohort.floats(lambda c: c.hyper.weight_decay)
        self.smoothing = cohort.floats(lambda c: c.hyper.label_smoothing)
        self.noise = _noise(cohort)
        self.steps = torch.arange(len(self.lr), device=cohort.device)

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Rendering``."""
        return train_step(self, rows, self.steps[step : step + 1])

    def gradients(self, images: Tensor, labels: Tensor, step: Tensor) -> tuple[list[Tensor], Score]:
        """See ``Lanes``."""
        keys_TL = self.noise.keys.index_select(0, step)[0]
        gradients, score = self.program.gradients(
            self.weights, images, labels, self.smoothing, self.noise.rate, keys_TL, self.noise.names
        )
        return [gradients[name] for name in self.weights], score

    def apply(self, gradients: list[Tensor], step: Tensor) -> None:
        """See ``Lanes``."""
        lr = self.lr.index_select(0, step)[0]
        weights = list(self.weights.values())
        adam_lanes(weights, gradients, self.adam, lr=lr, decay=self.decay)

    @torch.no_grad()
    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return self.program.scores(self.weights, *gather(self.images, rows, self.dtype))


@dataclass(frozen=True, slots=True)
class Program:
    """The one-trial step and score under ``vmap``: functions of stacked tensors."""

    gradients: Callable[..., tuple[Weights, Score]]
    scores: Callable[..., Score]


@lru_cache
def _program(model: str, padded_widths: tuple[int, ...]) -> Program:
    """Write the step for one trial, then vmap it; one program per shape, so it compiles once."""
    network = meta_module(model, padded_widths)

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
        rate: Tensor,
        keys: Tensor,
        names: Tensor,
    ) -> tuple[Weights, Score]:
        noise = LaneNoise(rate, keys, names)
        result: tuple[Weights, Score] = grad(objective_of_lane, has_aux=True)(
            weights, images, labels, smoothing, noise
        )
        return result

    def score_of_lane(weights: Weights, images: Tensor, labels: Tensor) -> Score:
        return score(functional_call(network, weights, (images,)), labels)

    return Program(vmap(gradients_of_lane, in_dims=(0, 0, 0, 0, 0, 0, None)), vmap(score_of_lane))


@dataclass(frozen=True, slots=True)
class _Noise:
    """Every lane's dropout noise: rates [T], keys of all steps [S, T, L], names of units [B, U]."""

    rate: Tensor
    keys: Tensor
    names: Tensor

    def lane(self, lane: int, step: int) -> LaneNoise:
        return LaneNoise(self.rate[lane], self.keys[step, lane], self.names)


def _noise(cohort: Cohort) -> _Noise:
    recipe = cohort.configs[0].recipe
    steps = torch.arange(recipe.epochs * recipe.steps_per_epoch, dtype=torch.int32)
    units = drop_units(recipe.model, cohort.padded_widths)
    bases = [
        [derive("dropout", c.seed, bits=31) + layer for layer in range(len(units))]
        for c in cohort.configs
    ]
    keys_STL = noise_key(torch.tensor(bases, dtype=torch.int32), steps[:, None, None])
    return _Noise(
        cohort.floats(lambda c: c.hyper.dropout),
        keys_STL.to(cohort.device),
        counters(recipe.batch_size, max(units, default=0), cohort.device),
    )


def _rates(cohort: Cohort) -> Tensor:
    """Every lane's learning rate at every step of its trial: float64 [S, T] on the CPU."""
    recipe = cohort.configs[0].recipe
    steps = recipe.epochs * recipe.steps_per_epoch
    return torch.stack(
        [c.hyper.lr * schedule_factors(c.hyper.schedule, steps) for c in cohort.configs], dim=1
    )
