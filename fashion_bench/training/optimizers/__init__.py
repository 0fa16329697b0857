"""Optimizers, each one file with the class of its name.

The arguments of its constructor are its parameters. It has two renderings of one update:
``kernel`` is torch's own, of one lane; ``update`` takes tensors that lead with axis T, each lane
with its own learning rate, and where they differ its own value of every parameter. Weight decay is
decoupled from the gradient in all of them (decision 5).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from fashion_bench.parameters import optimizer_classes

if TYPE_CHECKING:
    from fashion_bench.training.optimizers.base import Optimizer

__all__ = ["optimizer_class"]


def optimizer_class(name: str) -> type["Optimizer"]:
    """Return the class of an optimizer.

    Raises:
        KeyError: there is no such optimizer.
    """
    wanted = optimizer_classes()[name].name  # before anything is imported by a name of a file
    found: type[Optimizer] = getattr(import_module(f"{__name__}.{name}"), wanted)
    return found
