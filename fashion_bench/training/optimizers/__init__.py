"""Optimizers, each one file with the class of its name.

The arguments of its constructor are its parameters. It has two renderings of one update:
``one_lane`` is torch's own kernel; ``many_lanes`` takes tensors that lead with axis T, each lane
with its own learning rate, and where they differ its own value of every parameter. Weight decay is
decoupled from the gradient in all of them (decision 5).
"""

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fashion_bench.training.optimizers.base import Optimizer, Value

__all__ = ["build", "names", "optimizer_class"]


def names() -> tuple[str, ...]:
    """Return what optimizers there are."""
    return tuple(_classes())


def optimizer_class(name: str) -> type["Optimizer"]:
    """Return the class of an optimizer.

    Raises:
        KeyError: there is no such optimizer.
    """
    wanted = _classes()[name]  # before anything is imported by a name that a file gave
    found: type[Optimizer] = getattr(import_module(f"{__name__}.{name}"), wanted)
    return found


def build(name: str, values: Mapping[str, "Value"]) -> "Optimizer":
    """Return an optimizer with these values of its parameters; the rest have their defaults.

    Args:
        name: which; a file of this folder.
        values: by name, numbers, or tensors [T] where lanes differ.

    Raises:
        KeyError: there is no such optimizer.
    """
    return optimizer_class(name)(**values)


@cache
def _classes() -> Mapping[str, str]:
    """Return the classes' names by that of their file, importing nothing: torch takes seconds."""
    return MappingProxyType(
        {
            path.stem: node.name
            for folder in __path__
            for path in sorted(Path(folder).glob("*.py"))
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.ClassDef) and node.name.lower() == path.stem
        }
    )
