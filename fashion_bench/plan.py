"""The plan of a study or an experiment: its file worked out to the last default.

A driver follows it, and the record of a study carries it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Any, Literal, get_args

from fashion_bench.code import Code
from fashion_bench.config import (
    DataFacts,
    Hyper,
    ParamValue,
    Recipe,
    TestSet,
    Trial,
    TrialConfig,
    Where,
)
from fashion_bench.dimensions import Choice, Dimension, Range, largest
from fashion_bench.parameters import (
    OWN_OF_A_TRIAL,
    Parameter,
    arguments_of,
    network_parameters,
    optimizer_parameters,
    parameters_of,
)
from fashion_bench.rng import crossed_seeds, derive

Kind = Literal["study", "experiment"]
Keep = Literal["all", "best"] | int
Stage = Literal["survey", "search", "confirm"]
"""The parts of a study, in the order in which they are trained."""
STAGES: tuple[Stage, ...] = get_args(Stage)
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
        where: of parameters that only some trials use, which those are.
        finishing: the numbers of listed trials that pass every rung.
    """

    name: str
    fixed: Values
    space: Mapping[str, Dimension] = field(default_factory=dict)
    listed: tuple[Values, ...] = ()
    where: Mapping[str, tuple[Where, ...]] = field(default_factory=dict)
    finishing: tuple[int, ...] = ()

    def choices(self, name: str) -> tuple[ParamValue, ...]:
        """Return the values that a parameter of names can have."""
        dimension = self.space.get(name)
        if isinstance(dimension, Choice):
            return dimension.values
        return (self.fixed[name],) if name in self.fixed else ()

    def uses(self, name: str, values: Values) -> bool:
        """Tell whether a trial with these values uses a parameter; what it hangs on comes first."""
        return all(
            one.parameter in values
            and one.holds(values[one.parameter])
            and self.uses(one.parameter, values)
            for one in self.where.get(name, ())
        )

    def used(self, sampled: Values) -> dict[str, ParamValue]:
        """Return every parameter that a trial uses, given what was sampled for it."""
        values = {**self.fixed, **sampled}
        return {name: value for name, value in values.items() if self.uses(name, values)}

    def can_use(self, name: str) -> bool:
        """Tell whether some trial could use a parameter."""
        return self._is_used(name, any)

    @property
    def sometimes(self) -> tuple[str, ...]:
        """The parameters of the space that some trials use and some do not."""
        return tuple(n for n in self.space if self.can_use(n) and not self._is_used(n, all))

    def _is_used(self, name: str, by: Callable[[Iterable[bool]], bool]) -> bool:
        """Tell whether ``any`` trial uses a parameter, or ``all`` do."""
        return all(
            by(self._held(one)) and self._is_used(one.parameter, by)
            for one in self.where.get(name, ())
        )

    def _held(self, where: Where) -> list[bool]:
        """Tell whether a condition holds, of each value of the other parameter that matters."""
        dimension = self.space.get(where.parameter)
        if isinstance(dimension, Choice):
            return [where.holds(value) for value in dimension.values]
        if isinstance(dimension, Range):
            inside = filter(dimension.holds, where.values)
            return [where.holds(value) for value in (dimension.low, dimension.high, *inside)]
        return [where.parameter in self.fixed and where.holds(self.fixed[where.parameter])]

    @property
    def order(self) -> tuple[str, ...]:
        """The parameters of the space in the order to ask them: what others hang on first."""
        waiting, order = list(self.space), list[str]()
        while waiting:
            first = next(
                name
                for name in waiting
                if not any(one.parameter in waiting for one in self.where.get(name, ()))
            )
            waiting.remove(first)
            order.append(first)
        return tuple(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPlan:
    """Which points every arm is trained at before the search.

    Attributes:
        points: how many are drawn.
        enqueued: what the file lists besides, by arm; each is trained in all of them.
    """

    points: int
    enqueued: Mapping[str, tuple[Values, ...]]

    @property
    def trials_per_arm(self) -> int:
        """Trials of each arm."""
        return self.points + len(next(iter(self.enqueued.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPlan:
    """How the search's best are trained again.

    Attributes:
        top: configurations of each arm.
        seeds: fresh ones, on each of which every configuration is trained.
    """

    top: int
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study or an experiment that can be driven; of a study in stages, one of them.

    Attributes:
        name: as in the file; of a survey and a confirmation with the stage behind it.
        question: what the file asks.
        recipe: control flow; of what a trial may have for itself, the first arm's or the default.
        rungs: epochs at which state is saved and trials may stop, increasing; the last is the
            recipe's last epoch.
        arms: in the file's order.
        sampler: what proposes trials.
        pruner: what stops them.
        controls: share of each arm's trials that pass every rung; see ``finishes``.
        generation: trials of each arm asked for together; the last generation of a grid or an
            experiment may be smaller.
        lag: of each rung, how many generations late its results may be when the next is asked;
            empty for 0.
        trials_per_arm: trials each arm gets in all.
        minutes: no generation starts after this much time.
        trial_minutes: a trial that takes longer from one rung to the next has failed.
        plateau: generations without a better trial in any arm that end the study.
        seed: what every draw derives from; of listed trials, the first of ``seeds``.
        seeds: of the i-th trial of every arm, where trials are listed; else they derive from
            ``seed``.
        drawn: whether those derive from the name, and were not picked by hand.
        look: after how many of them the arms are looked at, to end where all pairs are settled.
        sources: how many seeds each source of spread has, where trials cross them.
        metric: what decides between arms: one of ``METRICS``, or code of the user's.
        margin: the least difference in it that matters, in percentage points or its own unit.
        enqueued: configurations that the file lists to be tried first, or beside a survey.
        tests: the test images it may open, once all is trained; without any they stay closed.
        checkpoints: whose weights are kept: of ``"all"``, of each arm's ``"best"`` or best N.
        data: what is known of the data set.
        code: the code of the user's that is named.
        stage: which stage this is of; a study without others is its search.
        survey: what is trained before this search, if anything is.
        confirm: what is trained after it, likewise.
        valid_among: see ``TrialConfig``.
    """

    name: str
    question: str
    recipe: Recipe
    rungs: tuple[int, ...]
    arms: tuple[ArmPlan, ...]
    sampler: SamplerPlan
    pruner: PrunerPlan = field(default_factory=PrunerPlan)
    controls: float = 0.0
    generation: int
    lag: tuple[int, ...] = ()
    trials_per_arm: int
    minutes: float | None = None
    trial_minutes: float | None = None
    plateau: int | None = None
    seed: int
    seeds: tuple[int, ...] = ()
    drawn: bool = False
    look: int | None = None
    sources: int | None = None
    metric: str = "accuracy"
    margin: float | None = None
    enqueued: int = 0
    tests: tuple[TestSet, ...] = ()
    checkpoints: Keep = "all"
    data: DataFacts
    code: tuple[Code, ...] = ()
    stage: Stage = "search"
    survey: SurveyPlan | None = None
    confirm: ConfirmPlan | None = None
    valid_among: int | None = None

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
    def points(self) -> int:
        """Points of a survey that are drawn: its first trials; those behind are enqueued."""
        return self.trials_per_arm - self.enqueued

    @property
    def study(self) -> str:
        """The study's name, without a stage."""
        return study_of(self.name)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the study that it has anything to train in, in order."""
        return tuple(stage for stage in STAGES if self.trials_of[stage])

    @property
    def trials_of(self) -> Mapping[Stage, int]:
        """Trials that each arm gets in every stage; 0 in those that there are not."""
        survey = self.survey.trials_per_arm if self.survey else 0
        confirm = self.confirm.top * self.confirm.seeds if self.confirm else 0
        return {"survey": survey, "search": self.trials_per_arm, "confirm": confirm}

    @property
    def most_epochs(self) -> int:
        """Epochs over all stages and arms, were no trial stopped early."""
        return sum(self.trials_of.values()) * len(self.arms) * self.recipe.epochs

    @property
    def varying(self) -> tuple[str, ...]:
        """The parameters that differ between trials: what is tuned, and what sets arms apart."""
        names = dict.fromkeys(name for arm in self.arms for name in (*arm.fixed, *arm.space))
        return tuple(
            name
            for name in names
            if any(name in arm.space for arm in self.arms)
            or len({arm.fixed.get(name) for arm in self.arms}) > 1
        )

    @property
    def optimizers(self) -> tuple[str, ...]:
        """Every optimizer that a trial can have."""
        named = (str(value) for arm in self.arms for value in arm.choices("optimizer"))
        return tuple(dict.fromkeys(named)) or (self.recipe.optimizer,)

    @property
    def padded_widths(self) -> tuple[int | None, ...]:
        """Of each argument of the network that is a whole number and varies, the largest value.

        ``None`` stands for the others; at the end they are left out.
        """
        widest: list[int | None] = [
            max(largest(arm.space.get(name, arm.fixed.get(name))) for arm in self.arms)
            if one.decides == "the shapes" and name in self.varying
            else None
            for name, one in network_parameters(self.recipe.model).items()
        ]
        while widest and widest[-1] is None:
            widest.pop()
        return tuple(widest)

    @property
    def known(self) -> Mapping[str, Parameter]:
        """Every parameter of its trials, as it is declared."""
        return parameters_of(self.recipe.model, self.optimizers)

    def noteworthy(self, values: Values) -> dict[str, ParamValue]:
        """Return of a trial's parameters those that vary, or are not at their defaults."""
        known, varying = self.known, self.varying
        return {
            name: value
            for name, value in values.items()
            if name in varying or name not in known or value != known[name].default
        }

    def usual(self, values: Values) -> set[str]:
        """Return of a trial's parameters those of its optimizer that are at their defaults."""
        return {
            name
            for name, one in self.known.items()
            if one.owners and values.get(name) == one.default
        }

    def seed_of(self, number: int) -> int:
        """Return the seed of this trial of every arm: arms are paired by number."""
        return self.seeds[number] if self.seeds else derive("trial", self.seed, number, bits=31)

    def finishes(self, arm: ArmPlan, number: int) -> bool:
        """Tell whether a trial passes every rung, whatever it scores there.

        Those that the file lists so, and the controls: a systematic sample by number, begun at a
        place that derives from the seed, so that any n in a row hold n times the share of them,
        rounded up or down. In every arm they have the same numbers, so they are paired, too.
        """
        return number in arm.finishing or self._controls(number + 1) > self._controls(number)

    def _controls(self, numbers: int) -> int:
        """Return how many of the first trials are controls, but for where the count begins."""
        start = Fraction(derive("controls", self.seed, bits=32), 2**32)
        return floor(start + numbers * Fraction(str(self.controls)))

    def seeds_of(self, number: int) -> dict[str, Any]:
        """Return this trial's seeds by name: a study has one split, an experiment one a seed."""
        if self.sources is not None:
            return crossed_seeds(self.name, self.sources, number)
        seed = self.seed_of(number)
        return {"seed": seed, "split_seed": seed if self.seeds else self.seed}

    def trial(self, arm: ArmPlan, number: int, params: Values) -> Trial:
        """Return a trial of an arm, given the parameters that were sampled for it."""
        used: dict[str, Any] = arm.used(params)
        recipe = replace(self.recipe, **{n: used[n] for n in OWN_OF_A_TRIAL if n in used})
        hyper = {*used} & {*Hyper.__dataclass_fields__} - {*network_parameters(recipe.model)}
        config = TrialConfig(
            recipe=recipe,
            arguments=arguments_of(recipe.model, used),
            hyper=Hyper(**{name: used[name] for name in hyper}),
            **self.seeds_of(number),
            valid_among=self.valid_among,
            optimizer=tuple(
                (name, used[name])
                for name, one in optimizer_parameters(recipe.optimizer).items()
                if used.get(name, one.default) != one.default
            ),
        )
        return Trial(trial_id=f"{self.name}.{arm.name}-{number}", config=config)


def study_of(name: str) -> str:
    """Return the name of the study that a stage of this name is of: itself without one."""
    return name.partition(".")[0]
