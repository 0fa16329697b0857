"""The notebook's multilayer perceptron: 784-250-100-10."""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from fashion_bench.config import Width
from fashion_bench.models.layers import Drop, keep_all


class MLP(nn.Module):
    """784-hidden-hidden2-10 with ReLU; 222,360 parameters at the default widths.

    Its arguments are what a file may set.
    """

    def __init__(
        self,
        hidden: Annotated[Width, "units of the first hidden layer, which dropout acts on"] = 250,
        hidden2: Annotated[Width, "units of the second hidden layer"] = 100,
    ) -> None:
        super().__init__()
        self.input_fc = nn.Linear(28 * 28, hidden)
        self.hidden_fc = nn.Linear(hidden, hidden2)
        self.output_fc = nn.Linear(hidden2, 10)

    def forward(self, images: Tensor, drop: Drop = keep_all) -> Tensor:
        """Return logits [B, 10] of normalised images [B, 28, 28] (or [B, 1, 28, 28])."""
        hidden = F.relu(drop(self.input_fc(images.flatten(1)), 0))
        hidden2 = F.relu(self.hidden_fc(hidden))
        logits: Tensor = self.output_fc(hidden2)
        return logits
