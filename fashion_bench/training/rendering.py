"""A cohort's step in several renderings behind one signature; the loop knows nothing of which.

``Plain`` runs one lane as an ordinary module with torch's own kernels; ``Vmapped`` any number
as one tensor program, the one-trial step under ``vmap``; ``Captured`` is that program in a CUDA
graph.

Each gathers its own batch (decision 12).

Shapes: T lanes, B images of a batch, S steps of a trial, L layers that drop units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from fashion_bench import code
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.models import Architecture, meta_module
from fashion_bench.models.layers import Drop, keep_all
from fashion_bench.models.mlp import MLP
from fashion_bench.parameters import takes_drop
from fashion_bench.rng import derive
from fashion_bench.training.cohort import Cohort, Weights
from fashion_bench.training.flat import FlatMLP
from fashion_bench.training.losses import Minimised, cross_entropy, objective_of
from fashion_bench.training.noise import Augmenter, Noise, dropping, noise_of, rates_of
from fashion_bench.training.optimizers import optimizer_class
from fashion_bench.training.optimizers.clipping import clip_many, clip_one
from fashion_bench.training.optimizers.own import OwnOptimizer, own_optimizer
from fashion_bench.training.shortcut import Checked, by_onednn
from fashion_bench.training.step import Forward, LaneNoise, Score, gather, objective, score
from fashion_bench.training.stepwise import Stepwise


class Frozen:
    """One lane that is only evaluated: a network as it is."""

    def __init__(
        self, network: nn.Module, images: Images, dtype: torch.dtype = torch.float32
    ) -> None:
        self.network, self.images, self.dtype = network, images, dtype
        shorter = by_onednn(network, dtype, images.pixels.device, network)
        self._logits: Checked[Tensor] = Checked(network, shorter)

    @torch.inference_mode()
    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        images, labels = gather(self.images, rows[0], self.dtype)
        trains = self.network.training
        self.network.eval()
        losses_B, right_B = score(self._logits(images), labels)
        self.network.train(trains)
        return losses_B[None], right_B[None]


Gradients = Callable[[Tensor, Tensor, int], tuple[list[Tensor], Score]]
"""See ``Lanes.gradients``; of one lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autograd:
    """The gradients of one lane by torch's autograd.

    At 0 neither smoothing nor dropout would change a number: their operations are left out. What
    the user's network draws, it draws from torch's generator, set anew at each step by the trial's
    seed.

    Attributes:
        forward: the network; see ``Forward``.
        weights: its own, in its order.
        smoothing: of the labels, a scalar; ``None`` for 0.
        noise: of the lane.
        drops: of each layer that drops units whether it does.
        minimised: what is.
        seed: of what the user's network draws; ``None`` of ours.
    """

    forward: Forward
    weights: list[Tensor]
    smoothing: Tensor | None
    noise: Noise
    drops: tuple[bool, ...]
    minimised: Minimised
    seed: int | None

    def __call__(self, images: Tensor, labels: Tensor, step: int) -> tuple[list[Tensor], Score]:
        """See ``Lanes.gradients``."""
        if self.seed is not None:
            torch.manual_seed(derive("torch", self.seed, step))
        drop = _only(self.drops, self.noise.lane(0, step).drop) if any(self.drops) else keep_all
        loss, score = objective(self.forward, images, labels, self.smoothing, drop, self.minimised)
        # A weight that answers nothing has a gradient of 0, as beside other lanes.
        return list(torch.autograd.grad(loss, self.weights, materialize_grads=True)), score


class Lanes(Protocol):
    """What a step is made of: the lanes of a cohort, ready to be trained."""

    images: Images
    dtype: torch.dtype

    def augmented(self, images: Tensor, step: Any) -> Tensor:  # noqa: ANN401  # as below
        """Return a batch's images changed at random, as the recipe asks."""
        ...

    def gradients(
        self,
        images: Tensor,
        labels: Tensor,
        step: Any,  # noqa: ANN401  # an int, or a tensor where it is compiled
    ) -> tuple[list[Tensor], Score]:
        """Return the gradients of a batch's loss, weight by weight, and the batch's score."""
        ...

    def apply(self, gradients: list[Tensor], step: Any) -> None:  # noqa: ANN401
        """Let the optimizer change the weights in place."""


def train_step(lanes: Lanes, rows: Tensor, step: Any) -> Score:  # noqa: ANN401  # see ``Lanes``
    """Train on the images of these rows: the step of every rendering, of one lane or of all."""
    images, labels = gather(lanes.images, rows, lanes.dtype)
    gradients, score = lanes.gradients(lanes.augmented(images, step), labels, step)
    lanes.apply(gradients, step)
    return score


class Plain(Stepwise):
    """One lane: an ordinary module over views of the cohort's tensors, torch's own kernels.

    On a CPU our networks have a shorter way to the gradients (``training.shortcut``).
    """

    def __init__(self, cohort: Cohort, images: Images) -> None:
        (config,) = cohort.configs
        self.batch = config.recipe.batch_size
        self.images, self.dtype = images, cohort.dtype
        self.network = meta_module(cohort.architecture)
        bind(self.network, {name: lanes[0] for name, lanes in cohort.everything.items()})
        self.network.train()
        self.weights: list[Tensor] = list(self.network.parameters())
        self.lr: list[float] = rates_of(cohort)[:, 0].tolist()
        self.decay, self.clip = config.hyper.weight_decay, config.hyper.clip
        self.state = cohort.state.lane(0)
        self.own: OwnOptimizer | None = None
        if code.is_reference(config.recipe.optimizer):
            self.own = own_optimizer(config, self.weights, self.lr[0])
            if cohort.own_state is not None:
                self.own.restore(cohort.own_state)
        else:
            self.optimizer = optimizer_class(config.recipe.optimizer)(**dict(config.optimizer))
        smooths = config.hyper.label_smoothing > 0
        autograd = Autograd(
            forward=_forward(self.network),
            weights=self.weights,
            smoothing=cohort.floats(lambda c: c.hyper.label_smoothing)[0] if smooths else None,
            noise=noise_of(cohort),
            drops=dropping(cohort),
            minimised=minimised_by(config.recipe.loss, cohort.architecture.classes),
            seed=config.noise if code.is_reference(config.recipe.model) else None,
        )
        self.augmenter = Augmenter.of(cohort, images)
        self._gradients = Checked(autograd, self._shorter(autograd, config))
        self._scored = Frozen(self.network, images, self.dtype)

    def _shorter(self, autograd: Autograd, config: TrialConfig) -> Gradients | None:
        """Return a shorter way to the gradients, where our network has one."""
        device, network = self.weights[0].device, self.network
        if code.is_reference(config.recipe.loss) or self.own is not None:
            return None  # both ways are gone once, and the user's code may keep count
        flat = type(network) is MLP and network.activation == "relu"
        if flat and self.dtype == torch.float32 and device.type == "cpu":
            batch = config.recipe.batch_size
            return FlatMLP(self.weights, batch, autograd.noise, autograd.drops, autograd.smoothing)
        return by_onednn(network, self.dtype, device, autograd)

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Stepwise``."""
        losses_B, right_B = train_step(self, rows[0], step)
        return losses_B[None], right_B[None]

    def augmented(self, images: Tensor, step: int) -> Tensor:
        """See ``Lanes``."""
        change = self.augmenter
        return images if change is None else change(images[None], change.keys[step, :1])[0]

    def gradients(self, images: Tensor, labels: Tensor, step: int) -> tuple[list[Tensor], Score]:
        """See ``Lanes``."""
        return self._gradients(images, labels, step)

    def apply(self, gradients: list[Tensor], step: int) -> None:
        """See ``Lanes``."""
        clip_one(gradients, self.clip)
        lr, decay = self.lr[step], self.decay
        if self.own is None:
            self.optimizer.one_lane(self.weights, gradients, self.state, lr=lr, decay=decay)
        else:
            self.own.step(gradients, lr=lr)

    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return self._scored.score(rows)


class Vmapped(Stepwise):
    """Any number of lanes as one tensor program.

    A step is int64 [1] here, so that its work is of tensors alone and can be compiled.
    """

    def __init__(self, cohort: Cohort, images: Images) -> None:
        # The first layer always drops, as a rule; the others only where a lane's rate is not 0.
        drops = tuple(place == 0 or drop for place, drop in enumerate(dropping(cohort)))
        recipe = cohort.configs[0].recipe
        self.batch = recipe.batch_size
        self.program = _program(cohort.architecture, drops, recipe.loss)
        self.images, self.dtype = images, cohort.dtype
        self.weights, self.buffers, self.state = cohort.weights, cohort.buffers, cohort.state
        self.optimizer = optimizer_class(recipe.optimizer)(**cohort.optimizer_values())
        self.lr = rates_of(cohort).to(cohort.device, cohort.dtype)
        tables = self.optimizer.tables(len(self.lr))
        self.tables = [table.to(cohort.device, cohort.dtype) for table in tables]
        self.decay = cohort.floats(lambda c: c.hyper.weight_decay)
        clips = any(config.hyper.clip for config in cohort.configs)
        self.clip = cohort.floats(lambda c: c.hyper.clip) if clips else None
        self.smoothing = cohort.floats(lambda c: c.hyper.label_smoothing)
        self.noise = noise_of(cohort)
        self.augmenter = Augmenter.of(cohort, images)
        self.steps = torch.arange(len(self.lr), device=cohort.device)

    def step(self, rows: Tensor, step: int) -> Score:
        """See ``Stepwise``."""
        return train_step(self, rows, self.steps[step : step + 1])

    def augmented(self, images: Tensor, step: Tensor) -> Tensor:
        """See ``Lanes``."""
        change = self.augmenter
        return images if change is None else change(images, change.keys.index_select(0, step)[0])

    def gradients(self, images: Tensor, labels: Tensor, step: Tensor) -> tuple[list[Tensor], Score]:
        """See ``Lanes``."""
        keys_TL = self.noise.keys.index_select(0, step)[0]
        noise = self.noise.rate, keys_TL, self.noise.names
        gradients, score = self.program.gradients(
            self.weights, self.buffers, images, labels, self.smoothing, *noise
        )
        return [gradients[name] for name in self.weights], score

    def apply(self, gradients: list[Tensor], step: Tensor) -> None:
        """See ``Lanes``."""
        if self.clip is not None:
            clip_many(gradients, self.clip)
        lr, *now = (table.index_select(0, step)[0] for table in (self.lr, *self.tables))
        weights, decay = list(self.weights.values()), self.decay
        self.optimizer.many_lanes(weights, gradients, self.state, lr=lr, decay=decay, now=now)

    @torch.no_grad()
    def score(self, rows: Tensor) -> Score:
        """See ``Scorer``."""
        return self.program.scores(
            self.weights, self.buffers, *gather(self.images, rows, self.dtype)
        )


@dataclass(frozen=True, slots=True)
class Program:
    """The one-trial step and score under ``vmap``: functions of stacked tensors."""

    gradients: Callable[..., tuple[Weights, Score]]
    scores: Callable[..., Score]


@lru_cache
def _program(architecture: Architecture, drops: tuple[bool, ...], loss: str) -> Program:
    """Write the step for one trial, then vmap it; one program per shape, so it compiles once."""
    # Two of them: one that trains, one that is evaluated, which BatchNorm tells apart.
    training, evaluated = meta_module(architecture).train(), meta_module(architecture).eval()
    takes, minimised = takes_drop(architecture.model), minimised_by(loss, architecture.classes)

    def objective_of_lane(
        weights: Weights,
        buffers: Weights,
        images: Tensor,
        labels: Tensor,
        smoothing: Tensor,
        *noise: Tensor,
    ) -> tuple[Tensor, Score]:
        def forward(images: Tensor, drop: Drop) -> Tensor:
            given = (images, drop) if takes else (images,)
            logits: Tensor = functional_call(training, (weights, buffers), given)
            return logits

        drop = _only(drops, LaneNoise(*noise).drop)
        return objective(forward, images, labels, smoothing, drop, minimised)

    def score_of_lane(weights: Weights, buffers: Weights, images: Tensor, labels: Tensor) -> Score:
        return score(functional_call(evaluated, (weights, buffers), (images,)), labels)

    in_dims = (0, 0, 0, 0, 0, 0, 0, None)
    gradients_of_lane = grad(objective_of_lane, has_aux=True)
    return Program(vmap(gradients_of_lane, in_dims=in_dims), vmap(score_of_lane))


@lru_cache
def minimised_by(loss: str, classes: int) -> Minimised:
    """Return what a step minimises: the cross entropy, or the user's loss, which is tried first."""
    if not code.is_reference(loss):
        return cross_entropy
    return objective_of(code.loaded(loss), code.unpinned(loss), classes)


def bind(network: nn.Module, tensors: Weights) -> None:
    """Let a network of the meta device use these tensors as its weights and buffers."""
    network.load_state_dict(tensors, strict=False, assign=True)
    kept = network.state_dict().keys()
    for name in tensors.keys() - kept:  # buffers that are no part of a checkpoint
        owner, _, own_name = name.rpartition(".")
        network.get_submodule(owner)._buffers[own_name] = tensors[name]


def _forward(network: nn.Module) -> Forward:
    """Return a network to be called with ``drop``, whether it takes that or not."""
    if "drop" in signature(network.forward).parameters:
        return network
    return lambda images, _: network(images)


def _only(drops: tuple[bool, ...], drop: Drop) -> Drop:
    """Let only those layers drop units that are to."""
    return lambda hidden, layer: drop(hidden, layer) if drops[layer] else hidden
