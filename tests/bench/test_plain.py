"""The plain loop the engine is measured against."""

import pytest
import torch

from experiments.bench.plain import rows_of, train_plain
from fashion_bench.config import Recipe
from fashion_bench.data.synthetic import draw_images
from fashion_bench.records import best_epoch
from fashion_bench.training.step import normalise
from tests.training.one_thread import one_thread as one_thread

RECIPE = Recipe(epochs=12, source="synthetic", train_images=200, valid_images=100)


def test_its_images_are_those_the_engine_sees() -> None:
    """The floats it keeps are the engine's normalisation, an image a row."""
    images = draw_images("train", 20)
    pixels, labels = rows_of(images)
    torch.testing.assert_close(
        pixels, normalise(images.pixels, images.mean, images.std, torch.float32).view(20, 784)
    )
    assert labels is images.labels


@pytest.mark.parametrize("dropout", [0.0, 0.25])
def test_it_learns(dropout: float) -> None:
    """After an epoch it knows most synthetic images, with dropout too."""
    recipe = Recipe(epochs=1, source="synthetic", train_images=5_000, valid_images=1_000)
    history, _ = train_plain(rows_of(draw_images("train", 6_000)), recipe, dropout=dropout)
    assert history[0].valid_accuracy > 0.7
    assert 0.5 < history[0].train_accuracy < history[0].valid_accuracy


def test_dropout_acts_in_training() -> None:
    """With dropout the epoch that is trained is another one."""
    rows = rows_of(draw_images("train", 300))
    (without, *_), (with_dropout, *_) = (
        train_plain(rows, RECIPE, dropout=rate)[0] for rate in (0.0, 0.25)
    )
    assert without.train_loss != with_dropout.train_loss


def test_it_keeps_the_weights_of_the_best_epoch() -> None:
    """They are those it had when it had trained until that epoch, and not those of the end."""
    rows = rows_of(draw_images("train", 300))
    history, kept = train_plain(rows, RECIPE)
    best = best_epoch(history)
    assert best is not None
    assert 1 < best.epoch < RECIPE.epochs
    for epochs in (best.epoch, best.epoch + 1):
        shorter = Recipe(epochs=epochs, source="synthetic", train_images=200, valid_images=100)
        again = train_plain(rows, shorter)[1]
        assert all(torch.equal(kept[name], again[name]) for name in kept)
