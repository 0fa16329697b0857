"""The teaching notebook's own training, top to bottom: what everything here is compared with.

Kept as a learner writes it with torchvision: images one by one through PIL and transforms, a
DataLoader without workers, Adam with its defaults, figures fetched after every batch.
"""

import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import inf

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset, random_split
from torchvision import transforms

from fashion_bench.data.images import Images
from fashion_bench.records import Epoch

__all__ = ["Notebook", "PilImages", "run_notebook"]

BATCH_SIZE = 64

Batches = DataLoader[tuple[Tensor, int]]


@dataclass(frozen=True, slots=True)
class Notebook:
    """What the notebook ends with.

    Attributes:
        history: its epochs; as in the notebook, means over batches of unequal size.
        test_accuracy: of the best checkpoint, a fraction 0-1; ``None`` when not tested.
    """

    history: tuple[Epoch, ...]
    test_accuracy: float | None


class PilImages(Dataset[tuple[Tensor, int]]):
    """Images as ``torchvision.datasets.FashionMNIST`` hands them out: PIL, then transforms."""

    def __init__(self, images: Images) -> None:
        self.pixels, self.labels = images.pixels, images.labels
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(images.mean, images.std)]
        )

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self.pixels[index].numpy())
        return self.transform(image), int(self.labels[index])

    def __len__(self) -> int:
        return len(self.labels)


class MLP(nn.Module):
    """784-250-100-10 with ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.input_fc = nn.Linear(28 * 28, 250)
        self.hidden_fc = nn.Linear(250, 100)
        self.output_fc = nn.Linear(100, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits [B, 10] of images [B, 1, 28, 28]."""
        hidden = F.relu(self.input_fc(images.view(images.shape[0], -1)))
        hidden2 = F.relu(self.hidden_fc(hidden))
        logits: Tensor = self.output_fc(hidden2)
        return logits


def run_notebook(
    images: Images,
    test: Images | None = None,
    *,
    seed: int = 1234,
    epochs: int = 10,
    lengths: Sequence[int] = (54_000, 6_000),
) -> Notebook:
    """Run the notebook.

    Args:
        images: what is split at random.
        test: opened at the end, with the best checkpoint; left out when ``None``.
        seed: of the split, the weights and the order of the batches.
        epochs: how many.
        lengths: images to train on and to validate on; what is left over is not used.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rest = len(images.labels) - sum(lengths)
        train_data, valid_data, _ = random_split(PilImages(images), [*lengths, rest])
        train_batches: Batches = DataLoader(train_data, batch_size=BATCH_SIZE, shuffle=True)
        valid_batches: Batches = DataLoader(valid_data, batch_size=BATCH_SIZE)

        model = MLP()
        optimizer = optim.Adam(model.parameters())
        criterion = nn.CrossEntropyLoss()
        best_valid_loss, best = inf, model.state_dict()
        history = []

        for epoch in range(1, epochs + 1):
            started = time.perf_counter()
            train_loss, train_accuracy = train(model, train_batches, optimizer, criterion)
            valid_loss, valid_accuracy = evaluate(model, valid_batches, criterion)
            if valid_loss < best_valid_loss:
                best_valid_loss, best = valid_loss, deepcopy(model.state_dict())
            history.append(
                Epoch(
                    epoch=epoch,
                    train_loss=train_loss,
                    train_accuracy=train_accuracy,
                    valid_loss=valid_loss,
                    valid_accuracy=valid_accuracy,
                    seconds=time.perf_counter() - started,
                    ended_at=time.time(),
                )
            )

    if test is None:
        return Notebook(tuple(history), None)
    model.load_state_dict(best)
    _, test_accuracy = evaluate(
        model, DataLoader(PilImages(test), batch_size=BATCH_SIZE), criterion
    )
    return Notebook(tuple(history), test_accuracy)


def train(
    model: nn.Module, batches: Batches, optimizer: optim.Optimizer, criterion: nn.Module
) -> tuple[float, float]:
    """Train for an epoch; return the mean loss and accuracy of its batches."""
    epoch_loss, epoch_accuracy = 0.0, 0.0
    model.train()
    for images, labels in batches:
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
        epoch_accuracy += calculate_accuracy(logits, labels).item()
    return epoch_loss / len(batches), epoch_accuracy / len(batches)


def evaluate(model: nn.Module, batches: Batches, criterion: nn.Module) -> tuple[float, float]:
    """Return the mean loss and accuracy of the batches."""
    epoch_loss, epoch_accuracy = 0.0, 0.0
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            epoch_loss += criterion(logits, labels).item()
            epoch_accuracy += calculate_accuracy(logits, labels).item()
    return epoch_loss / len(batches), epoch_accuracy / len(batches)


def calculate_accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the fraction of the labels that are answered."""
    return (logits.argmax(1) == labels).float().mean()
