"""The gradients of the shipped MLP without autograd: a flat list of products into own buffers.

They are autograd's, bit for bit: the same kernels of torch are called in the same order. What is
saved is autograd's bookkeeping and some forty tensors a step; dropout's noise is drawn in place.

Shapes: B images of a batch, K classes, U units of a layer.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
import torch
from torch import Tensor

from fashion_bench.training.noise import Noise
from fashion_bench.training.step import Score

_aten = torch.ops.aten


class FlatMLP:
    """A chain of dense layers with ReLU between, cross entropy behind them; float32 on a CPU.

    Args:
        weights: of the layers in their order, a matrix [U, inputs] and a bias [U] each. Whoever
            trains changes them in place.
        batch: images of a batch, at most.
        noise: of one lane, and where its layers drop.
        drops: of each layer but the last, whether it drops units.
        smoothing: of the labels, a scalar; ``None`` for 0.
    """

    def __init__(
        self,
        weights: Sequence[Tensor],
        batch: int,
        noise: Noise,
        drops: Sequence[bool],
        smoothing: Tensor | None,
    ) -> None:
        self._weights = [weight.detach() for weight in weights]
        self._gradients = [torch.empty_like(weight) for weight in self._weights]
        units = [len(bias) for bias in self._weights[1::2]]
        self._outputs = [torch.empty(batch, width) for width in units]
        self._backward = [torch.empty(batch, width) for width in units]
        self._drops = [
            _Drop(noise, layer, units[layer]) if drop else None for layer, drop in enumerate(drops)
        ]
        self._smoothing = smoothing

    @torch.inference_mode()
    def __call__(self, images: Tensor, labels_B: Tensor, step: int) -> tuple[list[Tensor], Score]:
        """Return the gradients of a batch, until the next call, and its score; see ``Lanes``."""
        images_BU, rows = images.flatten(1), len(labels_B)
        hidden = [images_BU]  # what each layer is given
        masks: list[Tensor | None] = []
        last = len(self._outputs) - 1
        for layer, buffer in enumerate(self._outputs):
            matrix, bias = self._weights[2 * layer : 2 * layer + 2]
            output = torch.addmm(bias, hidden[-1], matrix.t(), out=buffer[:rows])
            if layer < last:
                drop = self._drops[layer]
                masks.append(None if drop is None else drop.mask(step)[:rows])
                if (mask := masks[-1]) is not None:
                    output.mul_(mask)
                output.relu_()
            hidden.append(output)
        logits_BK = hidden.pop()
        gradient, losses_B = self._of_logits(logits_BK, labels_B)
        for layer in range(last, -1, -1):
            given, (matrix, _) = hidden[layer], self._weights[2 * layer : 2 * layer + 2]
            torch.mm(gradient.t(), given, out=self._gradients[2 * layer])
            torch.sum(gradient, 0, out=self._gradients[2 * layer + 1])
            if layer:
                gradient = torch.mm(gradient, matrix, out=self._backward[layer - 1][:rows])
                _aten.threshold_backward.grad_input(gradient, given, 0, grad_input=gradient)
                if (mask := masks[layer - 1]) is not None:
                    gradient.mul_(mask)
        return list(self._gradients), (losses_B, logits_BK.argmax(-1) == labels_B)

    def _of_logits(self, logits_BK: Tensor, labels_B: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient of what ``losses.cross_entropy`` minimises, and what it records.

        Not softmax less one-hot, which is rounded otherwise.
        """
        logs_BK = torch.log_softmax(logits_BK, -1)
        losses_B, weight = _aten.nll_loss_forward(logs_BK, labels_B, None, 0, -100)
        share_B = torch.ones_like(losses_B).div_(len(losses_B))
        smoothing = self._smoothing
        hard_B = share_B if smoothing is None else share_B * (1 - smoothing)
        hard_BK = _aten.nll_loss_backward(hard_B, logs_BK, labels_B, None, 0, -100, weight)
        gradient_BK = _aten._log_softmax_backward_data(hard_BK, logs_BK, -1, logs_BK.dtype)
        if smoothing is not None:
            even_BK = (-(share_B * smoothing))[:, None].expand_as(logs_BK) / logs_BK.shape[1]
            gradient_BK += _aten._log_softmax_backward_data(even_BK, logs_BK, -1, logs_BK.dtype)
        return gradient_BK, losses_B


class _Drop:
    """Draws the noise of a layer that drops units: that of ``layers.dropout``, in place.

    numpy has the unsigned numbers that its hash is made of, and so needs no masks.
    """

    def __init__(self, noise: Noise, layer: int, units: int) -> None:
        rate = noise.rate[0, layer]
        self._keys = noise.keys[:, 0, layer].numpy().view(np.uint32)
        self._names = noise.names[:, :units].contiguous().numpy().view(np.uint32)
        self._bits, self._shifted = np.empty_like(self._names), np.empty_like(self._names)
        self._kept = np.empty(self._names.shape, np.bool_)
        self._least = np.uint32(ceil(float(rate) * 2.0**24))
        self._scale = (1 / (1 - rate)).numpy()
        self._mask = torch.empty(self._names.shape)

    def mask(self, step: int) -> Tensor:
        """Return what a batch's units are multiplied by, [B, U], until the next call."""
        bits = np.bitwise_xor(self._names, self._keys[step], out=self._bits)
        self._fold(16)
        bits *= np.uint32(0x21F0AAAD)
        self._fold(15)
        bits *= np.uint32(0x735A2D97)
        self._fold(15)
        bits &= np.uint32(0xFFFFFF)
        np.greater_equal(bits, self._least, out=self._kept)
        np.multiply(self._kept, self._scale, out=self._mask.numpy())
        return self._mask

    def _fold(self, by: int) -> None:
        np.right_shift(self._bits, np.uint32(by), out=self._shifted)
        np.bitwise_xor(self._bits, self._shifted, out=self._bits)
