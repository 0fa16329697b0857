"""A plain training loop, written well: images in memory, torch's fused Adam, nothing else.

It records what the notebook records, but keeps its sums in tensors, and it keeps the weights of
the best epoch.
"""

import time
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.config import Recipe
from fashion_bench.data.images import Images
from fashion_bench.records import Epoch

__all__ = ["Rows", "rows_of", "train_plain"]

Rows = tuple[Tensor, Tensor]
"""Normalised float images [N, 784] and labels [N]."""

EVALUATED = 1_000  # images at a time: their activations stay in the cache


def rows_of(images: Images) -> Rows:
    """Normalise all images once: 188 MB of floats for 60,000."""
    pixels = images.pixels.flatten(1).to(torch.float32)
    return pixels.div_(255).sub_(images.mean[0]).div_(images.std[0]), images.labels


def train_plain(
    rows: Rows, recipe: Recipe, *, seed: int = 1234, dropout: float = 0.0
) -> tuple[list[Epoch], dict[str, Tensor]]:
    """Train the notebook's network where the images are.

    Returns:
        Its history and the weights of its best epoch.
    """
    device = rows[0].device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = torch.randperm(len(rows[1]))
        train, valid = order[: recipe.train_images], order[-recipe.valid_images :].to(device)
        network = _network(dropout).to(device)
        optimizer = torch.optim.Adam(network.parameters(), fused=True)
        history: list[Epoch] = []
        best: dict[str, Tensor] = {}
        for epoch in range(1, recipe.epochs + 1):
            started = time.perf_counter()
            epoch_order = train[torch.randperm(len(train))].to(device)
            batches = torch.split(epoch_order, recipe.batch_size)
            train_loss, train_accuracy = _train(network, optimizer, rows, batches)
            valid_loss, valid_accuracy = _evaluate(network, rows, torch.split(valid, EVALUATED))
            if all(valid_loss < earlier.valid_loss for earlier in history):
                best = {name: value.clone() for name, value in network.state_dict().items()}
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
    return history, best


def _network(dropout: float) -> nn.Module:
    between = [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(
        nn.Linear(784, 250), *between, nn.ReLU(), nn.Linear(250, 100), nn.ReLU(), nn.Linear(100, 10)
    )


def _train(
    network: nn.Module, optimizer: torch.optim.Optimizer, rows: Rows, batches: Sequence[Tensor]
) -> tuple[float, float]:
    images, labels = rows
    total_loss = torch.zeros((), device=images.device)
    correct = torch.zeros((), dtype=torch.int64, device=images.device)
    network.train()
    for batch in batches:
        answers = labels[batch]
        logits = network(images[batch])
        loss = F.cross_entropy(logits, answers)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total_loss += loss.detach() * len(batch)
        correct += (logits.argmax(1) == answers).sum()
    trained = sum(map(len, batches))
    return total_loss.item() / trained, correct.item() / trained


@torch.inference_mode()
def _evaluate(network: nn.Module, rows: Rows, batches: Sequence[Tensor]) -> tuple[float, float]:
    images, labels = rows
    network.eval()
    logits = torch.cat([network(images[batch]) for batch in batches])
    answers = labels[torch.cat(list(batches))]
    correct = (logits.argmax(1) == answers).float().mean()
    return F.cross_entropy(logits, answers).item(), correct.item()
