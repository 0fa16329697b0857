"""Images as they might have been taken too: mirrored, moved by a few pixels, or both.

Which of these an image becomes is a function of one random word of its own, not of how many draws
came before: so a lane alone sees what it sees in a cohort.
"""

import torch
from torch import Tensor

from fashion_bench.config import Augment

MOST = 2  # pixels that an image is moved by, each way


def augment(images: Tensor, kind: Augment, noise: Tensor, background: float | Tensor) -> Tensor:
    """Return each image mirrored left to right or not, and moved by up to 2 pixels each way.

    The 2 or 25 or 50 outcomes are equally likely, but for 5 in 10,000 of a share.

    Args:
        images: [..., C, H, W], raw or normalised.
        kind: which of the two is done.
        noise: int32 [...], a word of 32 random bits for each image, scrambled already
            (``models.layers.mix``): neighbouring words must not be alike.
        background: what comes in where an image has moved away: the value of pixel 0, which of
            normalised images is -mean / std, of several channels a tensor [C, 1, 1].
    """
    height, width = images.shape[-2:]
    rows = torch.arange(height, device=images.device).expand(*noise.shape, height)
    columns = torch.arange(width, device=images.device).expand(*noise.shape, width)
    if "flip" in kind:
        mirrored = ((noise & 1) == 1)[..., None]
        columns = torch.where(mirrored, width - 1 - columns, columns)
    if "shift" in kind:
        rows = rows + _steps(noise >> 1)
        columns = columns + _steps(noise >> 16)
    inside = _inside(rows, height)[..., :, None] & _inside(columns, width)[..., None, :]
    places = (
        rows.clamp(0, height - 1)[..., :, None] * width + columns.clamp(0, width - 1)[..., None, :]
    )
    flat = images.flatten(-2)
    taken = flat.gather(-1, places.flatten(-2)[..., None, :].expand(flat.shape))
    return torch.where(
        inside[..., None, :, :],
        taken.view(images.shape),
        torch.as_tensor(background, dtype=images.dtype, device=images.device),
    )


def _steps(bits: Tensor) -> Tensor:
    """Return a step of -2 to 2 for each word, by its lowest 15 bits: int64 [..., 1]."""
    return (((bits & 0x7FFF) % (2 * MOST + 1)) - MOST).to(torch.int64)[..., None]


def _inside(places: Tensor, size: int) -> Tensor:
    return (places >= 0) & (places < size)
