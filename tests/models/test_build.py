"""Building a trial's network."""

from importlib import import_module

import pytest
import torch
from torch import Tensor, nn

from fashion_bench.models import Architecture, build, drop_units
from fashion_bench.parameters import network_classes
from tests.networks import DEFAULT_WIDTHS, MODELS

NETWORKS: dict[str, type[nn.Module]] = {
    model: getattr(import_module(f"fashion_bench.models.{model}"), network_classes()[model].name)
    for model in MODELS
}


def default_widths(model: str) -> tuple[int, ...]:
    """Return the widths a model has when nothing is said."""
    return tuple(DEFAULT_WIDTHS[model].values())


@pytest.mark.parametrize("model", MODELS)
def test_widths_are_named_in_the_order_of_the_layers(model: str) -> None:
    """``DEFAULT_WIDTHS`` lists what the network's own defaults are, in the order it takes them."""
    default = {name: p.shape for name, p in NETWORKS[model]().named_parameters()}
    built = build(Architecture(model, default_widths(model)), seed=0)
    assert isinstance(built, NETWORKS[model])
    assert {name: p.shape for name, p in built.named_parameters()} == default
    named = NETWORKS[model](**DEFAULT_WIDTHS[model])
    assert {name: p.shape for name, p in named.named_parameters()} == default


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_a_function_of_the_seed(model: str) -> None:
    """Equal seeds give equal weights, others others, whatever was drawn before."""
    architecture = Architecture(model, default_widths(model))
    first = build(architecture, seed=1).state_dict()
    torch.rand(3)
    again, other = build(architecture, seed=1), build(architecture, seed=2)
    assert all(torch.equal(first[name], w) for name, w in again.state_dict().items())
    assert not any(torch.equal(first[name], w) for name, w in other.state_dict().items())


def test_building_leaves_the_global_generator_alone() -> None:
    """Drawing weights does not disturb whoever else draws."""
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    build(Architecture("mlp", (5, 4)), seed=9)
    assert torch.equal(torch.rand(3), expected)


def test_layers_of_equal_shape_get_equal_weights() -> None:
    """In two models of one seed, whatever the other layers are; unequal layers do not."""
    one, other, unlike = (
        dict(build(Architecture("mlp", (hidden, 8)), seed=seed).named_parameters())
        for hidden, seed in ((12, 3), (20, 3), (12, 4))
    )
    equal = {name for name in one if torch.equal(one[name], other[name])}
    assert equal == {"output_fc.weight", "output_fc.bias"}
    assert not any(torch.equal(one[name], unlike[name]) for name in one)


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_drawn_as_torch_draws_them(model: str) -> None:
    """Every layer is what its own module begins with: uniform within 1 / sqrt(inputs)."""
    for layer in build(Architecture(model, default_widths(model)), seed=1).children():
        weight, bias = layer.parameters()
        limit = weight[0].numel() ** -0.5
        assert max(weight.abs().max(), bias.abs().max()) <= limit
        assert weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.2)


@pytest.mark.parametrize("model", MODELS)
def test_dropout_units_are_those_dropout_acts_on(model: str) -> None:
    """The number said is the width of what the network hands to ``drop``."""
    architecture, seen = Architecture(model, default_widths(model)), []

    def drop(hidden: Tensor, layer: int) -> Tensor:
        seen.append(hidden.shape[1])
        return hidden

    build(architecture, seed=0)(torch.zeros(1, 28, 28), drop)
    assert tuple(seen) == drop_units(architecture)
