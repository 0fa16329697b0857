"""What is inside a trained network: for looking at, not for figures."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fashion_bench.data import Images
from fashion_bench.training.predict import predict

__all__ = ["first_weights", "last_hidden"]


def first_weights(network: nn.Module) -> NDArray[np.float32]:
    """Return the weights of the first layer: ``[U, 784]``, or of kernels ``[U, 1, 5, 5]``."""
    weights: NDArray[np.float32] = next(network.parameters()).detach().numpy()
    return weights


def last_hidden(network: nn.Module, images: Images) -> NDArray[np.float32]:
    """Return what the last hidden layer makes of each image, ``[N, U]``."""
    kept: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        kept.append(inputs[0])

    hook = network.get_submodule("output_fc").register_forward_pre_hook(keep)
    try:
        predict(network, images)
    finally:
        hook.remove()
    hidden: NDArray[np.float32] = torch.cat(kept).numpy()
    return hidden
