"""What is measured of a trial, and what follows for all of it."""

import pytest

from fashion_bench.bench.contestants import CONTESTANTS, Part
from fashion_bench.config import Recipe
from tests.bench.made_up import make_contestant


@pytest.mark.parametrize(
    ("part", "epochs", "images", "scale"),
    [("trial", 10, 54_000, 1.0), ("epoch", 1, 54_000, 10.0), ("tenth", 1, 5_400, 100.0)],
)
def test_less_than_a_trial_is_scaled_up(part: Part, epochs: int, images: int, scale: float) -> None:
    """An epoch stands for ten, a tenth of its images for a hundred times itself."""
    contestant = make_contestant("x", part=part)
    measured = contestant.measured(Recipe())
    assert (measured.epochs, measured.train_images) == (epochs, images)
    assert measured.train_images == 9 * measured.valid_images
    assert contestant.scale(Recipe()) == scale


def test_trials_that_run_together_share_the_time() -> None:
    """Of four lanes each is told a quarter."""
    assert make_contestant("x", trials=4).scale(Recipe()) == 0.25


def test_a_contestant_brings_its_network() -> None:
    """The CNN's row trains a CNN for as long."""
    assert make_contestant("x", model="cnn").measured(Recipe()) == Recipe(model="cnn")


def test_every_contestant_has_a_name_of_its_own() -> None:
    """Names are what rounds and starts are kept by."""
    assert len({contestant.name for contestant in CONTESTANTS}) == len(CONTESTANTS)
