"""Whatever a trial may be made of, a lane beside others is the lane alone, and goes on from a rung.

Depth, activation, a rate for each layer, every optimizer with its parameters, clipping,
augmentation: in float64, over whole trials.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fashion_bench.config import Hyper, ParamValue, TrialConfig
from fashion_bench.parameters import arguments_of
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance
from tests.training.small import (
    CNN_RECIPE,
    RECIPE,
    assert_equal,
    lanes_of,
    make_segment,
    resumed,
    small_images,
    train,
)

Lanes = list[dict[str, Any]]

MLP: dict[str, ParamValue] = {"hidden": 9, "hidden2": 7}
PROGRAMS: dict[str, tuple[dict[str, Any], Lanes]] = {
    "shallow": ({}, [{"depth": 1, "hidden": 6}, {"depth": 1, "hidden": 9, "dropout": 0.3}]),
    "deep": (
        {},
        [
            {**MLP, "depth": 4, "hidden3": 5, "dropout": 0.2, "dropout2": 0.4, "dropout4": 0.3},
            {**MLP, "depth": 4, "hidden3": 8, "hidden4": 6},
        ],
    ),
    "gelu": (
        {},
        [{**MLP, "activation": "gelu"}, {"hidden": 4, "hidden2": 3, "activation": "gelu"}],
    ),
    "sgd": (
        {"optimizer": "sgd"},
        [
            {**MLP, "momentum": 0.9, "nesterov": True, "lr": 0.05},
            {**MLP, "momentum": 0.5, "weight_decay": 0.1},
            MLP,
        ],
    ),
    "rmsprop": ({"optimizer": "rmsprop"}, [{**MLP, "alpha": 0.9}, {**MLP, "momentum": 0.8}]),
    "adagrad": ({"optimizer": "adagrad"}, [{**MLP, "eps": 1e-6}, MLP]),
    "adam": ({}, [{**MLP, "beta1": 0.8}, {**MLP, "beta2": 0.99, "eps": 1e-5}]),
    "clip": ({}, [{**MLP, "clip": 0.1}, {**MLP, "clip": 1.0}, MLP]),
    "flip+shift": ({"augment": "flip+shift"}, [MLP, {**MLP, "dropout": 0.2}]),
    "cnn": (
        {"model": "cnn"},
        [
            {"channels": 3, "channels2": 4, "hidden": 6, "kernel": 3, "activation": "tanh"},
            {"channels": 2, "channels2": 4, "hidden": 5, "kernel": 3, "activation": "tanh"},
        ],
    ),
}


def make(name: str) -> list[TrialConfig]:
    """The lanes of a program."""
    shared, lanes = PROGRAMS[name]
    recipe = replace(CNN_RECIPE if "model" in shared else RECIPE, **shared)
    hyper = Hyper.__dataclass_fields__
    optimizer = ("momentum", "nesterov", "alpha", "eps", "beta1", "beta2")
    return [
        TrialConfig(
            recipe=recipe,
            arguments=arguments_of(recipe.model, lane),
            hyper=Hyper(**{key: value for key, value in lane.items() if key in hyper}),
            seed=seed,
            split_seed=seed % 2,
            optimizer=tuple((key, lane[key]) for key in optimizer if key in lane),
        )
        for seed, lane in enumerate(lanes)
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_lane_beside_others_is_the_lane_alone(name: str) -> None:
    """Figures and weights, of its last and of its best epoch."""
    lanes = make(name)
    alone = [trained for lane in lanes for trained in train([lane])]
    assert_equal(train(lanes), alone, tolerance=1e-9)


@pytest.mark.parametrize("name", ["deep", "sgd", "rmsprop", "flip+shift"])
def test_saved_at_a_rung_it_goes_on_bit_equal(name: str, tmp_path: Path) -> None:
    """Every slot of an optimizer is saved, and what is drawn hangs on names alone."""
    lanes, store, images = make(name), CheckpointStore(tmp_path), small_images()
    first = Cohort.start(lanes, images=images)
    advance(first, images, 1)
    segment = make_segment(lanes, 1)
    for lane, trial in enumerate(segment.trials):
        store.save(first, lane, trial.trial_id, 1)
    advance(first, images, 2)
    second = Cohort.start(lanes, images=images)
    assert resumed(store, second, segment.trials, 1)
    advance(second, images, 2)
    assert_equal(lanes_of(second), lanes_of(first))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("flip+shift", {"augment": "none"}),
        ("flip+shift", {"augment": "flip"}),
        ("sgd", {"optimizer": "rmsprop"}),
    ],
)
def test_what_a_recipe_asks_for_is_done(name: str, change: dict[str, Any]) -> None:
    """Another recipe gives other weights."""
    lane = replace(make(name)[-1], optimizer=())
    (one,), (other,) = train([lane]), train([replace(lane, recipe=replace(lane.recipe, **change))])
    assert not all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights)
