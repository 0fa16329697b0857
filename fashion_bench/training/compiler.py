"""Whether torch can compile here."""

import torch
from torch import Tensor

__all__ = ["compiler_trouble"]


def compiler_trouble(device: str) -> str | None:
    """Compile and run the least there is; return what keeps it from working, if anything does."""
    try:
        torch.compile(_double, dynamic=False)(torch.ones(8, device=device))
    except Exception as error:  # whatever a missing or broken compiler raises
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return None


def _double(numbers: Tensor) -> Tensor:
    return numbers * 2
