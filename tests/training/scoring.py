"""Scoring a network by the loop's own evaluation."""

import torch
from torch import nn

from fashion_bench.data.images import Images
from fashion_bench.training.loop import evaluate
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.rendering import Frozen


def score_network(network: nn.Module, images: Images) -> tuple[float, float]:
    """Return a network's mean loss (nats) and accuracy (0-1) on all of these images."""
    with fast_matmul():
        (loss,), (accuracy,) = evaluate(
            Frozen(network, images), torch.arange(len(images.labels))[None]
        )
    return loss, accuracy
