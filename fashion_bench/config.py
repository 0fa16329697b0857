"""One trial, written down: a recipe, widths, hyperparameters and a seed.

A trial's result depends on its ``TrialConfig`` and on nothing else.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from annotated_types import Ge, Gt, Le, Lt

Schedule = Literal["constant", "cosine", "one_cycle"]
Source = Literal["fashion_mnist", "synthetic"]
ParamValue = float | int | str
TestSet = Literal["plain", "rotated"]
"""The test images as they are, or each turned by its own random angle."""

SOURCES: tuple[Source, ...] = get_args(Source)

# Metric-name prefix of each test set, in tables, in JSON and in MLflow.
TEST_SETS: MappingProxyType[TestSet, str] = MappingProxyType(
    {"plain": "test", "rotated": "test_rotated"}
)

# Types of parameters. Training is in float32, whose largest number is 3.4e38.
Width = Annotated[int, Ge(1), Le(4096)]
"""Units or channels of a layer."""
Share = Annotated[float, Ge(0), Lt(1)]
"""A probability, or a part of 1."""
ImageCount = Annotated[int, Ge(1), Le(60_000)]
"""How many images: there are 60,000 to train and validate on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """What is known of a data set before any of its images is looked at.

    Attributes:
        name: of the set: a shipped one's, or where it comes from.
        images: in the train part, which is split into training and validation images.
        classes: labels run from 0 to one less.
        shape: of one image: (channels, height, width), or (features,) of what is no image.
        labels: names of the classes.
        mean: of the train part's pixels, one a channel; bytes count as fractions of 255. Features
            share one.
        std: their standard deviation, likewise.
        test: whether there is a test part.
    """

    name: str
    images: int
    classes: int
    shape: tuple[int, ...]
    labels: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    test: bool

    @property
    def chance(self) -> float:
        """Accuracy of guessing where classes are of equal size, a fraction 0-1."""
        return 1 / self.classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What fixes tensor shapes and control flow; trials of one recipe may share a cohort."""

    model: Annotated[str, "which network: a file of ``models/``"] = "mlp"
    epochs: Annotated[int, "full length of a trial, also when pruned; schedules span it"] = 10
    batch_size: Annotated[ImageCount, "images per step; an epoch's last one has what is left"] = 64
    source: Annotated[Source, "where the images come from"] = "fashion_mnist"
    train_images: Annotated[ImageCount, "images a trial trains on, drawn by its split"] = 54_000
    valid_images: Annotated[ImageCount, "images it is validated on, disjoint from those"] = 6_000

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in an epoch: 844 for 54,000 images in batches of 64."""
        return -(-self.train_images // self.batch_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyper:
    """The hyperparameters that may differ between lanes of one cohort.

    Weight decay is that of AdamW (Loshchilov & Hutter 2019), label smoothing that of Szegedy et
    al. (2016).
    """

    lr: Annotated[float, Gt(0), Le(1e38), "Adam's peak learning rate"] = 1e-3
    dropout: Annotated[Share, "probability that a hidden unit is dropped"] = 0.0
    weight_decay: Annotated[float, Ge(0), Le(1e38), "decoupled from the gradient, as AdamW's"] = 0.0
    label_smoothing: Annotated[Share, "probability mass spread evenly over the classes"] = 0.0
    schedule: Annotated[Schedule, "the factor on the learning rate from step to step"] = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialConfig:
    """Everything a trial's result depends on.

    Attributes:
        recipe: shapes and control flow.
        widths: units (or channels) of the layers, in the order of the network's arguments.
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
