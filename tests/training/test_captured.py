"""The captured epoch: the numbers of the vmapped steps, without the CPU between them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from fashion_bench.config import Recipe, TrialConfig
from fashion_bench.training import loop
from fashion_bench.training.cohort import Cohort
from tests.training.mock_gpu import Gpu
from tests.training.mock_gpu import gpu as gpu
from tests.training.one_thread import one_thread as one_thread
from tests.training.small import CNN_RECIPE, RECIPE, make_config, small_images

HYPERS: list[dict[str, Any]] = [
    {"dropout": 0.3, "clip": 1.0},
    {"weight_decay": 0.1, "schedule": "cosine"},
    {"label_smoothing": 0.1, "lr": 3e-3, "schedule": "one_cycle"},
]
WIDTHS = {"mlp": [(8, 4), (5, 6), (8, 6)], "cnn": [(3, 4, 8), (2, 4, 8), (3, 3, 6)]}


def trials(recipe: Recipe) -> list[TrialConfig]:
    """Return trials that differ in whatever lanes of one cohort may differ in."""
    return [
        make_config(seed, recipe=recipe, widths=widths, split_seed=seed % 2, **hyper)
        for seed, (widths, hyper) in enumerate(zip(WIDTHS[recipe.model], HYPERS, strict=True))
    ]


def trained(configs: Sequence[TrialConfig], engine: str) -> Cohort:
    """Train a cohort to its end in float64, with validation's last chunk smaller."""
    cohort = Cohort.start(configs, dtype=torch.float64)
    loop.advance(cohort, small_images(), configs[0].recipe.epochs, engine=engine)
    return cohort


def figures(cohort: Cohort) -> list[list[float]]:
    """Return what every epoch of every lane came to."""
    return [
        [e.train_loss, e.train_accuracy, e.valid_loss, e.valid_accuracy]
        for history in cohort.histories
        for e in history
    ]


def assert_equal(one: Cohort, other: Cohort) -> None:
    """Figures, weights, buffers, slots and the best weights agree."""
    for name in ("weights", "buffers", "best"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.state.slots, other.state.slots, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        torch.tensor(figures(one)), torch.tensor(figures(other)), rtol=1e-12, atol=1e-12
    )
    assert figures(one)


@pytest.fixture(params=["captured", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, gpu: Gpu) -> str:
    """An engine that captures; what would be compiled is run as it is."""
    monkeypatch.setattr(torch, "compile", lambda take, **_: take)
    monkeypatch.setattr(loop, "chunk_of", lambda _: 24)
    name: str = request.param
    return name


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad"])
@pytest.mark.parametrize("recipe", [RECIPE, CNN_RECIPE], ids=lambda recipe: recipe.model)
def test_it_is_the_vmapped_program(engine: str, gpu: Gpu, recipe: Recipe, optimizer: str) -> None:
    """With each optimizer, lanes that differ, a short last batch and a short last chunk."""
    configs = trials(replace(recipe, optimizer=optimizer, epochs=2))
    assert_equal(trained(configs, engine), trained(configs, "eager"))
    steps, batch = recipe.steps_per_epoch, recipe.batch_size
    assert [graph.replays for graph in gpu.graphs] == [2 * (steps - 1), 2, 4, 2]
    assert recipe.train_images % batch
