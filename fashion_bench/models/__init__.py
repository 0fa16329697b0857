"""One-trial networks: ordinary ``torch.nn`` modules."""

from collections.abc import Sequence

import torch
from torch import nn

from fashion_bench.config import Model
from fashion_bench.models.cnn import CNN
from fashion_bench.models.mlp import MLP
from fashion_bench.rng import derive

__all__ = ["CNN", "DROPOUT_LAYERS", "MLP", "build", "dropout_units", "meta_module"]

DROPOUT_LAYERS = 1  # of each model; numbered from 0 in ``Drop``

_NETWORKS: dict[Model, type[nn.Module]] = {"mlp": MLP, "cnn": CNN}


def build(model: Model, widths: Sequence[int], seed: int) -> nn.Module:
    """Return a model with torch's default initial weights, drawn from the trial's seed.

    Each layer draws from its own name: layers of equal name and shape get equal weights in every
    model of that seed, so trials of one seed differ as little as their shapes allow (decision 16).
    """
    network = meta_module(model, widths).to_empty(device="cpu")
    with torch.random.fork_rng(devices=[]):
        for name, layer in network.named_children():
            torch.manual_seed(derive("weights", seed, name))
            layer.reset_parameters()  # type: ignore[operator]
    return network


def meta_module(model: Model, widths: Sequence[int]) -> nn.Module:
    """Return a model without weights: for its shapes, or to be given some."""
    with torch.device("meta"):
        return _NETWORKS[model](*widths)


def dropout_units(model: Model, widths: Sequence[int]) -> int:
    """Return the units of the layer that dropout acts on."""
    return {"mlp": widths[0], "cnn": widths[-1]}[model]
