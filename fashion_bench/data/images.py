"""A set of labelled images, as tensors."""

import io
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from fashion_bench.config import DataFacts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """Labelled images in memory; ``digest`` says whether two sets are the same.

    Attributes:
        pixels: uint8 or float32: ``[N, H, W]`` of one grey channel, ``[N, C, H, W]`` of more, or
            ``[N, F]`` of features. In bytes 0 is background.
        labels: int64 ``[N]``, from 0 to one less than the classes.
        digest: 16 hex digits of SHA-256 over pixels and labels.
        mean: of the pixels of the set's train part, one a channel; see ``DataFacts``.
        std: likewise.
        classes: how many there are.
    """

    pixels: Tensor
    labels: Tensor
    digest: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image as networks are given it: (channels, height, width), or (features,)."""
        own = tuple(self.pixels.shape[1:])
        return (1, *own) if len(own) == 2 else own

    def to(self, device: torch.device | str) -> "Images":
        """Return the same images on a device."""
        return replace(self, pixels=self.pixels.to(device), labels=self.labels.to(device))


def label_images(pixels: Tensor, labels: Tensor, facts: DataFacts) -> Images:
    """Put pixels and integer labels ``[N]`` of a set together and name them; see ``Images``."""
    return Images(
        pixels=pixels,
        labels=labels.to(torch.int64),
        digest=digest_of(pixels, labels),
        mean=facts.mean,
        std=facts.std,
        classes=facts.classes,
    )


def packed(images: Images) -> bytes:
    """Return a file that holds images, for another machine; ``read_packed`` reads it."""
    content = io.BytesIO()
    torch.save({field.name: getattr(images, field.name) for field in fields(images)}, content)
    return content.getvalue()


def read_packed(path: Path) -> Images:
    """Return the images of a file; all processes that read it share their memory."""
    return Images(**torch.load(path, mmap=True, weights_only=True))


def digest_of(pixels: Tensor, labels: Tensor) -> str:
    """Name pixels and labels by what they hold, and by their shape and type.

    Of grey bytes and labels below 256 the contents alone count: their names are as old as 0.1.
    """
    digest = sha256()
    small = not len(labels) or int(labels.max()) < 256
    if pixels.dtype != torch.uint8 or pixels.ndim != 3 or not small:
        digest.update(f"{pixels.dtype} {tuple(pixels.shape)} {small}".encode())
    digest.update(pixels.contiguous().numpy().data)
    digest.update(labels.to(torch.uint8 if small else torch.int64).contiguous().numpy().data)
    return digest.hexdigest()[:16]
