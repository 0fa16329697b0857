"""A small convolutional network after LeNet."""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.config import Width
from fashion_bench.models.layers import Drop, keep_all


class CNN(nn.Module):
    """Two 5x5 convolutions, each pooled by 2, then one hidden dense layer; ReLU throughout.

    Its arguments are what a file may set.
    """

    def __init__(
        self,
        channels: Annotated[Width, "channels of the first convolution, on 28x28"] = 16,
        channels2: Annotated[Width, "channels of the second convolution, on 14x14"] = 32,
        hidden: Annotated[Width, "units of the dense layer, which dropout acts on"] = 128,
    ) -> None:
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
