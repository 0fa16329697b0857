"""What is minimised: the mean cross entropy, or a loss of the user's own.

What is recorded stays the cross entropy, so trials that minimise different losses can be compared.

Shapes: T lanes, B images of a batch, K classes.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from fashion_bench.errors import RAISED, SpecError, said

Loss = Callable[[Tensor, Tensor], Tensor]
"""A user's own: (logits [B, K], labels int64 [B]) to the images' losses [B], or to their mean."""

Minimised = Callable[[Tensor, Tensor, Tensor | None], tuple[Tensor, Tensor]]
"""(logits [B, K], labels [B], smoothing) to what is minimised, a scalar, and the cross entropy of
each image in nats, [B], without smoothing and without a gradient."""


def cross_entropy(
    logits_BK: Tensor, labels_B: Tensor, smoothing: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The mean cross entropy against (1 - smoothing) * one-hot + smoothing / K; see ``Minimised``.

    Label smoothing is that of Szegedy et al. 2016, section 7. ``smoothing`` is a scalar tensor, so
    lanes may differ, or ``None``: 0 without its operations.
    """
    losses_B = F.cross_entropy(logits_BK, labels_B, reduction="none")
    recorded_B = losses_B.detach()
    if smoothing is not None:
        losses_B = torch.lerp(losses_B, -F.log_softmax(logits_BK, -1).mean(-1), smoothing)
    return losses_B.mean(), recorded_B


def objective_of(loss: Loss, where: str = "loss", classes: int = 10) -> Minimised:
    """Return what a step minimises by a user's own loss, which is tried here.

    Args:
        loss: the user's.
        where: as errors name it, ``my.py:focal``.
        classes: how many answers there are.

    Raises:
        SpecError: it fails, returns anything but losses [B] or their mean, or does not depend on
            the logits.
    """
    _try(loss, where, classes)
    return partial(_own, loss, where)


def _own(
    loss: Loss, where: str, logits_BK: Tensor, labels_B: Tensor, smoothing: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """See ``Minimised``; labels are not smoothed: what to do with them is the loss's affair."""
    recorded_B = F.cross_entropy(logits_BK.detach(), labels_B, reduction="none")
    return _mean(loss(logits_BK, labels_B), labels_B, where), recorded_B


def _mean(losses: Tensor, labels_B: Tensor, where: str) -> Tensor:
    """Return the mean of a batch's losses, or the scalar that is one."""
    if not isinstance(losses, Tensor) or not losses.is_floating_point():
        given = type(losses).__name__ if not isinstance(losses, Tensor) else str(losses.dtype)
        raise _refused(where, "does not return a tensor of floats", given=given)
    if losses.shape not in (labels_B.shape, ()):
        raise _refused(where, "returns another shape", given=str(list(losses.shape)))
    return losses.mean() if losses.ndim else losses


def _try(loss: Loss, where: str, classes: int) -> None:
    """Call a loss on a batch that was drawn; raise where it cannot be minimised."""
    logits_BK, labels_B = _batch(classes)
    logits_BK.requires_grad_()
    try:
        losses = loss(logits_BK, labels_B)
    except RAISED as error:
        raise SpecError(where, f"fails: {said(error)}", remedy="mend it") from error
    mean = _mean(losses, labels_B, where)
    if not mean.detach().isfinite():
        remedy = "mend it: logits may be any numbers"
        raise SpecError(where, "is not finite", given=float(mean.detach()), remedy=remedy)
    if not mean.requires_grad:
        raise SpecError(where, "has no gradient", remedy="compute it from the logits with torch")


def _batch(classes: int) -> tuple[Tensor, Tensor]:
    """Draw logits [B, K] and labels [B]: as many images as no other axis has entries."""
    draw, images = torch.Generator().manual_seed(0), classes + 3
    logits_BK = torch.randn(images, classes, generator=draw)
    return logits_BK, torch.randint(classes, (images,), generator=draw)


def _refused(where: str, problem: str, given: str) -> SpecError:
    remedy = "return the loss of each image, [B], or their mean"
    return SpecError(where, problem, given=given, remedy=remedy)
