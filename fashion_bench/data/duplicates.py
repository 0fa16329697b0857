"""Near-duplicates: test images that a network has as good as seen in training."""

import torch
from torch import Tensor

from fashion_bench.data.images import Images

LEAST = 0.98  # correlation: of Fashion-MNIST's test images those that show the same shoe again
LEADING = 64  # directions that a correlation is first bounded by
SAMPLE = 1_000  # images that these are found from
BLOCK = 1_000  # images multiplied with as many: their products stay in a processor's cache
ROUNDING = 1e-4  # of a product in float32, and more


@torch.inference_mode()
def near_duplicates(test: Images, train: Images) -> Tensor:
    """Tell which test images have a Pearson correlation of pixels above 0.98 with any train image.

    Constant images correlate with nothing, and features are no pixels: none of them is one.

    Most pairs are far apart, and are told so by few products: with a and b centred and of length
    1, P a projection onto orthonormal directions and Q onto all others, a.b <= Pa.Pb + |Qa| |Qb|.
    Images of a class stand together, so that most blocks are left at that.

    Returns:
        bool ``[N]``, of N test images.
    """
    found = torch.zeros(len(test.labels), dtype=torch.bool)
    if test.pixels.ndim == 2:
        return found
    rows, columns = (images.labels.argsort(stable=True) for images in (test, train))
    sample = _unit(train.pixels[columns[:: -(-len(columns) // SAMPLE)]])
    leading = torch.linalg.svd(sample, full_matrices=False).Vh[:LEADING].T
    short = [
        (some, _shortened(_unit(test.pixels[some]), leading)) for some in torch.split(rows, BLOCK)
    ]
    for others in torch.split(columns, BLOCK):
        unit = _unit(train.pixels[others])
        bound = _shortened(unit, leading).T
        for some, shortened in short:
            near = some[(shortened @ bound).amax(1) > LEAST - ROUNDING]
            if len(near):
                found[near] |= (_unit(test.pixels[near]) @ unit.T).amax(1) > LEAST
    return found


def _unit(pixels: Tensor) -> Tensor:
    """Return images as float32 ``[N, F]``, centred and of length 1; constant ones as zeros."""
    flat = pixels.flatten(1).to(torch.float32)
    flat = flat - flat.mean(1, keepdim=True)
    length = flat.norm(dim=1, keepdim=True)
    return torch.where(length > 0, flat / length, 0.0)


def _shortened(unit: Tensor, leading: Tensor) -> Tensor:
    """Return of images Pa and the length of Qa, ``[N, LEADING + 1]``: what bounds a product."""
    within = unit @ leading
    outside = (unit.square().sum(1) - within.square().sum(1)).clamp_min(0.0).sqrt()
    return torch.cat((within, outside[:, None]), dim=1)
