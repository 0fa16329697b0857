"""Predict with a trained network; its first-layer weights and last hidden activations."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fashion_bench.data.images import Images
from fashion_bench.training.chunks import CHUNK
from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.predictions import Predictions
from fashion_bench.training.step import gather


def predict(network: nn.Module, images: Images) -> Predictions:
    """Return what a network that is being evaluated, not trained, says of all of these images."""
    with fast_matmul():
        return predictions_of(_logits(network, images).numpy(), images)


def predictions_of(logits: NDArray[np.float32], images: Images) -> Predictions:
    """Put logits ``[N, K]`` beside what the images show that they are of."""
    smallest = np.min_scalar_type(images.classes - 1)
    return Predictions(logits=logits, labels=images.labels.numpy().astype(smallest))


@torch.inference_mode()
def _logits(network: nn.Module, images: Images) -> Tensor:
    rows = torch.split(torch.arange(len(images.labels)), CHUNK)
    return torch.cat([network(gather(images, some, torch.float32)[0]) for some in rows])


def first_weights(network: nn.Module) -> NDArray[np.float32]:
    """Return a network's first parameter: weights of U units, as ``[U, 784]``, ``[U, 1, 5, 5]``."""
    weights: NDArray[np.float32] = next(network.parameters()).detach().numpy()
    return weights


def last_hidden(network: nn.Module, images: Images) -> NDArray[np.float32]:
    """Return what the last hidden layer makes of each image, ``[N, U]``."""
    kept: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        kept.append(inputs[0])

    layers = [
        layer for layer in network.modules() if next(layer.parameters(False), None) is not None
    ]
    hook = layers[-1].register_forward_pre_hook(keep)
    try:
        predict(network, images)
    finally:
        hook.remove()
    hidden: NDArray[np.float32] = torch.cat(kept).numpy()
    return hidden
