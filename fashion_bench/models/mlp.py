"""The notebook's multilayer perceptron: 784-250-100-10, and deeper or shallower ones."""

from math import prod
from typing import Annotated, Literal

from torch import Tensor, nn

from fashion_bench.config import Activation, Share, Where, Width
from fashion_bench.models.layers import Drop, activate, keep_all


class MLP(nn.Module):
    """784-hidden-hidden2-10 with ReLU; 222,360 parameters at the default arguments.

    Its arguments are what a file may set; ``dropout`` acts on the first hidden layer.
    """

    def __init__(
        self,
        hidden: Annotated[Width, "units of the first hidden layer, which dropout acts on"] = 250,
        hidden2: Annotated[
            Width, "units of the second hidden layer", Where("depth", least=2)
        ] = 100,
        depth: Annotated[Literal[1, 2, 3, 4, 5, 6], "hidden layers"] = 2,
        activation: Annotated[Activation, "what lies behind each hidden layer"] = "relu",
        hidden3: Annotated[Width, "units of the third", Where("depth", least=3)] = 100,
        hidden4: Annotated[Width, "units of the fourth", Where("depth", least=4)] = 100,
        hidden5: Annotated[Width, "units of the fifth", Where("depth", least=5)] = 100,
        hidden6: Annotated[Width, "units of the sixth", Where("depth", least=6)] = 100,
        dropout2: Annotated[
            Share, "as dropout, of the second hidden layer", Where("depth", least=2)
        ] = 0.0,
        dropout3: Annotated[Share, "as dropout, of the third", Where("depth", least=3)] = 0.0,
        dropout4: Annotated[Share, "as dropout, of the fourth", Where("depth", least=4)] = 0.0,
        dropout5: Annotated[Share, "as dropout, of the fifth", Where("depth", least=5)] = 0.0,
        dropout6: Annotated[Share, "as dropout, of the sixth", Where("depth", least=6)] = 0.0,
        *,
        shape: tuple[int, ...] = (1, 28, 28),
        classes: int = 10,
    ) -> None:
        super().__init__()
        del dropout2, dropout3, dropout4, dropout5, dropout6  # of each lane: see ``Drop``
        self.activation = activation
        widths = (hidden, hidden2, hidden3, hidden4, hidden5, hidden6)[:depth]
        self.input_fc = nn.Linear(prod(shape), hidden)
        # The notebook's names; layers that it does not have are counted.
        self.names = ("hidden_fc", "hidden_fc3", "hidden_fc4", "hidden_fc5", "hidden_fc6")
        for name, before, units in zip(self.names, widths, widths[1:], strict=False):
            self.add_module(name, nn.Linear(before, units))
        self.output_fc = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor, drop: Drop = keep_all) -> Tensor:
        """Return logits [B, classes] of normalised images [B, ...]."""
        layers = [self.input_fc, *(getattr(self, n) for n in self.names if hasattr(self, n))]
        hidden = images.flatten(1)
        for place, layer in enumerate(layers):
            hidden = activate(self.activation, drop(layer(hidden), place))
        logits: Tensor = self.output_fc(hidden)
        return logits
