"""How this machine rounds: a few products and one step, digested (decision 75)."""

from hashlib import sha256

import torch

from fashion_bench.training.matmul import fast_matmul
from fashion_bench.training.optimizers.adam import Adam
from fashion_bench.training.optimizers.base import State


@torch.no_grad()
def fingerprint() -> dict[str, str]:
    """Return the instruction set that torch uses, and a digest of what it computes in some ms.

    It is of a tiny network's step as the engine makes it on a CPU: convolution, matrix products, a
    softmax, sums and torch's fused Adam. Gradients are products written out, since autograd may
    start threads, and what workers are forked from has one.
    """
    draw = torch.Generator().manual_seed(0)
    images, kernel = (
        torch.randn(32, 1, 28, 28, generator=draw),
        torch.randn(4, 1, 5, 5, generator=draw),
    )
    weights, labels = torch.randn(4 * 24 * 24, 10, generator=draw), torch.arange(32) % 10
    with fast_matmul():
        inner = torch.nn.functional.conv2d(images, kernel).tanh().flatten(1)
        shares = (inner @ weights / 48).log_softmax(1).exp()
        slopes = inner.T @ (shares - torch.nn.functional.one_hot(labels, 10))
        state = State.init(Adam.slots, [weights])
        Adam().one_lane([weights], [slopes], state, lr=1e-3, decay=0.01)
    digest = sha256()
    for computed in (inner, shares, slopes, weights, inner.sum(0), shares.mean(1)):
        digest.update(computed.contiguous().numpy().tobytes())
    return {
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "arithmetic": digest.hexdigest()[:16],
    }
