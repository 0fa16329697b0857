"""A small convolutional network after LeNet."""

import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.models.layers import Drop, keep_all


class CNN(nn.Module):
    """Two 5x5 convolutions, each pooled by 2, then one hidden dense layer; ReLU throughout.

    Args:
        channels: of the first convolution, on 28x28.
        channels2: of the second, on 14x14.
        hidden: units of the dense layer, the one dropout acts on.
    """

    def __init__(self, channels: int = 16, channels2: int = 32, hidden: int = 128) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(channels, channels2, kernel_size=5, padding=2)
        self.hidden_fc = nn.Linear(channels2 * 7 * 7, hidden)
        self.output_fc = nn.Linear(hidden, 10)

    def forward(self, images: Tensor, drop: Drop = keep_all) -> Tensor:
        """Return logits [B, 10] of normalised images [B, 28, 28] (or [B, 1, 28, 28])."""
        maps = F.max_pool2d(F.relu(self.conv1(images.reshape(-1, 1, 28, 28))), 2)
        maps = F.max_pool2d(F.relu(self.conv2(maps)), 2)
        hidden = F.relu(drop(self.hidden_fc(maps.flatten(1)), 0))
        logits: Tensor = self.output_fc(hidden)
        return logits
