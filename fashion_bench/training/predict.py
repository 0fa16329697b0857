"""What a trained network says of images."""

import numpy as np
import torch
from torch import Tensor, nn

from fashion_bench.data import Images
from fashion_bench.training.loop import CHUNK
from fashion_bench.training.predictions import Predictions
from fashion_bench.training.products import fast_products
from fashion_bench.training.step import gather

__all__ = ["predict"]


def predict(network: nn.Module, images: Images) -> Predictions:
    """Return what a network that is being evaluated, not trained, says of all of these images."""
    with fast_products():
        logits = _logits(network, images)
    return Predictions(logits=logits.numpy(), labels=images.labels.numpy().astype(np.uint8))


@torch.inference_mode()
def _logits(network: nn.Module, images: Images) -> Tensor:
    rows = torch.split(torch.arange(len(images.labels)), CHUNK)
    return torch.cat([network(gather(images, some, torch.float32)[0]) for some in rows])
