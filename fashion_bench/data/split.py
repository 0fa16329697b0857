"""Train/validation split and batch order: which images, and in which order."""

from dataclasses import dataclass

import torch

from fashion_bench.errors import SpecError
from fashion_bench.rng import derive


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Two disjoint sets of indices into the training images: of a trial, or of T lanes each.

    Attributes:
        train: int64 ``[train_images]`` or ``[T, train_images]``.
        valid: int64 ``[valid_images]`` or ``[T, valid_images]``.
    """

    train: torch.Tensor
    valid: torch.Tensor


def draw_split(
    split_seed: int,
    *,
    total: int,
    train_images: int,
    valid_images: int,
    among: int | None = None,
) -> Split:
    """Draw a random split of ``total`` images.

    The validation images come from the end of the permutation: they do not depend on how many are
    for training, and with fewer for training the split is one of the same order cut short.

    Args:
        split_seed: draws it.
        total: how many images there are.
        train_images: how many to train on.
        valid_images: how many to validate on.
        among: a split seed whose training images the validation images are drawn among; what that
            one validates on may be trained on.

    Raises:
        SpecError: more images are asked for than there are.
    """
    if train_images + valid_images > total:
        raise SpecError(
            "recipe",
            f"train_images and valid_images exceed the {total:,} images there are",
            given=f"{train_images:,} + {valid_images:,}",
            remedy="ask for fewer",
        )
    draw = torch.Generator().manual_seed(derive("split", split_seed))
    order = torch.randperm(total, generator=draw)
    if among is not None:
        other = draw_split(among, total=total, train_images=train_images, valid_images=valid_images)
        eligible = torch.zeros(total, dtype=torch.bool)
        eligible[other.train] = True
        if train_images < valid_images:
            problem = f"only {train_images:,} images were trained on to validate another trial on"
            raise SpecError("valid_images", problem, given=valid_images, remedy="ask for fewer")
        chosen = order[eligible[order]][-valid_images:]
        eligible[:] = True
        eligible[chosen] = False
        order = torch.cat((order[eligible[order]], chosen))
    return Split(train=order[:train_images], valid=order[total - valid_images :])


def epoch_order(seed: int, epoch: int, images: int) -> torch.Tensor:
    """Return the order of one epoch of the trials with this seed: int64 ``[images]``, on the CPU.

    Drawn on the CPU whatever trains, so that it is the same on every device.
    """
    draw = torch.Generator().manual_seed(derive("order", seed, epoch))
    return torch.randperm(images, generator=draw)
