import torch

from fashion_bench.data.images import label_images
from fashion_bench.data.sets.synthetic import FACTS


def _images(pixel: int = 0, label: int = 0):
    pixels = torch.zeros(3, 28, 28, dtype=torch.uint8)
    pixels[1, 2, 3] = pixel
    return label_images(pixels, torch.tensor([label, 1, 2]), FACTS)


def test_equal_images_have_equal_digests():
    """The digest depends on pixels and labels alone."""
    assert _images().digest == _images().digest


def test_one_pixel_or_label_changes_the_digest():
    """Sets that differ anywhere have different digests."""
    assert len({_images().digest, _images(pixel=1).digest, _images(label=1).digest}) == 3


def test_labels_are_what_cross_entropy_wants():
    """Labels of any integer type come out as int64."""
    pixels, labels = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.ones(2).to(torch.uint8)
    images = label_images(pixels, labels, FACTS)
    assert images.labels.dtype == torch.int64
