"""The loop of Optuna's PyTorch example, as it is published: images one by one, no workers.

Kept as there: ToTensor an image, a DataLoader that is left as soon as there were enough batches,
plain ``torch.optim``. It is given trials instead of drawing them, its images are read once for all
of them, and in the place of the test images it validates on the last of the training images.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision import transforms

from experiments.bench.notebook import PilImages
from fashion_bench.config import TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.parameters import network_parameters

__all__ = ["define_model", "train_published"]

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


def train_published(images: Images, config: TrialConfig) -> list[float]:
    """Train a trial; return its validation accuracy after each epoch."""
    recipe, data = config.recipe, ToTensorImages(images)
    first_held = len(data) - min(HELD_BACK, len(data) // 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        train_batches = _batches(Subset(data, range(first_held)), recipe.batch_size)
        valid_batches = _batches(Subset(data, range(first_held, len(data))), recipe.batch_size)
        model = define_model(config)
        kind = getattr(optim, OPTIMIZERS[recipe.optimizer])
        optimizer: optim.Optimizer = kind(model.parameters(), lr=config.hyper.lr)
        accuracies = []
        for _ in range(recipe.epochs):
            _train(model, train_batches, optimizer, recipe.train_images)
            accuracies.append(_validate(model, valid_batches, recipe.valid_images))
    return accuracies


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
