"""The notebook's training written out with torch's own parts: what the core has to agree with.

From the package come only the split, the initial weights, the batch order and the dropout noise.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from fashion_bench.config import Schedule, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.split import draw_split, epoch_order
from fashion_bench.models import Architecture, build
from fashion_bench.models.layers import counters, dropout, noise_key
from fashion_bench.rng import derive
from tests.networks import widths_of

Batch = tuple[Tensor, Tensor]


class Network(nn.Module):
    """784-250-100-10 with ReLU; dropout between the hidden layers, before the activation."""

    def __init__(self, hidden: int, hidden2: int) -> None:
        super().__init__()
        self.input_fc = nn.Linear(28 * 28, hidden)
        self.hidden_fc = nn.Linear(hidden, hidden2)
        self.output_fc = nn.Linear(hidden2, 10)

    def forward(self, images: Tensor, mask: Tensor) -> Tensor:
        """Return logits; ``mask`` is 0 or 1 / (1 - rate)."""
        hidden = F.relu(self.input_fc(images.flatten(1)) * mask)
        logits: Tensor = self.output_fc(F.relu(self.hidden_fc(hidden)))
        return logits


class Reference:
    """One trial in float64."""

    def __init__(self, config: TrialConfig, images: Images) -> None:
        self.config, self.images = config, images
        self.split = draw_split(
            config.split_seed,
            total=len(images.labels),
            train_images=config.recipe.train_images,
            valid_images=config.recipe.valid_images,
        )
        self.network = Network(*widths_of(config))
        initial = build(Architecture("mlp", config.arguments), config.seed)
        self.network.load_state_dict(initial.state_dict())
        self.network.double()
        self.optimizer = _optimizer(config, self.network)
        self.scheduler = _scheduler(config, self.optimizer)
        self.steps = 0

    def batches(self, epoch: int) -> Iterator[Tensor]:
        """Yield the rows of each batch of an epoch, counted from 1."""
        order = epoch_order(self.config.order, epoch, self.config.recipe.train_images)
        yield from torch.split(self.split.train[order], self.config.recipe.batch_size)

    def step(self, rows: Tensor) -> tuple[float, int]:
        """Train on a batch; return its summed cross entropy and number of correct answers."""
        images, labels = self._normalised(rows)
        logits = self.network(images, self._mask(len(labels)))
        smoothing = self.config.hyper.label_smoothing
        self.optimizer.zero_grad()
        torch.autograd.backward(F.cross_entropy(logits, labels, label_smoothing=smoothing))
        self.optimizer.step()
        self.scheduler.step()
        self.steps += 1
        return _score(logits, labels)

    def validate(self) -> tuple[float, int]:
        """Return the summed cross entropy and correct answers over the validation images."""
        images, labels = self._normalised(self.split.valid)
        with torch.no_grad():
            return _score(self.network(images, torch.ones(())), labels)

    def _normalised(self, rows: Tensor) -> Batch:
        pixels = self.images.pixels[rows].double() / 255
        return (pixels - self.images.mean[0]) / self.images.std[0], self.images.labels[rows]

    def _mask(self, rows: int) -> Tensor:
        units = widths_of(self.config)[0]
        ones = torch.ones(rows, units, dtype=torch.float64)
        base = derive("dropout", self.config.noise, bits=31)
        key = noise_key(*torch.tensor([base, self.steps], dtype=torch.int32))
        rate = torch.tensor(self.config.hyper.dropout, dtype=torch.float64)
        return dropout(ones, rate, key, counters(rows, units, ones.device))


def _score(logits: Tensor, labels: Tensor) -> tuple[float, int]:
    loss = F.cross_entropy(logits, labels, reduction="sum")
    return loss.item(), int((logits.argmax(1) == labels).sum())


def _optimizer(config: TrialConfig, network: nn.Module) -> torch.optim.Optimizer:
    lr, decay = config.hyper.lr, config.hyper.weight_decay
    if decay == 0:
        return torch.optim.Adam(network.parameters(), lr=lr)
    return torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=decay)


def _scheduler(config: TrialConfig, optimizer: torch.optim.Optimizer) -> LRScheduler:
    return make_scheduler(
        config.hyper.schedule,
        optimizer,
        peak=config.hyper.lr,
        steps=config.recipe.epochs * config.recipe.steps_per_epoch,
    )


def make_scheduler(
    schedule: Schedule, optimizer: torch.optim.Optimizer, *, peak: float, steps: int
) -> LRScheduler:
    """Return torch's scheduler of this name, stepped once a step."""
    if schedule == "cosine":
        return CosineAnnealingLR(optimizer, T_max=steps)
    if schedule == "one_cycle":
        return OneCycleLR(optimizer, max_lr=peak, total_steps=steps, cycle_momentum=False)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
