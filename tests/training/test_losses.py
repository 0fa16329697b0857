"""What is minimised: the cross entropy, or a loss of the user's own."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, vmap

from fashion_bench.errors import SpecError
from fashion_bench.training.losses import cross_entropy, objective_of
from fashion_bench.training.rendering import minimised_by
from fashion_bench.training.step import objective, score


def focal(logits: Tensor, labels: Tensor) -> Tensor:
    """Lin et al. 2017, of each image."""
    losses = F.cross_entropy(logits, labels, reduction="none")
    return (1 - torch.exp(-losses)) ** 2 * losses


def mean_focal(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of the same."""
    return focal(logits, labels).mean()


def branching(logits: Tensor, labels: Tensor) -> Tensor:
    """Look into a tensor."""
    return focal(logits, labels) if logits.max() > 0 else logits.sum(1)


def draw_lanes(lanes: int = 3, images: int = 7) -> tuple[Tensor, Tensor]:
    """Return logits [T, B, 10] and labels [T, B]."""
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(lanes, images, 10, generator=draw, dtype=torch.float64) * 3
    return logits, torch.randint(10, (lanes, images), generator=draw)


def test_without_a_loss_of_ones_own_it_is_the_cross_entropy() -> None:
    """The very function that the step has by itself."""
    assert minimised_by("cross_entropy", 10) is cross_entropy


@pytest.mark.parametrize("loss", [focal, mean_focal])
def test_a_loss_of_ones_own_is_minimised(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Its mean over the batch, of each image or as it is; recorded is the cross entropy."""
    logits, labels = (one[0] for one in draw_lanes())
    logits.requires_grad_()
    loss_of_batch, (losses, right) = objective(
        lambda images, drop: images, logits, labels, minimised=objective_of(loss)
    )
    gradients = [
        torch.autograd.grad(one, logits) for one in (loss_of_batch, focal(logits, labels).mean())
    ]
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-12)
    expected = score(logits.detach(), labels)
    torch.testing.assert_close((losses, right), expected, rtol=0, atol=0)
    assert not losses.requires_grad


def test_it_is_minimised_in_many_lanes_as_in_one() -> None:
    """Under ``vmap``, as a cohort computes it; labels are not smoothed for it."""
    minimised = objective_of(focal)
    logits, labels = draw_lanes()
    many, recorded = vmap(grad(minimised, has_aux=True))(logits, labels, torch.rand(3))
    for lane in range(len(logits)):
        one, alone = grad(minimised, has_aux=True)(logits[lane], labels[lane], None)
        torch.testing.assert_close(many[lane], one, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(recorded[lane], alone, rtol=1e-12, atol=1e-12)


def failing(logits: Tensor, labels: Tensor) -> Tensor:
    """Fail."""
    raise ValueError("what the user\nwrote")


@pytest.mark.parametrize(
    ("loss", "problem"),
    [
        (
            lambda logits, labels: logits,
            r"another shape \(given: '\[13, 10\]'\); return the loss of",
        ),
        (lambda logits, labels: focal(logits, labels)[None], r"another shape \(given: '\[1, 13\]'"),
        (lambda logits, labels: 1.0, r"tensor of floats \(given: 'float'\)"),
        (lambda logits, labels: labels, r"tensor of floats \(given: 'torch.int64'\)"),
        (lambda logits, labels: labels.double(), "has no gradient; compute it from the logits"),
        (lambda logits: logits, "fails: TypeError"),
        (failing, "fails: ValueError: what the user; mend it"),
    ],
)
def test_what_cannot_be_minimised_is_refused(loss: Any, problem: str) -> None:
    """In one line that names it."""
    with pytest.raises(SpecError, match=f"^my.py:focal: .*{problem}") as told:
        objective_of(loss, "my.py:focal")
    assert "\n" not in str(told.value)
