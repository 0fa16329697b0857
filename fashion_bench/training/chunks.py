"""How many images are scored at a time: more is quicker, until memory or a cache is too small."""

from contextlib import suppress
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fashion_bench.errors import RAISED
from fashion_bench.models import Architecture, meta_module
from fashion_bench.models.layers import keep_all
from fashion_bench.parameters import takes_drop
from fashion_bench.training.cohort import Cohort

CHUNK = 1_000  # images: keeps the activations of a lane within a core's cache
CHUNK_BYTES = 2**32  # on a GPU, of all lanes: 256 of the MLP still score by the thousand


def chunk_of(cohort: Cohort) -> int:
    """Return how many images a cohort scores at a time.

    On a GPU all lanes do so together, and what they hold of an image must not take more memory
    than training does: of a thousand images of a CNN that would be tens of GiB.
    """
    if cohort.device.type == "cpu":
        return CHUNK
    held = len(cohort.configs) * bytes_of_an_image(cohort.architecture)
    return max(1, min(CHUNK, CHUNK_BYTES // held))


@lru_cache
def bytes_of_an_image(architecture: Architecture) -> int:
    """Return what a network's answer to an image takes in float32, all that lies between counted.

    Of a network that cannot answer without numbers, what it does before that is counted.
    """
    one, two = (_numbers(architecture, images) for images in (1, 2))
    return 4 * (2 * prod(architecture.shape) + two - one)  # it is gathered, then normalised


def _numbers(architecture: Architecture, images: int) -> int:
    """Return how many numbers are computed for so many images, those of the weights included."""
    given: tuple[Any, ...] = (torch.empty(images, *architecture.shape, device="meta"),)
    given += (keep_all,) if takes_drop(architecture.model) else ()
    network, counted = meta_module(architecture).eval(), _Counted()
    with torch.no_grad(), suppress(*RAISED), counted:
        network(*given)
    return counted.numbers


class _Counted(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the numbers that operations return."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers: int = 0

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401  # as torch has it
        types: Any,  # noqa: ANN401
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        returned = func(*args, **kwargs or {})
        tensors = (each for each in tree_leaves(returned) if isinstance(each, torch.Tensor))
        self.numbers += sum(each.numel() for each in tensors)
        return returned
