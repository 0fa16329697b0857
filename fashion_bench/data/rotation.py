"""The notebook's second test: the test images, each turned by its own random angle."""

from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from fashion_bench.data.images import Images, digest_of
from fashion_bench.errors import DataError, SpecError
from fashion_bench.rng import derive

DEGREES = 25

# By the digest of the images upright, what they are once turned: Fashion-MNIST, the made-up ones.
KNOWN = {
    "9f1ec356a747bfe4": "c0da3993dc632b04",
    "1c5ff517fa452194": "5c62ee2ffff86b1d",
}


def angle_of(place: int) -> float:
    """Return by how many degrees the image at this place is turned, in ``[-25, 25)``."""
    return DEGREES * (derive("rotation", place) / 2**62 - 1)


def require_square(shape: tuple[int, ...]) -> None:
    """Refuse images that have no corners to turn into one another.

    Args:
        shape: of one image.

    Raises:
        SpecError: it is none, or not square.
    """
    if len(shape) != 3 or shape[1] != shape[2]:
        raise SpecError(
            "tests",
            "only square images can be measured rotated",
            given=" x ".join(map(str, shape)),
            remedy='leave "rotated" out',
        )


def rotate(images: Images) -> Images:
    """Turn each image about its centre as ``RandomRotation(25, fill=0)`` turns PIL images.

    The nearest pixel is taken and the corners are background. torchvision turns tensors a little
    differently, and the notebook turns PIL images. Each channel is turned as a grey image is, and
    the corners of floats are 0 as those of bytes are.

    Raises:
        SpecError: they are no images, or not square.
        DataError: these libraries turn the images otherwise than ours did.
    """
    require_square(images.shape)

    def turn(channel: Tensor, angle: float) -> Tensor:
        # What torchvision does with a PIL image, whose import alone would take seconds.
        turned = Image.fromarray(channel.numpy()).rotate(angle, fillcolor=0)
        return torch.from_numpy(np.array(turned))

    turned = [
        torch.stack([turn(channel, angle_of(place)) for channel in image])
        for place, image in enumerate(images.pixels.view(-1, *images.shape))
    ]
    pixels = torch.stack(turned).view(images.pixels.shape)
    rotated = replace(images, pixels=pixels, digest=digest_of(pixels, images.labels))
    if rotated.digest != KNOWN.get(images.digest, rotated.digest):
        raise DataError(
            "the rotated test images",
            "are not those of every other machine: Pillow rotates otherwise",
            given=rotated.digest,
            remedy="install the versions in constraints.txt, then run the same command again",
        )
    return rotated
