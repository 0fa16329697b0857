"""One trial, written down: a recipe, a network's arguments, hyperparameters and a seed.

A trial's result depends on its ``TrialConfig`` and on nothing else.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

Schedule = Literal["constant", "cosine", "one_cycle"]
Augment = Literal["none", "flip", "shift", "flip+shift"]
Activation = Literal["relu", "gelu", "silu", "elu", "leaky_relu", "tanh", "sigmoid"]
"""What lies between two layers: a function of ``torch.nn.functional``."""
ParamValue = bool | float | int | str
TestSet = Literal["plain", "rotated"]
"""The test images as they are, or each turned by its own random angle."""

WITHOUT_LOGITS = ("accuracy", "loss")
"""Metrics that are recorded of every network, in validation and on test images."""
METRICS = (*WITHOUT_LOGITS, "macro_f1", "worst_class", "brier", "ece")
"""What arms can be compared in; see ``analysis.scoring``. Beside them stands code of the user's."""

# Metric-name prefix of each test set, in tables, in JSON and in MLflow.
TEST_SETS: MappingProxyType[TestSet, str] = MappingProxyType(
    {"plain": "test", "rotated": "test_rotated"}
)

# Types of parameters. Training is in float32, whose largest number is 3.4e38.
Width = Annotated[int, Ge(1), Le(4096)]
"""Units or channels of a layer."""
Share = Annotated[float, Ge(0), Lt(1)]
"""A probability, or a part of 1."""
ImageCount = Annotated[int, Ge(1)]
"""How many images; of no more than there are."""


@dataclass(frozen=True, slots=True)
class CodeOr:
    """Marks a parameter that names one of ours, or code of the user's as ``my.py:name``.

    Attributes:
        kind: what is named: ``"optimizer"``, ``"loss"`` or ``"data"``.
    """

    kind: Literal["optimizer", "loss", "data"]


@dataclass(frozen=True, slots=True, init=False)
class Where:
    """Marks a parameter that only some trials use: those in which another has such a value.

    ``Where("depth", least=3)`` stands for trials of a depth of 3 or more, and
    ``Where("optimizer", "sgd", "rmsprop")`` for those of either.

    Attributes:
        parameter: the other one.
        values: it has one of these;
        least: or it is at least this.
    """

    parameter: str
    values: tuple[ParamValue, ...]
    least: float | None

    def __init__(self, parameter: str, *values: ParamValue, least: float | None = None) -> None:
        object.__setattr__(self, "parameter", parameter)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "least", least)

    def holds(self, value: ParamValue) -> bool:
        """Tell whether this value of the other parameter is one of those."""
        if self.least is not None:
            return not isinstance(value, str) and value >= self.least
        return value in self.values

    @property
    def words(self) -> str:
        """The condition, to stand behind "where"."""
        if self.least is not None:
            return f"{self.parameter} is {self.least:g} or more"
        return f"{self.parameter} is {' or '.join(map(str, self.values))}"


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
    """What fixes control flow; trials of one recipe may share a cohort."""

    model: Annotated[str, "which network: a file of ``models/``, or code of yours"] = "mlp"
    epochs: Annotated[int, "full length of a trial, also when pruned; schedules span it"] = 10
    batch_size: Annotated[ImageCount, "images per step; an epoch's last one has what is left"] = 64
    source: Annotated[str, CodeOr("data"), "which data set the images are from"] = "fashion_mnist"
    train_images: Annotated[ImageCount, "images a trial trains on; of other data nine tenths"] = (
        54_000
    )
    valid_images: Annotated[ImageCount, "images it is validated on; of other data a tenth"] = 6_000
    optimizer: Annotated[str, CodeOr("optimizer"), "what changes the weights at a step"] = "adam"
    loss: Annotated[str, CodeOr("loss"), "what is minimised"] = "cross_entropy"
    augment: Annotated[Augment, "how training images are changed at random at each step"] = "none"

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in an epoch: 844 for 54,000 images in batches of 64."""
        return -(-self.train_images // self.batch_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyper:
    """The hyperparameters that may differ between lanes of one cohort.

    Weight decay is that of AdamW (Loshchilov & Hutter 2019), label smoothing that of Szegedy et
    al. (2016), clipping that of Pascanu et al. (2013).
    """

    lr: Annotated[float, Gt(0), Le(1e38), "the optimizer's peak learning rate"] = 1e-3
    dropout: Annotated[Share, "probability that a hidden unit is dropped"] = 0.0
    weight_decay: Annotated[float, Ge(0), Le(1e38), "decoupled from the gradient, as AdamW's"] = 0.0
    label_smoothing: Annotated[
        Share, "probability mass spread evenly over the classes", Where("loss", "cross_entropy")
    ] = 0.0
    schedule: Annotated[Schedule, "the factor on the learning rate from step to step"] = "constant"
    clip: Annotated[float, Ge(0), Le(1e38), "longest gradient of a step; 0 for any length"] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialConfig:
    """Everything a trial's result depends on.

    Attributes:
        recipe: control flow.
        arguments: values of the network's arguments, in their order; those that are left out at
            the end have their defaults. Version 0.1 called them ``widths``.
        hyper: hyperparameters.
        seed: draws the initial weights, and all that no other seed draws.
        split_seed: draws which images are for training and which for validation.
        optimizer: the optimizer's arguments that are not at their defaults, by name.
        valid_among: the split seed of the trials whose training images it is validated among, so
            that it is judged by images that judged none of them; ``None`` for any images.
        order_seed: draws the order of the batches; ``None`` for ``seed``.
        dropout_seed: draws what a step draws: the units that are dropped, how images are changed,
            and what a network of the user's draws; ``None`` for ``seed``.
    """

    recipe: Recipe
    arguments: tuple[ParamValue, ...]
    hyper: Hyper
    seed: int
    split_seed: int
    optimizer: tuple[tuple[str, ParamValue], ...] = ()
    valid_among: int | None = None
    order_seed: int | None = None
    dropout_seed: int | None = None

    @property
    def seeds(self) -> dict[str, int]:
        """Its seeds by name, without those that it leaves to ``seed``."""
        named = {
            "seed": self.seed,
            "split_seed": self.split_seed,
            "order_seed": self.order_seed,
            "dropout_seed": self.dropout_seed,
        }
        return {name: seed for name, seed in named.items() if seed is not None}

    @property
    def order(self) -> int:
        """The seed that draws the order of the batches."""
        return self.seed if self.order_seed is None else self.order_seed

    @property
    def noise(self) -> int:
        """The seed that draws what a step draws."""
        return self.seed if self.dropout_seed is None else self.dropout_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration with the name it is known by everywhere.

    Attributes:
        trial_id: ``<study>.<arm>-<number>``: names files, tags the MLflow run.
        config: what to train.
    """

    trial_id: str
    config: TrialConfig
