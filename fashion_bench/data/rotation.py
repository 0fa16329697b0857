"""The notebook's second test: the test images, each turned by its own random angle."""

from dataclasses import replace

import torch

from fashion_bench.data.images import Images, digest_of
from fashion_bench.errors import DataError
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


def rotate(images: Images) -> Images:
    """Turn each image about its centre as ``RandomRotation(25, fill=0)`` turns PIL images.

    The nearest pixel is taken and the corners are background. torchvision turns tensors a little
    differently, and the notebook turns PIL images.

    Raises:
        DataError: these libraries turn the images otherwise than ours did.
    """
    from torchvision.transforms import functional  # slow to import, seldom needed

    turned = [
        functional.pil_to_tensor(
            functional.rotate(functional.to_pil_image(pixels), angle_of(place))
        )
        for place, pixels in enumerate(images.pixels)
    ]
    pixels = torch.cat(turned)
    rotated = replace(images, pixels=pixels, digest=digest_of(pixels, images.labels))
    if rotated.digest != KNOWN.get(images.digest, rotated.digest):
        raise DataError(
            "the rotated test images",
            "are not those of every other machine: torchvision or Pillow rotates otherwise",
            given=rotated.digest,
            remedy="install the versions in constraints.txt, then run the same command again",
        )
    return rotated
