"""The loop of Optuna's example, and the study that is measured beside it."""

from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from mlflow.tracking import MlflowClient
from optuna.distributions import FloatDistribution, IntDistribution
from torch import nn

from experiments.bench import optuna_example
from experiments.bench.cases import Options
from experiments.bench.optuna_example import (
    OURS,
    PUBLISHED,
    SHIPPED,
    measure_optuna_example,
    run_ours,
    run_published,
)
from experiments.bench.page import Spread
from experiments.bench.published import (
    RECIPE,
    define_model,
    train_published,
)
from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.data.synthetic import draw_images
from fashion_bench.dimensions import Range
from fashion_bench.parameters import arguments_of
from fashion_bench.search.resolve import load_file
from tests.training.one_thread import one_thread as one_thread

RECIPE_OF_TESTS = Recipe(
    epochs=2, source="synthetic", train_images=640, valid_images=160, batch_size=32, optimizer="sgd"
)
DEPTH_2 = {"depth": 2, "hidden": 48, "hidden2": 24, "dropout2": 0.5}


def config_of(**changes: Any) -> TrialConfig:
    """Return a trial of two layers."""
    recipe, hyper = replace(RECIPE_OF_TESTS, **changes), Hyper(lr=0.05, dropout=0.25)
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
    accuracies, again = list[float](), list[float]()
    train_published(images, config, lambda accuracy, _: accuracies.append(accuracy))
    train_published(images, config, lambda accuracy, _: again.append(accuracy))
    assert len(accuracies) == 4
    assert accuracies[-1] > 0.3
    assert accuracies == again


def test_an_epoch_is_of_as_many_images_as_the_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as there were enough it stops, as published."""
    seen: dict[bool, int] = {True: 0, False: 0}
    forward = nn.LogSoftmax.forward

    def count(layer: nn.LogSoftmax, logits: torch.Tensor) -> torch.Tensor:
        seen[layer.training] += len(logits)
        return forward(layer, logits)

    monkeypatch.setattr(nn.LogSoftmax, "forward", count)
    train_published(draw_images("train", 2_000), config_of(), lambda *_: None)
    assert seen == {True: 2 * 640, False: 2 * 160}


def test_the_study_is_the_shipped_one(tmp_path: Path) -> None:
    """But for how many trials; the example by hand has as many images and epochs."""
    shipped = load_file(SHIPPED).plan
    plan = load_file(optuna_example.write_example(tmp_path, "fashion_mnist", 16)).plan
    assert replace(plan, trials_per_arm=100) == shipped
    recipe = shipped.recipe
    of_both = ("epochs", "train_images", "valid_images", "batch_size")
    assert [getattr(RECIPE, name) for name in of_both] == [
        getattr(recipe, name) for name in of_both
    ]


def test_both_are_measured_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs over seconds of each command; ratios are taken by round."""
    asked: list[str] = []

    def run(folder: Path, options: Options, trials: int, *, name: str, epochs: int) -> int:
        assert (folder.exists(), trials) == (True, 20)
        asked.append(name)
        return epochs

    ticks = count()
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))
    monkeypatch.setattr(optuna_example, "run_published", partial(run, name="theirs", epochs=60))
    monkeypatch.setattr(optuna_example, "run_ours", partial(run, name="ours", epochs=300))
    options = Options(trial=RECIPE_OF_TESTS, data=Path(), rounds=2, study=20)
    (table,) = measure_optuna_example(options)
    assert asked == ["theirs", "ours"] * 2
    published, ours = table.rows
    assert (published["what"], ours["what"]) == (PUBLISHED, OURS)
    for row, second, ratio in ((published, 60.0, 1.0), (ours, 300.0, 5.0)):
        told, divided = row["epochs a second"], row["÷ published"]
        assert isinstance(told, Spread)
        assert isinstance(divided, Spread)
        assert (told.values, divided.values) == ((second,) * 2, (ratio,) * 2)
    assert "n = 2" in table.notes


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's, by SQLAlchemy
def test_the_example_is_recorded_by_hand(tmp_path: Path) -> None:
    """It searches the study's space; MLflow has parameters and the weights of each trial."""
    options = Options(trial=RECIPE_OF_TESTS, data=tmp_path)
    assert run_published(tmp_path, options, 2) == 2 * RECIPE.epochs
    space = load_file(SHIPPED).plan.arms[0].space
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path}/optuna.db")
    for trial in study.trials:
        assert trial.params.keys() <= space.keys()
        assert len(trial.intermediate_values) == RECIPE.epochs
        for name, distribution in trial.distributions.items():
            dimension = space[name]
            if isinstance(dimension, Range):
                assert isinstance(distribution, IntDistribution | FloatDistribution)
                assert (distribution.low, distribution.high) == (dimension.low, dimension.high)
    runs = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db").search_runs(["1"])
    recorded = [sorted(run.data.params) for run in runs]
    assert sorted(recorded) == sorted(sorted(trial.params) for trial in study.trials)
    assert len(list((tmp_path / "artifacts").rglob("model.pt"))) == len(study.trials) == 2


def test_our_command_runs(tmp_path: Path) -> None:
    """On made-up images; it tells the epochs that were trained."""
    options = Options(trial=RECIPE_OF_TESTS, data=tmp_path)
    assert 0 < run_ours(tmp_path, options, 4) <= 4 * RECIPE.epochs
