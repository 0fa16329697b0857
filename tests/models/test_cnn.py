"""The convolutional network."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fashion_bench.models.cnn import CNN


def test_the_shapes_of_the_default() -> None:
    """16 and 32 channels, each pooled by 2, then 128 units."""
    assert {name: tuple(weight.shape) for name, weight in CNN().named_parameters()} == {
        "conv1.weight": (16, 1, 5, 5),
        "conv1.bias": (16,),
        "conv2.weight": (32, 16, 5, 5),
        "conv2.bias": (32,),
        "hidden_fc.weight": (128, 32 * 7 * 7),
        "hidden_fc.bias": (128,),
        "output_fc.weight": (10, 128),
        "output_fc.bias": (10,),
    }


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 12), st.integers(1, 4))
@settings(deadline=None)
def test_it_maps_images_to_logits(channels: int, channels2: int, hidden: int, batch: int) -> None:
    """Whatever its widths, it is conv, ReLU, pool, twice, and two dense layers."""
    network = CNN(channels, channels2, hidden)
    images = torch.randn(batch, 28, 28)
    expected = nn.Sequential(
        network.conv1,
        nn.ReLU(),
        nn.MaxPool2d(2),
        network.conv2,
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        network.hidden_fc,
        nn.ReLU(),
        network.output_fc,
    )(images[:, None])
    assert expected.shape == (batch, 10)
    assert torch.equal(network(images), expected)
    assert torch.equal(network(images[:, None]), expected)


def test_dropout_acts_on_the_dense_layer() -> None:
    """One layer of noise, on the hidden units' output before the activation."""
    network, seen = CNN(2, 3, 4), []

    def drop(hidden: Tensor, layer: int) -> Tensor:
        seen.append((tuple(hidden.shape), layer))
        return hidden * 0

    logits = network(torch.randn(5, 28, 28), drop)
    assert seen == [((5, 4), 0)]
    assert torch.equal(logits, network.output_fc.bias.expand(5, 10))
