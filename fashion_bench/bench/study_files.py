"""Study files to measure whole studies with, and a reporter that keeps quiet."""

from collections.abc import Sequence
from pathlib import Path

from fashion_bench.config import Recipe
from fashion_bench.records import Progress, TrialRecord
from fashion_bench.search.plan import Plan

__all__ = ["NAME", "Silent", "rungs_of", "write_equal", "write_halving"]

NAME = "bench"

_FILE = """\
name = "{name}"
question = "How fast is this machine?"
seed = 1234
model = "{recipe.model}"
epochs = {recipe.epochs}

[fixed]
source = "{recipe.source}"
train_images = {recipe.train_images}
valid_images = {recipe.valid_images}
batch_size = {recipe.batch_size}
"""
_EQUAL = """
[nuisance]
lr = {{ low = 1e-4, high = 1e-2, log = true }}

[arms.all]

[search]
sampler = "random"

[budget]
trials_per_arm = {trials}
"""
_HALVING = """
[nuisance]
hidden = [64, 250, 256]
lr = {{ low = 1e-4, high = 1e-2, log = true }}

[arms.all]

[search]
sampler = "tpe"
pruner = "halving"
eta = 3

[budget]
trials_per_arm = {trials}
"""


def write_equal(folder: Path, recipe: Recipe, trials: int) -> Path:
    """Write a study of random trials of the notebook's network, each trained to its end."""
    file = folder / f"{NAME}.toml"
    file.write_text((_FILE + _EQUAL).format(name=NAME, recipe=recipe, trials=trials))
    return file


def write_halving(folder: Path, recipe: Recipe, trials: int) -> Path:
    """Write a study of TPE and halving, of three widths."""
    file = folder / f"{NAME}.toml"
    text = (_FILE + _HALVING).format(name=NAME, recipe=recipe, trials=trials)
    file.write_text(f"rungs = {rungs_of(recipe)}\n{text}")
    return file


def rungs_of(recipe: Recipe) -> list[int]:
    """Return the epochs at which ``write_halving`` lets one trial of three go on."""
    return [rung for rung in (1, 3) if rung < recipe.epochs]


class Silent:
    """A reporter that tells nobody anything."""

    def say(self, line: str) -> None:
        """Tell nothing."""

    def begun(self, plan: Plan, done: Sequence[TrialRecord]) -> None:
        """Tell nothing."""

    def rung(self, generation: int, until_epoch: int, lanes: int) -> None:
        """Tell nothing."""

    def advanced(self, progress: Progress) -> None:
        """Tell nothing."""

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Tell nothing."""
