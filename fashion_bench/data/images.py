"""A set of labelled images, as tensors."""

from dataclasses import dataclass, replace
from hashlib import sha256

import torch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """Labelled images in memory; ``digest`` says whether two sets are the same.

    Attributes:
        pixels: uint8 ``[N, 28, 28]``, 0 is background.
        labels: int64 ``[N]``, 0-9.
        digest: 16 hex digits of SHA-256 over pixels and labels.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    digest: str

    def to(self, device: torch.device | str) -> "Images":
        """Return the same images on a device."""
        return replace(self, pixels=self.pixels.to(device), labels=self.labels.to(device))


def label_images(pixels: torch.Tensor, labels: torch.Tensor) -> Images:
    """Put uint8 pixels ``[N, 28, 28]`` and integer labels ``[N]`` together and name them."""
    digest = sha256(pixels.numpy().data)
    digest.update(labels.to(torch.uint8).numpy().data)
    return Images(pixels=pixels, labels=labels.to(torch.int64), digest=digest.hexdigest()[:16])
