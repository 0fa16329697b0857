"""How a bench is asked to measure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fashion_bench.config import Recipe
from fashion_bench.search.layout import DeviceKind

__all__ = ["WORKERS", "Setting", "tenth"]

WORKERS = 2  # on any machine, so that its figures can be set beside another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every section is given.

    Attributes:
        trial: what one whole trial is.
        data: the folder of images.
        rounds: how often to measure.
        say: told in a line what has been measured.
        device: what the sections for a GPU train on.
        study: trials of the long sections' study; ``None`` for their own number.
        quick: whether to try it out on the smallest sizes.
    """

    trial: Recipe
    data: Path
    rounds: int
    say: Callable[[str], None]
    device: DeviceKind = "cpu"
    study: int | None = None
    quick: bool = False


def tenth(trial: Recipe) -> Recipe:
    """Return the trial with a tenth of its images."""
    return replace(
        trial, train_images=trial.train_images // 10, valid_images=trial.valid_images // 10
    )
