"""What a trained network says of images."""

import numpy as np
import pytest

from fashion_bench.data.synthetic import draw_images
from fashion_bench.models import Architecture, build
from fashion_bench.training.predict import predict
from tests.training.scoring import score_network


@pytest.mark.parametrize(("model", "widths"), [("mlp", (32, 16)), ("cnn", (4, 4, 8))])
def test_every_image_is_answered_as_it_is_scored(model: str, widths: tuple[int, ...]) -> None:
    """Image by image; their means are what the loop's own evaluation gives."""
    images = draw_images("test", 2_500)  # more than are scored at a time
    network = build(Architecture(model, widths), 3).eval()
    predictions = predict(network, images)
    loss, accuracy = score_network(network, images)
    assert predictions.logits.shape == (2_500, 10)
    assert np.array_equal(predictions.labels, images.labels.numpy())
    assert float(predictions.right.mean()) == accuracy
    assert float(predictions.losses.mean()) == pytest.approx(loss, abs=1e-6)
