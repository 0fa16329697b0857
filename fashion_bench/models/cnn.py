"""A small convolutional network after LeNet."""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.config import Activation, Width
from fashion_bench.models.layers import Drop, activate, keep_all


class CNN(nn.Module):
    """Two convolutions, each pooled by 2, then one hidden dense layer; 5x5 and ReLU by default.

    Its arguments are what a file may set.

    Attributes:
        onednn: whether maps are laid out as oneDNN's kernels want them, which takes ReLU; whoever
            runs the network sets it (``training.shortcut``).
    """

    onednn = False

    def __init__(
        self,
        channels: Annotated[Width, "channels of the first convolution"] = 16,
        channels2: Annotated[Width, "channels of the second, on half as many pixels a side"] = 32,
        hidden: Annotated[Width, "units of the dense layer, which dropout acts on"] = 128,
        kernel: Annotated[Literal[1, 3, 5, 7], "pixels a side of a convolution's kernels"] = 5,
        activation: Annotated[Activation, "what lies behind each layer"] = "relu",
        *,
        shape: tuple[int, ...] = (1, 28, 28),
        classes: int = 10,
    ) -> None:
        super().__init__()
        if len(shape) != 3 or min(shape[1:]) < 4:
            raise ValueError(f"images of 4x4 pixels or more are needed, these are {shape}")
        self.shape, self.activation = shape, activation
        depth, height, width = shape
        self.conv1 = nn.Conv2d(depth, channels, kernel_size=kernel, padding=kernel // 2)
        self.conv2 = nn.Conv2d(channels, channels2, kernel_size=kernel, padding=kernel // 2)
        self.hidden_fc = nn.Linear(channels2 * (height // 4) * (width // 4), hidden)
        self.output_fc = nn.Linear(hidden, classes)

    def forward(self, images: Tensor, drop: Drop = keep_all) -> Tensor:
        """Return logits [B, classes] of normalised images [B, channels, height, width]."""
        maps = images.reshape(-1, *self.shape)
        maps = maps.to_mkldnn() if self.onednn else maps
        maps = self._pooled(self._pooled(maps, self.conv1), self.conv2)
        maps = maps.to_dense() if self.onednn else maps
        hidden = activate(self.activation, drop(self.hidden_fc(maps.flatten(1)), 0))
        logits: Tensor = self.output_fc(hidden)
        return logits

    def _pooled(self, maps: Tensor, convolution: nn.Conv2d) -> Tensor:
        """Convolve, activate and pool by 2.

        Behind the pooling ReLU has a quarter of the work and the same result, as it never reverses
        an order; in torch's own layout that saves nothing.
        """
        maps = convolution(maps)
        if self.onednn:
            return F.relu(F.max_pool2d(maps, 2, stride=2))
        return F.max_pool2d(activate(self.activation, maps), 2)
