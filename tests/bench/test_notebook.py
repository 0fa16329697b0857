"""The notebook's own loop, kept runnable."""

from pathlib import Path

import pytest
import torch

from experiments.bench.notebook import PilImages, run_notebook
from fashion_bench.data.fashion_mnist import load
from fashion_bench.data.images import Images
from fashion_bench.data.synthetic import draw_images
from fashion_bench.records import best_epoch
from fashion_bench.training.step import normalise
from tests.training.one_thread import one_thread as one_thread


@pytest.fixture(scope="module")
def images() -> Images:
    """Few enough to be learned by heart, so that the last epoch is not the best."""
    return draw_images("train", 300)


def test_its_images_are_those_the_engine_sees(images: Images) -> None:
    """The way through PIL and transforms ends in the engine's normalisation."""
    seen = PilImages(images)
    pixels = torch.stack([seen[index][0] for index in range(20)])[:, 0]
    torch.testing.assert_close(
        pixels, normalise(images.pixels[:20], images.mean, images.std, torch.float32)
    )
    assert [seen[index][1] for index in range(20)] == images.labels[:20].tolist()
    assert len(seen) == 300


def test_it_learns_within_an_epoch(real_data: Path) -> None:
    """An epoch on a sixth of the real images is enough for 0.7; chance is 0.1."""
    notebook = run_notebook(load("train", real_data), epochs=1, lengths=(9_000, 1_000))
    (epoch,) = notebook.history
    assert epoch.valid_accuracy > 0.7
    assert notebook.test_accuracy is None


def test_it_tests_the_best_checkpoint(images: Images) -> None:
    """What is tested is the epoch of the lowest validation loss, not the last."""
    test, lengths = draw_images("test", 300), (200, 100)
    whole = run_notebook(images, test, epochs=12, lengths=lengths)
    best = best_epoch(whole.history)
    assert best is not None
    assert best.epoch < 12
    stopped, later = (
        run_notebook(images, test, epochs=epochs, lengths=lengths)
        for epochs in (best.epoch, best.epoch + 1)
    )
    assert whole.test_accuracy == later.test_accuracy == stopped.test_accuracy


def test_it_is_a_function_of_its_seed(images: Images) -> None:
    """The same seed gives the same losses, another gives others, and the caller's draws stay."""
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first, again, other = (
        run_notebook(images, seed=seed, epochs=1, lengths=(128, 64)).history[0].valid_loss
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert torch.equal(torch.rand(3), expected)
