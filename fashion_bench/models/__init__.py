"""One-trial networks: ordinary ``torch.nn`` modules, each a file of its name, or the user's."""

import inspect
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import torch
from torch import Tensor, nn

from fashion_bench import code
from fashion_bench.config import ParamValue
from fashion_bench.errors import RAISED, CodeError, said
from fashion_bench.parameters import is_rate, network_classes, network_parameters, takes_drop
from fashion_bench.rng import derive

__all__ = ["Architecture", "build", "drop_units", "meta_module", "network_class"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a network is built from: with its weights, all there is to it.

    Attributes:
        model: one of ours, or code of the user's with its digest.
        arguments: of its constructor, in their order; at the end the defaults are left out.
        shape: of an image.
        classes: how many answers it has.
    """

    model: str
    arguments: tuple[ParamValue, ...] = ()
    shape: tuple[int, ...] = (1, 28, 28)
    classes: int = 10

    def keywords(self) -> dict[str, object]:
        """Return what its constructor is given; rates of dropout, which lanes differ in, are not.

        Raises:
            CodeError: it may not be run here.
        """
        names = network_parameters(self.model)
        given: dict[str, object] = dict(zip(names, self.arguments, strict=False))
        given = {name: value for name, value in given.items() if not is_rate(name, self.model)}
        told = {"shape": self.shape, "classes": self.classes}
        takes = inspect.signature(network_class(self.model)).parameters
        return given | {name: value for name, value in told.items() if name in takes}


def network_class(model: str) -> type[nn.Module]:
    """Return the class of a network.

    Raises:
        KeyError: we have no network of that name.
        CodeError: it is the user's, and may not be run here, or is no network.
    """
    if code.is_reference(model):
        found = code.loaded(model)
        if not (isinstance(found, type) and issubclass(found, nn.Module)):
            remedy = "name a class that extends torch.nn.Module"
            raise CodeError(code.unpinned(model), "is no network", remedy=remedy)
        return found
    name = network_classes()[model].name  # before anything is imported by a name that a file gave
    ours: type[nn.Module] = getattr(import_module(f"{__name__}.{model}"), name)
    return ours


def build(architecture: Architecture, seed: int) -> nn.Module:
    """Return a network with its initial weights, drawn from the trial's seed.

    Each layer of ours draws from its own name: layers of equal name and shape get equal weights in
    every model of that seed, so trials of one seed differ as little as their shapes allow
    (decision 16). The user's network is built as its constructor says, with torch's generator set
    from the seed.
    """
    with torch.random.fork_rng(devices=[]):
        if code.is_reference(architecture.model):
            torch.manual_seed(derive("weights", seed))
            return _constructed(architecture)
        network = meta_module(architecture).to_empty(device="cpu")
        for name, layer in network.named_modules():
            if any(True for _ in layer.parameters(recurse=False)):
                torch.manual_seed(derive("weights", seed, name))
                layer.reset_parameters()
    return network


def meta_module(architecture: Architecture) -> nn.Module:
    """Return a network without weights: for its shapes, or to be given some.

    Raises:
        KeyError: there is no such model.
        CodeError: it is the user's, and may not be run here, or its constructor raises.
    """
    if code.is_reference(architecture.model):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return _constructed(architecture).to("meta")
    with torch.device("meta"):
        return _constructed(architecture)


def _constructed(architecture: Architecture) -> nn.Module:
    keywords = architecture.keywords()
    try:
        return network_class(architecture.model)(**keywords)
    except RAISED as error:
        given = ", ".join(f"{name} {value}" for name, value in keywords.items()) or None
        problem = f"cannot be built ({said(error)})"
        told = code.unpinned(architecture.model)
        remedy = "mend its constructor, or the values it is given"
        raise CodeError(told, problem, given=given, remedy=remedy) from error


@cache
def drop_units(architecture: Architecture) -> tuple[int, ...]:
    """Return the units of each layer that drops some, asked of the network itself."""
    if not takes_drop(architecture.model):
        return ()
    units: dict[int, int] = {}

    def record(hidden_BU: Tensor, layer: int) -> Tensor:
        units[layer] = hidden_BU.shape[1]
        return hidden_BU

    # On the CPU, whatever its weights hold: on the meta device torch imports its compiler first.
    network = meta_module(architecture).to_empty(device="cpu").eval()
    with torch.no_grad():
        network(torch.zeros(1, *architecture.shape), record)
    return tuple(units[layer] for layer in range(len(units)))
