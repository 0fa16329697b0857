"""The state of trials trained together: its tensors lead with axis T, one row (a lane) a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.config import TrialConfig
from fashion_bench.models import build, meta_module
from fashion_bench.records import Epoch
from fashion_bench.training.optim import Adam

Weights = dict[str, Tensor]
"""Weights by their name in the module."""

Shapes = dict[str, torch.Size]
"""Their shapes at a lane's true widths."""


@dataclass(slots=True)
class Cohort:
    """Trials of one recipe and one age.

    Attributes:
        configs: the trials, and then the fillers that bring the cohort to its size.
        padded_widths: the widths every lane is padded to.
        epoch: epochs finished.
        weights: [T, ...] each.
        adam: the optimiser's state, shaped likewise.
        best: weights of each lane's best epoch so far.
        histories: each lane's epochs so far; that of a lane ends where it diverged.
    """

    configs: tuple[TrialConfig, ...]
    padded_widths: tuple[int, ...]
    epoch: int
    weights: Weights
    adam: Adam
    best: Weights
    histories: list[list[Epoch]]

    @classmethod
    def start(
        cls,
        configs: Sequence[TrialConfig],
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        *,
        lanes: int = 1,
        padded_widths: tuple[int, ...] = (),
    ) -> "Cohort":
        """Draw every lane's initial weights at its true width, from its own seed.

        Args:
            configs: the trials.
            device: where to train them.
            dtype: of the weights.
            lanes: as many at least; the last trial is repeated to fill them.
            padded_widths: widths to pad to; by default those of the widest trial.
        """
        filled = (*configs, *[configs[-1]] * (lanes - len(configs)))
        widest = tuple(max(sizes) for sizes in zip(*(c.widths for c in filled), strict=True))
        padded_widths = padded_widths or widest
        shapes = shapes_of(filled[0], padded_widths)
        stacked = stack([initial_weights(config) for config in filled], shapes)
        weights = {name: tensor.to(device, dtype) for name, tensor in stacked.items()}
        return cls(
            configs=filled,
            padded_widths=padded_widths,
            epoch=0,
            weights=weights,
            adam=Adam.init(list(weights.values())),
            best={name: tensor.clone() for name, tensor in weights.items()},
            histories=[[] for _ in filled],
        )

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


def initial_weights(config: TrialConfig) -> Weights:
    """Return a trial's weights before its first step."""
    network = build(config.recipe.model, config.widths, config.seed)
    return {name: parameter.detach() for name, parameter in network.named_parameters()}


def shapes_of(config: TrialConfig, widths: Sequence[int] | None = None) -> Shapes:
    """Return the shapes of a trial's weights, at its own widths or at others."""
    network = meta_module(config.recipe.model, config.widths if widths is None else widths)
    return {name: parameter.shape for name, parameter in network.named_parameters()}


def stack(lanes: Sequence[Weights], shapes: Shapes) -> Weights:
    """Stack weights of different widths to [T, ...], padded by zeros at the end of each axis.

    A zero-padded unit outputs 0 through ReLU, receives gradient 0 and stays 0 under Adam.
    """
    return {
        name: torch.stack([_pad(lane[name], shape) for lane in lanes])
        for name, shape in shapes.items()
    }


def crop(stacked: Weights, lane: int, shapes: Shapes) -> Weights:
    """Return one lane's weights at these shapes, on the CPU: the inverse of ``stack``."""
    return {
        name: lanes[lane][tuple(map(slice, shapes[name]))].clone().cpu()
        for name, lanes in stacked.items()
    }


def _pad(weight: Tensor, shape: torch.Size) -> Tensor:
    missing = [(0, want - have) for have, want in zip(weight.shape, shape, strict=True)]
    return F.pad(weight, [amount for pair in reversed(missing) for amount in pair])
