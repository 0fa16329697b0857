"""What the driver needs: a study or an experiment, worked out to the last default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fashion_bench.config import DEFAULT_WIDTHS, Hyper, Recipe, TrialConfig
from fashion_bench.records import Kind, ParamValue, TestSet, Trial
from fashion_bench.rng import derive
from fashion_bench.search.space import Choice, Dimension, Range
from fashion_bench.search.spec import PrunerName, SamplerName

__all__ = ["ArmPlan", "Plan", "PrunerPlan", "SamplerPlan"]

Values = Mapping[str, ParamValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplerPlan:
    """What proposes the trials of an arm.

    Attributes:
        name: ``"grid"`` and ``"listed"`` propose nothing: every value is known beforehand.
        startup: trials drawn at random before the sampler learns from them.
        options: further arguments, by the names Optuna gives them.
    """

    name: SamplerName | Literal["listed"]
    startup: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerPlan:
    """What stops trials at the rungs.

    Attributes:
        name: ``"none"`` stops nothing.
        options: ``eta`` of halving and hyperband; median's by the names Optuna gives them.
    """

    name: PrunerName = "none"
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
        kind: whether it explores or measures.
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
        seed: a study's seed, an experiment's first.
        seeds: an experiment's, trial by trial; a study derives its own.
        tests: what an experiment is measured on.
        checkpoints: whose weights are kept: of ``"all"``, of each arm's ``"best"`` or best N.
    """

    name: str
    kind: Kind
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
    tests: tuple[TestSet, ...] = ()
    checkpoints: Literal["all", "best"] | int = "all"

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
    def slab(self) -> tuple[int, ...]:
        """The widths of the widest trial that can be drawn."""
        return tuple(
            max(_widest(arm.space.get(name, arm.fixed.get(name))) for arm in self.arms)
            for name in DEFAULT_WIDTHS[self.recipe.model]
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
            widths=tuple(known.pop(width) for width in DEFAULT_WIDTHS[self.recipe.model]),
            hyper=Hyper(**known),
            seed=self.seed_of(number),
            split_seed=self.split_seed_of(number),
        )
        return Trial(trial_id=f"{self.name}.{arm.name}-{number}", config=config)


def _widest(width: Dimension | ParamValue | None) -> int:
    if isinstance(width, Choice):
        return max(int(value) for value in width.values)
    return int(width.high) if isinstance(width, Range) else int(width or 0)
