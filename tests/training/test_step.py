"""What one trial does with one batch."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.models.layers import Drop, counters, noise_key
from fashion_bench.training.step import LaneNoise, normalise, objective, score


def draw_batch(images: int = 7) -> tuple[Tensor, Tensor]:
    """Return logits [B, 10] and labels [B]."""
    draw = torch.Generator().manual_seed(images)
    logits = torch.randn(images, 10, generator=draw, dtype=torch.float64) * 3
    return logits, torch.randint(10, (images,), generator=draw)


def lane_noise(*, rate: float = 0.5, base: int = 1, step: int = 0, rows: int = 8) -> LaneNoise:
    """Return the noise of a lane with 32 units in each of two layers."""
    names = counters(rows, 32, torch.device("cpu"))
    bases = torch.tensor([base, base + 1], dtype=torch.int32)
    keys = noise_key(bases, torch.tensor(step, dtype=torch.int32))
    return LaneNoise(torch.full((2,), rate), keys, names)


def test_pixels_are_normalised_as_in_the_notebook() -> None:
    """ToTensor, then Normalize; the bytes themselves are left as they are."""
    pixels = torch.arange(256, dtype=torch.uint8)
    before = pixels.clone()
    expected = (pixels.double() / 255 - FACTS.mean[0]) / FACTS.std[0]
    torch.testing.assert_close(
        normalise(pixels, FACTS.mean, FACTS.std, torch.float64), expected, rtol=1e-12, atol=1e-12
    )
    assert normalise(pixels, FACTS.mean, FACTS.std, torch.float32).dtype == torch.float32
    assert torch.equal(pixels, before)


def test_a_score_tells_of_each_image() -> None:
    """Cross entropy in nats, and whether the largest logit is the label's."""
    logits = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]).log()
    losses, right = score(logits, torch.tensor([0, 2]))
    torch.testing.assert_close(losses, torch.tensor([2.0, 4.0]).log())
    assert right.tolist() == [True, False]


@given(smoothing=st.floats(0, 0.9), images=st.integers(1, 20))
@settings(deadline=None)
def test_what_is_minimised_is_torchs_smoothed_cross_entropy(smoothing: float, images: int) -> None:
    """Value and gradient are those of ``F.cross_entropy``; the score knows no smoothing."""
    logits, labels = draw_batch(images)
    logits.requires_grad_()
    loss, (losses, right) = objective(
        lambda images, drop: images, logits, labels, torch.tensor(smoothing, dtype=torch.float64)
    )
    expected = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    gradients = [torch.autograd.grad(value, logits) for value in (loss, expected)]
    torch.testing.assert_close(loss, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-12)
    plain = score(logits.detach(), labels)
    torch.testing.assert_close((losses, right), plain, rtol=1e-12, atol=1e-12)
    assert not losses.requires_grad


def test_the_forward_pass_is_given_the_noise() -> None:
    """Whatever drops units in training reaches the network."""
    logits, labels = draw_batch()
    seen = []

    def forward(images: Tensor, drop: Drop) -> Tensor:
        seen.append(drop)
        return images

    drop = lane_noise().drop
    objective(forward, logits, labels, torch.tensor(0.0), drop)
    assert seen == [drop]


def test_a_short_batch_meets_the_noise_of_the_first_rows() -> None:
    """The last batch of an epoch needs no shape of its own."""
    noise, hidden = lane_noise(rows=8), torch.ones(8, 32)
    assert torch.equal(noise.drop(hidden[:3], 0), noise.drop(hidden, 0)[:3])


@pytest.mark.parametrize("other", [{"base": 2}, {"step": 1}, {"layer": 1}])
def test_seed_step_and_layer_each_change_the_noise(other: dict[str, int]) -> None:
    """The noise is a function of its names, and of all of them."""
    hidden, layer = torch.ones(8, 32), other.pop("layer", 0)
    first = lane_noise().drop(hidden, 0)
    assert torch.equal(first, lane_noise().drop(hidden, 0))
    assert not torch.equal(first, lane_noise(**other).drop(hidden, layer))
