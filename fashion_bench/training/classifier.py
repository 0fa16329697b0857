"""A trained network ready to be used: images in, logits out, with its normalisation inside."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fashion_bench.data.images import Images
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.predict import predictions_of
from fashion_bench.training.predictions import Predictions
from fashion_bench.training.step import normalise


class Classifier(nn.Module):
    """A network that has been trained, in evaluation mode, as an ordinary module of torch.

    Args:
        network: it; takes normalised images ``[N, *shape]``.
        shape: of one image: (channels, height, width), or (features,).
        mean: of the pixels it was trained on, one a channel.
        std: likewise.
        metadata: what it is and what it reached, as plain data.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        shape: tuple[int, ...],
        mean: tuple[float, ...],
        std: tuple[float, ...],
        metadata: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network = network
        self.shape, self.mean, self.std = shape, mean, std
        self.metadata = dict(metadata)
        self.eval()
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits ``[N, K]`` of K classes, float32.

        Args:
            images: as of the data set it was trained on: ``[N, C, H, W]``, of one channel
                ``[N, H, W]`` too, or features ``[N, F]``; uint8 from 0 to 255, or floats: of
                images from 0 to 1, of features as they are.

        Raises:
            ValueError: they have another shape.
        """
        own = tuple(images.shape[1:])
        if own != self.shape and (1, *own) != self.shape:
            raise ValueError(f"images of shape {self.shape} are needed, and these are {own}")
        shaped = images.reshape(-1, *self.shape)
        logits: Tensor = self.network(normalise(shaped, self.mean, self.std, torch.float32))
        return logits


def answers(classifier: nn.Module, images: Images) -> Predictions:
    """Return what a classifier says of these images, handed over as they are, some at a time."""
    return predictions_of(_logits(classifier, images.pixels).numpy(), images)


def probabilities(classifier: nn.Module, pixels: Tensor) -> Tensor:
    """Return how probable a classifier finds each of K classes, float64 ``[N, K]``."""
    return _logits(classifier, pixels).double().softmax(1)


def parts_of(pixels: Tensor) -> tuple[Tensor, ...]:
    """Return pixels in parts that are scored at a time."""
    return pixels.tensor_split(max(1, len(pixels) // CHUNK))


@torch.inference_mode()
def _logits(classifier: nn.Module, pixels: Tensor) -> Tensor:
    return torch.cat([classifier(some) for some in parts_of(pixels)])
