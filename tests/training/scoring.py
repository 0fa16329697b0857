"""Scoring a network by the loop's own evaluation."""

import torch
from torch import nn

from fashion_bench.data.images import Images
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.loop import means
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Frozen
from fashion_bench.training.stepwise import scored


def score_network(network: nn.Module, images: Images) -> tuple[float, float]:
    """Return a network's mean loss (nats) and accuracy (0-1) on all of these images."""
    with fast_matmul():
        rows = torch.arange(len(images.labels))[None]
        (loss,), (accuracy,) = means(scored(Frozen(network, images), rows, CHUNK))
    return loss, accuracy
