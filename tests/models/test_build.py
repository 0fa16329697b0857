"""Building a trial's network."""

import pytest
import torch
from torch import Tensor, nn

from fashion_bench.config import DEFAULT_WIDTHS, MODELS, Model
from fashion_bench.models import CNN, MLP, build, dropout_units

NETWORKS: dict[Model, type[nn.Module]] = {"mlp": MLP, "cnn": CNN}


def default_widths(model: Model) -> tuple[int, ...]:
    """Return the widths a model has when nothing is said."""
    return tuple(DEFAULT_WIDTHS[model].values())


@pytest.mark.parametrize("model", MODELS)
def test_widths_are_named_in_the_order_of_the_layers(model: Model) -> None:
    """``DEFAULT_WIDTHS`` lists what the network's own defaults are, in the order it takes them."""
    default = {name: p.shape for name, p in NETWORKS[model]().named_parameters()}
    built = build(model, default_widths(model), seed=0)
    assert isinstance(built, NETWORKS[model])
    assert {name: p.shape for name, p in built.named_parameters()} == default
    named = NETWORKS[model](**DEFAULT_WIDTHS[model])
    assert {name: p.shape for name, p in named.named_parameters()} == default


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_a_function_of_the_seed(model: Model) -> None:
    """Equal seeds give equal weights, others others, whatever was drawn before."""
    widths = default_widths(model)
    first = build(model, widths, seed=1).state_dict()
    torch.rand(3)
    again, other = build(model, widths, seed=1), build(model, widths, seed=2)
    assert all(torch.equal(first[name], w) for name, w in again.state_dict().items())
    assert not any(torch.equal(first[name], w) for name, w in other.state_dict().items())


def test_building_leaves_the_global_generator_alone() -> None:
    """Drawing weights does not disturb whoever else draws."""
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    build("mlp", (5, 4), seed=9)
    assert torch.equal(torch.rand(3), expected)


def test_equal_layers_get_equal_weights_up_to_the_first_that_differs() -> None:
    """Of two models of one seed, what comes before the first different shape is the same."""
    one, other = build("mlp", (12, 8), seed=3), build("mlp", (12, 6), seed=3)
    assert torch.equal(one.get_parameter("input_fc.weight"), other.get_parameter("input_fc.weight"))


@pytest.mark.parametrize("model", MODELS)
def test_dropout_units_are_those_dropout_acts_on(model: Model) -> None:
    """The number said is the width of what the network hands to ``drop``."""
    widths, seen = default_widths(model), []

    def drop(hidden: Tensor, layer: int) -> Tensor:
        seen.append(hidden.shape[1])
        return hidden

    build(model, widths, seed=0)(torch.zeros(1, 28, 28), drop)
    assert seen == [dropout_units(model, widths)]
