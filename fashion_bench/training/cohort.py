"""The state of trials trained together: its tensors lead with axis T, one row (a lane) a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench import code
from fashion_bench.config import ParamValue, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.models import Architecture, build, meta_module
from fashion_bench.parameters import network_parameters, optimizer_parameters
from fashion_bench.records import Epoch
from fashion_bench.training.optimizers import optimizer_class
from fashion_bench.training.optimizers.base import State

Weights = dict[str, Tensor]
"""Weights by their name in the module; with them its buffers, as those of BatchNorm."""

Shapes = dict[str, torch.Size]
"""Their shapes at a lane's true widths."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What one trial goes on from.

    Attributes:
        parts: by name, each by the names of the weights and at the trial's true shapes.
        history: its epochs so far.
        own_state: see ``Cohort``.
    """

    parts: dict[str, Weights]
    history: tuple[Epoch, ...]
    own_state: dict[str, Any] | None = None


@dataclass(slots=True)
class Cohort:
    """Trials of one recipe and one age.

    Attributes:
        configs: the trials, and then the fillers that bring the cohort to its size.
        architecture: the network that every lane is padded to.
        epoch: epochs finished.
        weights: [T, ...] each.
        buffers: what the network keeps besides its weights, [T, ...] each.
        state: the optimizer's.
        best: weights and buffers of each lane's best epoch so far.
        histories: each lane's epochs so far; that of a lane ends where it diverged.
        mean: of the pixels that images are normalised by, one a channel.
        std: likewise.
        own_state: of a lane that the user's own optimizer trains, what that goes on from.
    """

    configs: tuple[TrialConfig, ...]
    architecture: Architecture
    epoch: int
    weights: Weights
    buffers: Weights
    state: State
    best: Weights
    histories: list[list[Epoch]]
    mean: tuple[float, ...] = FACTS.mean
    std: tuple[float, ...] = FACTS.std
    own_state: dict[str, Any] | None = None

    @classmethod
    def start(
        cls,
        configs: Sequence[TrialConfig],
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        *,
        images: Images | None = None,
        lanes: int = 1,
        padded_arguments: tuple[ParamValue, ...] | None = None,
        drawn: bool = True,
    ) -> "Cohort":
        """Draw every lane's initial weights at its true width, from its own seed.

        Args:
            configs: the trials.
            device: where to train them.
            dtype: of the weights.
            images: what they are trained on; by default of Fashion-MNIST's shape and classes.
            lanes: as many at least; the last trial is repeated to fill them.
            padded_arguments: of the network to pad to; by default those of the widest trial.
            drawn: at 0 they start instead, where others will take their place; see ``go_on``.
        """
        filled = (*configs, *[configs[-1]] * (lanes - len(configs)))
        arguments = widest(filled) if padded_arguments is None else padded_arguments
        architecture = architecture_of(filled[0], images, arguments)
        network = meta_module(architecture)
        names = {name for name, _ in network.named_parameters()}
        if drawn:
            own = {
                config: contents(build(architecture_of(config, images), config.seed))
                for config in dict.fromkeys(filled)  # fillers are one trial
            }
            stacked = stack([own[config] for config in filled], shapes_of(architecture))
        else:
            stacked = {
                name: torch.zeros(len(filled), *tensor.shape, dtype=tensor.dtype)
                for name, tensor in contents(network).items()
            }
        placed = {
            name: tensor.to(device, dtype if tensor.is_floating_point() else None)
            for name, tensor in stacked.items()
        }
        weights = {name: tensor for name, tensor in placed.items() if name in names}
        return cls(
            configs=filled,
            architecture=architecture,
            epoch=0,
            weights=weights,
            buffers={name: tensor for name, tensor in placed.items() if name not in names},
            state=State.init(slots_of(filled[0].recipe.optimizer), list(weights.values())),
            best={name: tensor.clone() for name, tensor in placed.items()},
            histories=[[] for _ in filled],
            mean=FACTS.mean if images is None else images.mean,
            std=FACTS.std if images is None else images.std,
        )

    @property
    def everything(self) -> Weights:
        """The weights and the buffers."""
        return self.weights | self.buffers

    @property
    def parts(self) -> dict[str, Weights]:
        """What the lanes go on from, part by part."""
        slots = {
            slot: dict(zip(self.weights, tensors, strict=True))
            for slot, tensors in self.state.slots.items()
        }
        return {"weights": self.everything, **slots, "best": self.best}

    def lane(self, lane: int) -> Lane:
        """View what one lane goes on from."""
        config = self.configs[lane]
        shapes = shapes_of(replace(self.architecture, arguments=config.arguments))
        parts = {part: view(stacked, lane, shapes) for part, stacked in self.parts.items()}
        return Lane(parts, tuple(self.histories[lane]), self.own_state)

    def go_on(self, lanes: Sequence[Lane], epoch: int) -> None:
        """Put lanes as they were at an epoch in the place of these; the last fills the rest."""
        filled = [*lanes, *[lanes[-1]] * (len(self.configs) - len(lanes))]
        for part, tensors in self.parts.items():
            shapes = {name: tensor.shape[1:] for name, tensor in tensors.items()}
            stacked = stack([lane.parts[part] for lane in filled], shapes)
            for name, tensor in tensors.items():
                tensor.copy_(stacked.pop(name))
        self.own_state = filled[0].own_state
        for count in self.state.steps:
            count.fill_(epoch * self.configs[0].recipe.steps_per_epoch)
        self.histories = [list(lane.history) for lane in filled]
        self.epoch = epoch

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return next(iter(self.weights.values())).device

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are made of."""
        return next(iter(self.weights.values())).dtype

    def floats(self, of: Callable[[TrialConfig], float]) -> Tensor:
        """Return one number a lane, as a tensor [T] beside the weights."""
        return torch.tensor([of(c) for c in self.configs], device=self.device, dtype=self.dtype)

    def optimizer_values(self) -> dict[str, Any]:
        """Return the optimizer's arguments that are not at their defaults: float64 or bool [T].

        Tensors, for a program would be compiled anew for every number.
        """
        found: dict[str, Any] = {}
        for name, one in optimizer_parameters(self.configs[0].recipe.optimizer).items():
            values = [dict(config.optimizer).get(name, one.default) for config in self.configs]
            if set(values) != {one.default}:
                kind = torch.bool if one.kind is bool else torch.float64
                found[name] = torch.tensor(values, device=self.device, dtype=kind)
        return found


def slots_of(optimizer: str) -> tuple[str, ...]:
    """Return the names of an optimizer's slots; the user's own keeps its state itself."""
    return () if code.is_reference(optimizer) else optimizer_class(optimizer).slots


def architecture_of(
    config: TrialConfig,
    images: Images | None = None,
    arguments: tuple[ParamValue, ...] | None = None,
) -> Architecture:
    """Return the network of a trial, for these images and with its own arguments or others."""
    told = {} if images is None else {"shape": images.shape, "classes": images.classes}
    given = config.arguments if arguments is None else arguments
    return Architecture(config.recipe.model, given, **told)  # type: ignore[arg-type]


def widest(configs: Sequence[TrialConfig]) -> tuple[ParamValue, ...]:
    """Return the arguments of the widest network, the largest of each number among the trials."""
    known = list(network_parameters(configs[0].recipe.model).values())
    length = max(len(config.arguments) for config in configs)
    filled = [
        (*config.arguments, *(one.default for one in known[len(config.arguments) : length]))
        for config in configs
    ]
    columns: list[Any] = [*zip(*filled, strict=True)]
    return tuple(
        max(values) if one.decides == "the shapes" else values[0]
        for one, values in zip(known, columns, strict=False)
    )


def contents(network: torch.nn.Module) -> Weights:
    """Return a network's weights and buffers by name."""
    return {
        name: tensor.detach()
        for name, tensor in (*network.named_parameters(), *network.named_buffers())
    }


@lru_cache
def shapes_of(architecture: Architecture) -> Shapes:
    """Return the shapes of a network's weights and buffers."""
    return {name: tensor.shape for name, tensor in contents(meta_module(architecture)).items()}


def stack(lanes: Sequence[Weights], shapes: Shapes) -> Weights:
    """Stack weights of different widths to [T, ...], padded by zeros at the end of each axis.

    A zero-padded unit outputs 0 through ReLU, receives gradient 0 and stays 0 under Adam.
    """
    return {
        name: torch.stack([_pad(lane[name], shape) for lane in lanes])
        for name, shape in shapes.items()
    }


def view(stacked: Weights, lane: int, shapes: Shapes) -> Weights:
    """View one lane's weights at these shapes: the inverse of ``stack``."""
    return {name: lanes[lane][tuple(map(slice, shapes[name]))] for name, lanes in stacked.items()}


def crop(stacked: Weights, lane: int, shapes: Shapes) -> Weights:
    """Return a copy of one lane's weights at these shapes, on the CPU."""
    return {name: own.clone().cpu() for name, own in view(stacked, lane, shapes).items()}


def on_cpu(cohort: Cohort) -> Cohort:
    """Return a cohort whose tensors are on the CPU, all lanes of one copied at once."""

    def moved(weights: Weights) -> Weights:
        return {name: tensor.cpu() for name, tensor in weights.items()}

    slots = {name: [each.cpu() for each in slot] for name, slot in cohort.state.slots.items()}
    state, best = State(slots, cohort.state.steps), moved(cohort.best)
    weights, buffers = moved(cohort.weights), moved(cohort.buffers)
    return replace(cohort, weights=weights, buffers=buffers, state=state, best=best)


def _pad(weight: Tensor, shape: torch.Size) -> Tensor:
    missing = [(0, want - have) for have, want in zip(weight.shape, shape, strict=True)]
    return F.pad(weight, [amount for pair in reversed(missing) for amount in pair])
