"""The plan of a study or an experiment: its file worked out to the last default.

A driver follows it, and the record of a study carries it. A space is one dimension a parameter: a
choice or a range.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from fashion_bench.config import Hyper, ParamValue, Recipe, TestSet, Trial, TrialConfig
from fashion_bench.parameters import network_parameters
from fashion_bench.rng import derive

Kind = Literal["study", "experiment"]
Keep = Literal["all", "best"] | int


# Dimensions --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the listed values; order means nothing.

    Attributes:
        values: two or more, all different.
    """

    values: tuple[ParamValue, ...]

    def holds(self, value: ParamValue) -> bool:
        """Tell whether ``value`` is one of them."""
        return value in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number between two ends, both included.

    Attributes:
        low: the lower end.
        high: the upper end, above ``low``.
        log: draw the logarithm evenly; ``low`` is then above 0 and there is no ``step``.
        step: distance between values; divides ``high - low``.
        integer: whether the values, and with them the ends and the step, are whole.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    integer: bool

    def holds(self, value: ParamValue) -> bool:
        """Tell whether ``value`` lies between the ends and on a step."""
        if isinstance(value, str) or not self.low <= value <= self.high:
            return False
        return self.step is None or steps_between(self.low, value, self.step).denominator == 1

    @property
    def size(self) -> int | None:
        """How many values it has; ``None`` without a step."""
        return None if self.step is None else int(steps_between(self.low, self.high, self.step)) + 1

    def points(self) -> tuple[ParamValue, ...]:
        """Return its values, of a range with a step."""
        kind = int if self.integer else float
        low, step = Fraction(str(self.low)), Fraction(str(self.step))
        return tuple(kind(low + place * step) for place in range(self.size or 0))


Dimension = Choice | Range


def steps_between(low: float, high: float, step: float) -> Fraction:
    """Return how many steps lie between two numbers, by the decimals that a reader sees.

    In binary 0.3 is no multiple of 0.1.
    """
    return (Fraction(str(high)) - Fraction(str(low))) / Fraction(str(step))


# Plans -------------------------------------------------------------------------------------------

Values = Mapping[str, ParamValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplerPlan:
    """What proposes the trials of an arm.

    Attributes:
        name: ``"grid"`` and ``"listed"`` propose nothing: every value is known beforehand.
        options: as a file calls them, defaults included.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerPlan:
    """What stops trials at the rungs.

    Attributes:
        name: ``"none"`` stops nothing.
        options: as a file calls them, defaults included.
    """

    name: str = "none"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """One arm: what is set in it and what is tuned in it; together, every parameter.

    Attributes:
        name: as in the file.
        fixed: parameters with one value, the file's or the default.
        space: parameters that vary.
        listed: what is known beforehand of trial 0, 1, …; the sampler fills in the rest.
    """

    name: str
    fixed: Values
    space: Mapping[str, Dimension] = field(default_factory=dict)
    listed: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study or an experiment that can be driven.

    Attributes:
        name: as in the file.
        question: what the file asks.
        recipe: shapes and control flow of every trial.
        rungs: epochs at which state is saved and trials may stop, increasing; the last is the
            recipe's last epoch.
        arms: in the file's order.
        sampler: what proposes trials.
        pruner: what stops them.
        generation: trials of each arm asked for together; the last generation of a grid or an
            experiment may be smaller.
        trials_per_arm: trials each arm gets in all.
        minutes: no generation starts after this much time.
        trial_minutes: a trial that takes longer from one rung to the next has failed.
        plateau: generations without a better trial in any arm that end the study.
        seed: what every draw derives from; of listed trials, the first of ``seeds``.
        seeds: of the i-th trial of every arm, where trials are listed; else they derive from
            ``seed``.
        enqueued: configurations that the file lists to be tried first.
        tests: the test images it may open, once all is trained; without any they stay closed.
        checkpoints: whose weights are kept: of ``"all"``, of each arm's ``"best"`` or best N.
    """

    name: str
    question: str
    recipe: Recipe
    rungs: tuple[int, ...]
    arms: tuple[ArmPlan, ...]
    sampler: SamplerPlan
    pruner: PrunerPlan = field(default_factory=PrunerPlan)
    generation: int
    trials_per_arm: int
    minutes: float | None = None
    trial_minutes: float | None = None
    plateau: int | None = None
    seed: int
    seeds: tuple[int, ...] = ()
    enqueued: int = 0
    tests: tuple[TestSet, ...] = ()
    checkpoints: Keep = "all"

    @property
    def kind(self) -> Kind:
        """What people call it: an experiment may open the test images, a study never does."""
        return "experiment" if self.tests else "study"

    @property
    def listed(self) -> bool:
        """Whether its trials are listed, with their seeds; else a sampler proposes them."""
        return bool(self.seeds)

    @property
    def planned(self) -> int:
        """Trials over all arms."""
        return self.trials_per_arm * len(self.arms)

    @property
    def varying(self) -> tuple[str, ...]:
        """The parameters that differ between trials: what is tuned, and what sets arms apart."""
        names = dict.fromkeys(name for arm in self.arms for name in (*arm.fixed, *arm.space))
        return tuple(
            name
            for name in names
            if any(name in arm.space for arm in self.arms)
            or len({arm.fixed[name] for arm in self.arms}) > 1
        )

    @property
    def padded_widths(self) -> tuple[int, ...]:
        """The widths of the widest trial that can be drawn."""
        return tuple(
            max(_widest(arm.space.get(name, arm.fixed.get(name))) for arm in self.arms)
            for name in network_parameters(self.recipe.model)
        )

    def seed_of(self, number: int) -> int:
        """Return the seed of this trial of every arm: arms are paired by number."""
        return self.seeds[number] if self.seeds else derive("trial", self.seed, number, bits=31)

    def split_seed_of(self, number: int) -> int:
        """Return what draws the split: a study has one, an experiment one a seed."""
        return self.seeds[number] if self.seeds else self.seed

    def trial(self, arm: ArmPlan, number: int, params: Values) -> Trial:
        """Return a trial of an arm, given the parameters that were sampled for it."""
        known: dict[str, Any] = {**arm.fixed, **params}
        config = TrialConfig(
            recipe=self.recipe,
            widths=tuple(known.pop(width) for width in network_parameters(self.recipe.model)),
            hyper=Hyper(**known),
            seed=self.seed_of(number),
            split_seed=self.split_seed_of(number),
        )
        return Trial(trial_id=f"{self.name}.{arm.name}-{number}", config=config)


def _widest(width: Dimension | ParamValue | None) -> int:
    if isinstance(width, Choice):
        return max(int(value) for value in width.values)
    return int(width.high) if isinstance(width, Range) else int(width or 0)
