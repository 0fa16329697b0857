import numpy as np
import pytest
import torch

from fashion_bench.data import synthetic
from fashion_bench.data.images import Images
from fashion_bench.models import Architecture, build
from fashion_bench.training.predict import first_weights, last_hidden, predict

WIDTHS: dict[str, tuple[int, ...]] = {"mlp": (6, 5), "cnn": (2, 3, 5)}


@pytest.fixture(scope="module")
def images() -> Images:
    """More of them than are scored at a time."""
    return synthetic.draw_images("train", 1_100)


@pytest.mark.parametrize("model", WIDTHS)
def test_the_output_layer_is_fed_with_the_last_hidden_layer(model: str, images: Images) -> None:
    """From what it returns the output layer makes the logits of every image, in their order."""
    network = build(Architecture(model, WIDTHS[model]), seed=1).eval()
    hidden = last_hidden(network, images)
    assert hidden.shape == (1_100, 5)
    logits = network.get_submodule("output_fc")(torch.from_numpy(hidden)).detach().numpy()
    np.testing.assert_allclose(logits, predict(network, images).logits, atol=1e-4)


@pytest.mark.parametrize(("model", "shape"), [("mlp", (6, 784)), ("cnn", (2, 1, 5, 5))])
def test_the_first_weights_see_pixels(model: str, shape: tuple[int, ...]) -> None:
    """A weight for each pixel, or kernels on one channel."""
    assert first_weights(build(Architecture(model, WIDTHS[model]), seed=1)).shape == shape


def test_looking_leaves_nothing_behind(images: Images) -> None:
    """The network is as it was: the next to use it keeps nothing by accident."""
    network = build(Architecture("mlp", WIDTHS["mlp"]), seed=1).eval()
    last_hidden(network, images)
    assert not network.get_submodule("output_fc")._forward_pre_hooks
