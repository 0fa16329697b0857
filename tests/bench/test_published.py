"""The loop of Optuna's example, and the study that is measured beside it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from experiments.bench import optuna_example
from experiments.bench.cases import Options
from experiments.bench.optuna_example import OURS, SHIPPED, Ran, measure_optuna_example
from experiments.bench.page import Spread
from experiments.bench.published import define_model, train_published
from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.parameters import arguments_of
from fashion_bench.plan import ArmPlan
from fashion_bench.search.resolve import load_file
from tests.training.one_thread import one_thread as one_thread

RECIPE = Recipe(
    epochs=2, source="synthetic", train_images=640, valid_images=160, batch_size=32, optimizer="sgd"
)
DEPTH_2 = {"depth": 2, "hidden": 48, "hidden2": 24, "dropout2": 0.5}


def config_of(**changes: Any) -> TrialConfig:
    """Return a trial of two layers."""
    recipe, hyper = replace(RECIPE, **changes), Hyper(lr=0.05, dropout=0.25)
    arguments = arguments_of("mlp", DEPTH_2)
    return TrialConfig(recipe=recipe, arguments=arguments, hyper=hyper, seed=1, split_seed=1)


def test_its_network_is_the_trials() -> None:
    """As deep and as wide, with dropout of each layer's own rate behind it."""
    kinds = [type(layer) for layer in define_model(config_of())]
    hidden = [nn.Linear, nn.ReLU, nn.Dropout]
    assert kinds == [*hidden, *hidden, nn.Linear, nn.LogSoftmax]
    network = list(define_model(config_of()))
    widths = [(one.in_features, one.out_features) for one in network if isinstance(one, nn.Linear)]
    assert widths == [(784, 48), (48, 24), (24, 10)]
    assert [one.p for one in network if isinstance(one, nn.Dropout)] == [0.25, 0.5]


@pytest.mark.parametrize(("optimizer", "lr"), [("adam", 3e-3), ("rmsprop", 1e-3), ("sgd", 0.1)])
def test_it_learns(optimizer: str, lr: float) -> None:
    """Each optimizer of the space; it validates after every epoch, and repeats itself."""
    config = config_of(optimizer=optimizer, epochs=4)
    config = replace(config, hyper=replace(config.hyper, lr=lr))
    images = draw_images("train", 2_000)
    accuracies = train_published(images, config)
    assert len(accuracies) == 4
    assert accuracies[-1] > 0.3
    assert accuracies == train_published(images, config)


def test_an_epoch_is_of_as_many_images_as_the_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as there were enough it stops, as published."""
    seen: dict[bool, int] = {True: 0, False: 0}
    forward = nn.LogSoftmax.forward

    def count(layer: nn.LogSoftmax, logits: torch.Tensor) -> torch.Tensor:
        seen[layer.training] += len(logits)
        return forward(layer, logits)

    monkeypatch.setattr(nn.LogSoftmax, "forward", count)
    train_published(draw_images("train", 2_000), config_of())
    assert seen == {True: 2 * 640, False: 2 * 160}


def space_of(arm: ArmPlan) -> tuple[object, ...]:
    """Return what an arm fixes and tunes."""
    return arm.fixed, arm.space


def test_the_study_is_the_shipped_one(tmp_path: Path) -> None:
    """But for how many trials, and in a hurry how long they are."""
    options = Options(trial=replace(RECIPE, source="fashion_mnist"), data=tmp_path)
    shipped = load_file(SHIPPED).plan
    plan = load_file(optuna_example.write_example(tmp_path, options, 16)).plan
    assert replace(plan, trials_per_arm=100) == shipped
    quick = replace(options, trial=RECIPE, quick=True)
    plan = load_file(optuna_example.write_example(tmp_path, quick, 8)).plan
    assert [space_of(arm) for arm in plan.arms] == [space_of(arm) for arm in shipped.arms]
    recipe = plan.recipe
    assert (recipe.epochs, recipe.train_images, recipe.valid_images) == (2, 640, 160)
    assert (recipe.source, recipe.batch_size, plan.pruner.name) == ("synthetic", 128, "none")


def test_both_are_measured_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop trains trials of the study, from first to last; ratios are taken by round."""
    configs = [replace(config_of(), seed=seed) for seed in range(20)]
    asked: list[object] = []

    def run(_: Options, trials: int) -> Ran:
        asked.append(trials)
        return Ran(start=5.0, seconds=30.0, epochs=150, configs=configs)

    def speed(_: Images, some: Sequence[TrialConfig]) -> float:
        asked.append([config.seed for config in some])
        return 60.0

    monkeypatch.setattr(optuna_example, "run_example", run)
    monkeypatch.setattr(optuna_example, "speed_of_loop", speed)
    options = Options(trial=RECIPE, data=Path(), rounds=2, study=20)
    (table,) = measure_optuna_example(options)
    some = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert asked == [20, some] * 2
    published, ours = table.rows
    assert (ours["what"], published["start, s"]) == (OURS, None)
    for row, minute, ratio in ((published, 60.0, 1.0), (ours, 300.0, 5.0)):
        told, divided = row["epochs a minute"], row["÷ published"]
        assert isinstance(told, Spread)
        assert isinstance(divided, Spread)
        assert (told.values, divided.values) == ((minute,) * 2, (ratio,) * 2)
    assert "n = 2" in table.notes
