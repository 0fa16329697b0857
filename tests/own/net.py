"""A network of a user's: as many blocks as asked for, with BatchNorm."""

from torch import nn


class Net(nn.Sequential):
    """Blocks of a linear layer, BatchNorm and ReLU."""

    def __init__(self, depth: int = 2, width: int = 16, shape=(3, 32, 32), classes: int = 7):
        features = shape[0] * shape[1] * shape[2]
        layers = [nn.Flatten()]
        for _ in range(depth):
            layers += [nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU()]
            features = width
        super().__init__(*layers, nn.Linear(features, classes))
