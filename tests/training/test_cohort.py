"""Lanes in slabs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.config import Recipe
from fashion_bench.models import Architecture, build
from fashion_bench.training.cohort import (
    Cohort,
    Shapes,
    Weights,
    architecture_of,
    contents,
    crop,
    stack,
)
from fashion_bench.training.loop import advance, render
from fashion_bench.training.rendering import Plain, Vmapped
from tests.training.small import CNN_RECIPE, RECIPE, WIDTHS, configs, make_config, small_images

RECIPES: dict[str, Recipe] = {"mlp": RECIPE, "cnn": CNN_RECIPE}


def lanes(model: str) -> st.SearchStrategy[list[Weights]]:
    """Draw the weights of lanes of different widths."""
    weights = st.builds(
        lambda widths, seed: dict(build(Architecture(model, widths), seed).state_dict()),
        WIDTHS[model],
        st.integers(0, 3),
    )
    return st.lists(weights, min_size=1, max_size=4)


def shapes(weights: Weights) -> Shapes:
    """Return their shapes."""
    return {name: weight.shape for name, weight in weights.items()}


def widest(lanes: list[Weights]) -> Shapes:
    """Return the shapes that hold every lane's weights."""
    return {
        name: torch.Size(map(max, zip(*(lane[name].shape for lane in lanes), strict=True)))
        for name in lanes[0]
    }


def padding_of(slabs: Weights, lane: int, like: Weights) -> Weights:
    """Return a lane's slabs with its own weights, the corner at the origin, cut out."""
    rest = {name: slab[lane].clone() for name, slab in slabs.items()}
    for name, weight in like.items():
        rest[name][tuple(slice(size) for size in weight.shape)] = 0
    return rest


@pytest.mark.parametrize("model", RECIPES)
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_crop_is_the_inverse_of_stack(model: str, data: st.DataObject) -> None:
    """Every lane gets back what it put in; what it did not put in is 0."""
    own = data.draw(lanes(model))
    slabs = stack(own, widest(own))
    for lane, weights in enumerate(own):
        assert set(slabs) == set(weights)
        cropped = crop(slabs, lane, shapes(weights))
        assert all(torch.equal(cropped[name], weight) for name, weight in weights.items())
        assert not any(rest.any() for rest in padding_of(slabs, lane, weights).values())


def test_a_crop_is_a_copy() -> None:
    """What is saved does not change when training goes on."""
    own = dict(build(Architecture("mlp", (3, 2)), 0).state_dict())
    slabs = stack([own], shapes(own))
    cropped = crop(slabs, 0, shapes(own))
    for slab in slabs.values():
        slab.zero_()
    assert all(torch.equal(cropped[name], weight) for name, weight in own.items())


@pytest.mark.parametrize("model", RECIPES)
@given(data=st.data())
@settings(deadline=None, max_examples=8)
def test_padding_is_inert(model: str, data: st.DataObject) -> None:
    """Trained with dropout, decay, smoothing and whatever schedule, padding is exactly 0."""
    recipe = RECIPES[model]
    trials = data.draw(st.lists(configs(recipe), min_size=2, max_size=4))
    cohort = Cohort.start(trials)
    advance(cohort, small_images(), recipe.epochs)
    moments, squares = (
        dict(zip(cohort.weights, cohort.state.slots[slot], strict=True))
        for slot in ("moments", "squares")
    )
    for lane, config in enumerate(trials):
        like = contents(build(architecture_of(config), config.seed))
        for slabs in (cohort.weights, cohort.best, moments, squares):
            assert not any(rest.any() for rest in padding_of(slabs, lane, like).values())


def test_lanes_start_at_their_true_widths_from_their_own_seeds() -> None:
    """A lane's first weights are those of its module alone, whoever sits beside it."""
    trials = [make_config(1, widths=(9, 4)), make_config(2, widths=(3, 7))]
    cohort = Cohort.start(trials)
    assert cohort.architecture == Architecture("mlp", (9, 7))
    for lane, config in enumerate(trials):
        own = build(architecture_of(config), config.seed).state_dict()
        for weights in (cohort.weights, cohort.best):
            cropped = crop(weights, lane, shapes(dict(own)))
            assert all(torch.equal(cropped[name], weight) for name, weight in own.items())


def test_one_lane_runs_plain_and_more_as_one_program() -> None:
    """The rendering follows from the size of the cohort."""
    one, two = ([make_config(seed) for seed in range(lanes)] for lanes in (1, 2))
    assert isinstance(render(Cohort.start(one), small_images()), Plain)
    assert isinstance(render(Cohort.start(two), small_images()), Vmapped)


def test_plain_refuses_more_than_one_lane() -> None:
    """It could only train the first."""
    with pytest.raises(ValueError, match="too many values"):
        Plain(Cohort.start([make_config(), make_config(1)]), small_images())
