"""The notebook's network."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from fashion_bench.models.mlp import MLP


def test_the_default_is_the_notebooks() -> None:
    """784-250-100-10 has 222,360 parameters."""
    assert sum(parameter.numel() for parameter in MLP().parameters()) == 222_360


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5))
def test_it_maps_images_to_logits(hidden: int, hidden2: int, batch: int) -> None:
    """Whatever its widths, and with or without a channel axis, it is a stack of dense layers."""
    network = MLP(hidden, hidden2)
    images = torch.randn(batch, 28, 28)
    layers = [network.input_fc, nn.ReLU(), network.hidden_fc, nn.ReLU(), network.output_fc]
    expected = nn.Sequential(nn.Flatten(), *layers)(images)
    assert expected.shape == (batch, 10)
    assert torch.equal(network(images), expected)
    assert torch.equal(network(images[:, None]), expected)


def test_dropout_acts_between_the_hidden_layers_before_the_activation() -> None:
    """As in the notebook's exercise, on the first hidden layer's output; then on the second's."""
    network, images, seen = MLP(5, 4), torch.randn(3, 28, 28), []

    def drop(hidden: Tensor, layer: int) -> Tensor:
        seen.append((hidden, layer))
        return hidden * 0 if layer == 0 else hidden

    logits = network(images, drop)
    [(hidden, layer), (hidden2, layer2)] = seen
    assert (layer, layer2) == (0, 1)
    assert torch.equal(hidden, network.input_fc(images.flatten(1)))
    assert torch.equal(hidden2, network.hidden_fc(torch.zeros(3, 5)))
    rest = nn.Sequential(network.hidden_fc, nn.ReLU(), network.output_fc)
    assert torch.equal(logits, rest(torch.zeros(3, 5)))


def test_images_of_another_size_are_refused() -> None:
    """A batch that is not of 784 pixels does not pass for one."""
    with pytest.raises(RuntimeError):
        MLP()(torch.zeros(2, 27, 28))
