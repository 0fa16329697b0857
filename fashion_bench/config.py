"""One trial, written down: a recipe, widths, hyperparameters and a seed.

A trial's result depends on its ``TrialConfig`` and on nothing else.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

Model = Literal["mlp", "cnn"]
Schedule = Literal["constant", "cosine", "one_cycle"]
Source = Literal["fashion_mnist", "synthetic"]
ParamValue = float | int | str
TestSet = Literal["plain", "rotated"]
"""The test images as they are, or each turned by its own random angle."""

MODELS: tuple[Model, ...] = get_args(Model)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
SOURCES: tuple[Source, ...] = get_args(Source)

# Metric-name prefix of each test set, in tables, in JSON and in MLflow.
TEST_SETS: MappingProxyType[TestSet, str] = MappingProxyType(
    {"plain": "test", "rotated": "test_rotated"}
)

# The names of each model's widths, in the order of its layers, and their defaults.
# mlp: the notebook's 784-250-100-10. cnn: LeNet-like, two convolutions and one dense layer.
DEFAULT_WIDTHS: MappingProxyType[Model, dict[str, int]] = MappingProxyType(
    {
        "mlp": {"hidden": 250, "hidden2": 100},
        "cnn": {"channels": 16, "channels2": 32, "hidden": 128},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What fixes tensor shapes and control flow; trials of one recipe may share a cohort.

    Attributes:
        model: which network.
        epochs: full length of a trial, also when it is pruned earlier; schedules span it.
        batch_size: images per step; an epoch's last batch holds what is left.
        source: where the images come from.
        train_images: images a trial trains on, drawn by its split.
        valid_images: images it is validated on, disjoint from those.
    """

    model: Model = "mlp"
    epochs: int = 10
    batch_size: int = 64
    source: Source = "fashion_mnist"
    train_images: int = 54_000
    valid_images: int = 6_000

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in an epoch: 844 for 54,000 images in batches of 64."""
        return -(-self.train_images // self.batch_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyper:
    """The hyperparameters that may differ between lanes of one cohort.

    Attributes:
        lr: Adam's peak learning rate, > 0.
        dropout: probability that a hidden unit is dropped, in [0, 1).
        weight_decay: decoupled weight decay (AdamW, Loshchilov & Hutter 2019), >= 0.
        label_smoothing: probability mass spread evenly over the classes, in [0, 1).
        schedule: the factor on ``lr`` from step to step.
    """

    lr: float = 1e-3
    dropout: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    schedule: Schedule = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialConfig:
    """Everything a trial's result depends on.

    Attributes:
        recipe: shapes and control flow.
        widths: units (or channels) of the hidden layers, in the order of ``DEFAULT_WIDTHS``.
        hyper: hyperparameters.
        seed: draws the initial weights, the batch order and the dropout noise.
        split_seed: draws which images are for training and which for validation.
    """

    recipe: Recipe
    widths: tuple[int, ...]
    hyper: Hyper
    seed: int
    split_seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration with the name it is known by everywhere.

    Attributes:
        trial_id: ``<study>.<arm>-<number>``: names files, tags the MLflow run.
        config: what to train.
    """

    trial_id: str
    config: TrialConfig
