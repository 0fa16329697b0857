"""Shorter ways to the numbers that torch's own way gives, taken where they are the same to the bit.

Which kernels are behind a way, and so how it rounds, hangs on the processor, the build of torch and
the shapes. So nothing is assumed: both ways are gone once for each size of batch (decision 56).
"""

from collections.abc import Callable
from math import inf
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from fashion_bench.models.cnn import CNN

Found = TypeVar("Found")

# Images and weights below this make maps below 1e37 in two convolutions of a million terms.
MODEST = 1e8


class Checked(Generic[Found]):
    """Goes the plain way for the first batch of each size, then the shorter one if it was equal.

    Args:
        plain: torch's own way, from images [B, ...] and whatever else to tensors.
        shorter: another way from the same to the same; ``None`` where there is none.
    """

    def __init__(self, plain: Callable[..., Found], shorter: Callable[..., Found] | None) -> None:
        self._plain, self._shorter = plain, shorter
        self._equal: dict[int, bool] = {}  # by the size of a batch

    def __call__(self, images: Tensor, *others: Any) -> Found:  # noqa: ANN401  # as they take
        """Return what the plain way returns."""
        if self._shorter is None:
            return self._plain(images, *others)
        equal = self._equal.get(len(images))
        if equal:
            return self._shorter(images, *others)
        found = self._plain(images, *others)
        if equal is None:
            self._equal[len(images)] = _equal(self._shorter(images, *others), found)
        return found


def _equal(ones: object, others: object) -> bool:
    leaves = zip(tree_leaves(ones), tree_leaves(others), strict=True)
    return all(torch.equal(one, other) for one, other in leaves)


def by_onednn(
    network: nn.Module, dtype: torch.dtype, device: torch.device, way: Callable[..., Found]
) -> Callable[..., Found] | None:
    """Return a way through a network whose maps are laid out as oneDNN's kernels want them.

    In torch's own layout they are laid out so for each convolution anew, and pooling is scalar.
    Where a number is so large that one may become infinite, or NaN, torch's own layout is taken:
    oneDNN passes over NaN when it pools, and does not when it goes back through ReLU.

    Args:
        network: what it goes through; ours alone can, with ReLU.
        dtype: of the maps; float32 alone can.
        device: where they are; a CPU alone can.
        way: what calls the network.

    Returns:
        ``None`` where that cannot be.
    """
    there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not (there and dtype == torch.float32 and device.type == "cpu"):
        return None
    if not (type(network) is CNN and network.activation == "relu"):
        return None

    convolutions = [*network.conv1.parameters(), *network.conv2.parameters()]

    def laid_out(images: Tensor, *others: Any) -> Found:  # noqa: ANN401  # as the way takes
        if not _below(MODEST, [images, *convolutions]):
            return way(images, *others)
        network.onednn = True
        try:
            found = way(images, *others)
        finally:
            network.onednn = False
        floats = [leaf for leaf in tree_leaves(found) if leaf.is_floating_point()]
        return found if _below(inf, floats) else way(images, *others)

    return laid_out


@torch.no_grad()
def _below(limit: float, tensors: list[Tensor]) -> bool:
    """Tell whether every number is finite and below a limit, whatever its sign."""
    largest = torch._foreach_norm(tensors, inf)
    return bool(torch.stack(list(largest)).max() < limit)  # of NaN that is false
