"""Optuna's PyTorch example, as it is published, recorded in MLflow by hand; no workers.

Kept as there: ToTensor an image, a DataLoader that is left as soon as there were enough batches,
plain ``torch.optim``, and the space. Its images are read once for all trials, and in the place of
the test images it validates on the last of the training images. Nothing is pruned. Run as a module,
``python -m experiments.bench.published DATA SOURCE FOLDER TRIALS``, it is the whole command.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision import transforms

from experiments.bench.notebook import PilImages
from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.parameters import arguments_of, network_parameters

if TYPE_CHECKING:
    import optuna

__all__ = ["define_model", "search_published", "train_published"]

RECIPE = Recipe(epochs=10, train_images=3_840, valid_images=1_280, batch_size=128)
HELD_BACK = 10_000  # images, as many as the test part has
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}

Batches = DataLoader[tuple[Tensor, int]]


class ToTensorImages(PilImages):
    """Images between 0 and 1, as PIL and ``ToTensor`` make them."""

    def __init__(self, images: Images) -> None:
        super().__init__(images)
        self.transform = transforms.ToTensor()


def define_model(config: TrialConfig, pixels: int = 28 * 28, classes: int = 10) -> nn.Sequential:
    """Return the network of a trial: after each hidden layer a ReLU, then dropout."""
    known = network_parameters(config.recipe.model)
    values = {name: one.default for name, one in known.items()}
    values |= dict(zip(known, config.arguments, strict=False))
    values["dropout"] = config.hyper.dropout
    layers, before = list[nn.Module](), pixels
    for layer in ("", "2", "3")[: int(str(values["depth"]))]:
        units = int(str(values[f"hidden{layer}"]))
        rate = float(str(values[f"dropout{layer}"]))
        layers += [nn.Linear(before, units), nn.ReLU(), nn.Dropout(rate)]
        before = units
    return nn.Sequential(*layers, nn.Linear(before, classes), nn.LogSoftmax(dim=1))


def train_published(
    images: Images, config: TrialConfig, on_epoch: Callable[[float, int], None]
) -> nn.Sequential:
    """Train a trial; return its network.

    Args:
        images: to train and validate on.
        config: the trial.
        on_epoch: is told the validation accuracy after each epoch, and which, from 0.
    """
    recipe, data = config.recipe, ToTensorImages(images)
    first_held = len(data) - min(HELD_BACK, len(data) // 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        train_batches = _batches(Subset(data, range(first_held)), recipe.batch_size)
        valid_batches = _batches(Subset(data, range(first_held, len(data))), recipe.batch_size)
        model = define_model(config)
        kind = getattr(optim, OPTIMIZERS[recipe.optimizer])
        optimizer: optim.Optimizer = kind(model.parameters(), lr=config.hyper.lr)
        for epoch in range(recipe.epochs):
            _train(model, train_batches, optimizer, recipe.train_images)
            on_epoch(_validate(model, valid_batches, recipe.valid_images), epoch)
    return model


def _batches(data: Dataset[tuple[Tensor, int]], batch_size: int) -> Batches:
    return DataLoader(data, batch_size=batch_size, shuffle=True)


def _train(model: nn.Module, batches: Batches, optimizer: optim.Optimizer, enough: int) -> None:
    model.train()
    seen = 0
    for images, labels in batches:
        if seen >= enough:
            break
        optimizer.zero_grad()
        loss = F.nll_loss(model(images.view(images.size(0), -1)), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        seen += len(labels)


def _validate(model: nn.Module, batches: Batches, enough: int) -> float:
    model.eval()
    correct = seen = 0
    with torch.no_grad():
        for images, labels in batches:
            if seen >= enough:
                break
            answers = model(images.view(images.size(0), -1)).argmax(dim=1)
            correct += int(answers.eq(labels).sum().item())
            seen += len(labels)
    return correct / seen


# The whole command --------------------------------------------------------------------------------


def search_published(images: Images, recipe: Recipe, folder: Path, trials: int) -> None:
    """Search as the example does, with its trials in sqlite, and record each in MLflow by hand.

    Of a trial it records its parameters, the accuracy after each epoch, and its weights.
    """
    import mlflow
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("example", artifact_location=str(folder / "artifacts"))
    mlflow.set_experiment("example")
    weights = folder / "model.pt"

    def objective(trial: optuna.Trial) -> float:
        config, accuracies = _suggested(trial, recipe), list[float]()

        def on_epoch(accuracy: float, epoch: int) -> None:
            accuracies.append(accuracy)
            trial.report(accuracy, epoch)
            mlflow.log_metric("accuracy", accuracy, step=epoch)

        with mlflow.start_run(run_name=f"trial {trial.number}"):
            mlflow.log_params(trial.params)
            torch.save(train_published(images, config, on_epoch).state_dict(), weights)
            mlflow.log_artifact(str(weights))
        return accuracies[-1]

    study = optuna.create_study(direction="maximize", storage=f"sqlite:///{folder}/optuna.db")
    study.optimize(objective, n_trials=trials)


def _suggested(trial: "optuna.Trial", recipe: Recipe) -> TrialConfig:
    values: dict[str, int | float] = {"depth": trial.suggest_int("depth", 1, 3)}
    rates = list[float]()
    for layer in ("", "2", "3")[: int(values["depth"])]:
        values[f"hidden{layer}"] = trial.suggest_int(f"hidden{layer}", 4, 128)
        rates.append(trial.suggest_float(f"dropout{layer}", 0.2, 0.5))
    values |= {f"dropout{layer}": rate for layer, rate in zip("23", rates[1:], strict=False)}
    optimizer = trial.suggest_categorical("optimizer", sorted(OPTIMIZERS))
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    return TrialConfig(
        recipe=replace(recipe, optimizer=optimizer),
        arguments=arguments_of("mlp", values),
        hyper=Hyper(lr=lr, dropout=rates[0]),
        seed=trial.number,
        split_seed=0,
    )


def main(data: str, source: str, folder: str, trials: str) -> None:
    """Read the images and search; see ``search_published``."""
    torch.set_num_threads(1)  # for steps as small as these, several wait more than they help
    images = Sources(folder=Path(data), beside=Path.cwd()).open(source).load("train")
    search_published(images, RECIPE, Path(folder), int(trials))


if __name__ == "__main__":
    main(*sys.argv[1:])
