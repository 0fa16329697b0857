"""One-trial networks: ordinary ``torch.nn`` modules, each in the file of its name."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module

import torch
from torch import Tensor, nn

from fashion_bench.parameters import network_classes
from fashion_bench.rng import derive

__all__ = ["build", "drop_units", "meta_module"]


def build(model: str, widths: Sequence[int], seed: int) -> nn.Module:
    """Return a model with torch's default initial weights, drawn from the trial's seed.

    Each layer draws from its own name: layers of equal name and shape get equal weights in every
    model of that seed, so trials of one seed differ as little as their shapes allow (decision 16).
    """
    network = meta_module(model, widths).to_empty(device="cpu")
    with torch.random.fork_rng(devices=[]):
        for name, layer in network.named_modules():
            if any(True for _ in layer.parameters(recurse=False)):
                torch.manual_seed(derive("weights", seed, name))
                layer.reset_parameters()
    return network


def meta_module(model: str, widths: Sequence[int]) -> nn.Module:
    """Return a model without weights: for its shapes, or to be given some.

    Raises:
        KeyError: there is no such model.
    """
    name = network_classes()[model].name  # before anything is imported by a name that a file gave
    with torch.device("meta"):
        network: nn.Module = getattr(import_module(f"{__name__}.{model}"), name)(*widths)
    return network


@cache
def drop_units(model: str, widths: tuple[int, ...]) -> tuple[int, ...]:
    """Return the units of each layer that drops some, asked of the network itself."""
    units: dict[int, int] = {}

    def record(hidden_BU: Tensor, layer: int) -> Tensor:
        units[layer] = hidden_BU.shape[1]
        return hidden_BU

    meta_module(model, widths)(torch.empty(1, 28, 28, device="meta"), record)
    return tuple(units[layer] for layer in range(len(units)))
