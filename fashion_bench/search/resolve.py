"""From a file to a plan: defaults filled in and values checked, or one line that says why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from fashion_bench.config import ParamValue, Recipe
from fashion_bench.errors import SpecError, dotted, joined, nearest, shown
from fashion_bench.parameters import parameters_of, recipe_parameters
from fashion_bench.plan import ArmPlan, Dimension, Kind, Plan, PrunerPlan, SamplerPlan, Values
from fashion_bench.rng import derive
from fashion_bench.search.pruning import PRUNERS
from fashion_bench.search.sampling import SAMPLERS, Grid
from fashion_bench.search.space import MOST_POINTS, Written, grid, read
from fashion_bench.search.spec import (
    ExperimentSpec,
    Search,
    Spec,
    StudySpec,
    parse_toml,
    read_text,
)
from fashion_bench.search.table import Table

Chosen = TypeVar("Chosen", bound=Table)

IMAGES = 60_000  # in the training files; trials train and validate on disjoint parts of them
MOST_LISTED = 100_000  # trials of a grid, over all arms: they are all drawn before it begins
GENERATION = 8  # trials per arm: enough to halve twice, few enough to learn from often


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A study or experiment as it is asked for.

    Attributes:
        where: what an error names, as a rule the file.
        text: as it is written.
        spec: its keys, of the right types.
        plan: what it comes to.
    """

    where: object
    text: str
    spec: Spec
    plan: Plan


def load_file(file: Path, kind: Kind | None = None) -> StudyFile:
    """Read a study's or an experiment's file.

    Args:
        file: in TOML.
        kind: which of the two it has to be; ``None`` for either.

    Raises:
        SpecError: it cannot be read or done, or is of the other kind.
    """
    text = read_text(file)
    spec = parse_toml(text, file)
    if kind == "study" and isinstance(spec, ExperimentSpec):
        command = f"run `fashion-bench experiment run {file}`"
        raise SpecError(file, "an experiment, for it lists seeds", remedy=command)
    if kind == "experiment" and isinstance(spec, StudySpec):
        command = f"list seeds = [...], or run `fashion-bench study run {file}`"
        raise SpecError(file, "a study, for it lists no seeds", remedy=command)
    return StudyFile(where=file, text=text, spec=spec, plan=plan_of(spec, file))


def listed_study(spec: ExperimentSpec, text: str) -> StudyFile:
    """Ask for the trials that an experiment lists, with the test images closed.

    Args:
        spec: lists them.
        text: the same, as a file would hold it.

    Raises:
        SpecError: it cannot be done.
    """
    plan = replace(plan_of(spec, spec.name), tests=())
    return StudyFile(where=spec.name, text=text, spec=spec, plan=plan)


def plan_of(spec: Spec, where: object) -> Plan:
    """Draw the plan of a spec.

    Args:
        spec: a file whose keys and types are right.
        where: what an error names, as a rule the file.

    Raises:
        SpecError: a value is not legal, or the parts of the file do not fit together.
    """
    try:
        return _study(spec) if isinstance(spec, StudySpec) else _experiment(spec)
    except SpecError as error:
        raise SpecError(
            f"{where}: {error.where}", error.problem, given=error.given, remedy=error.remedy
        ) from None


def _experiment(spec: ExperimentSpec) -> Plan:
    trials = len(spec.seeds)
    if len(set(spec.seeds)) < trials:
        raise SpecError("seeds", "one is listed twice", remedy="list each once")
    if sorted(spec.tests) not in (["plain"], ["plain", "rotated"]):
        remedy = 'use ["plain"] or ["plain", "rotated"]'
        given = joined(spec.tests)
        raise SpecError("tests", "not a legal value", given=given, remedy=remedy)
    return Plan(
        name=spec.name,
        question=spec.question,
        recipe=_recipe(spec),
        rungs=_rungs(spec),
        arms=_arms(spec, {}),
        sampler=SamplerPlan(name="listed"),
        generation=_even_generation(trials),
        trials_per_arm=trials,
        seed=spec.seeds[0],
        seeds=spec.seeds,
        tests=spec.tests,
    )


def _study(spec: StudySpec) -> Plan:
    arms = _arms(spec, spec.nuisance)
    if not any(arm.space for arm in arms):
        remedy = "list values or give a range, or write an experiment"
        raise SpecError("nuisance", "nothing varies, neither here nor in an arm", remedy=remedy)
    arms = tuple(replace(arm, listed=_listed(spec, arm)) for arm in arms)
    rungs, search = _rungs(spec), spec.search
    trials, generation = _budget(spec, arms)
    _check_options(search)
    return Plan(
        name=spec.name,
        question=spec.question,
        recipe=_recipe(spec),
        rungs=rungs,
        arms=arms,
        sampler=_sampler(search),
        pruner=_pruner(search, rungs, generation),
        generation=generation,
        trials_per_arm=trials,
        minutes=spec.budget.minutes,
        trial_minutes=spec.budget.trial_minutes,
        plateau=spec.budget.plateau,
        seed=spec.seed,
        enqueued=len(spec.enqueue),
        checkpoints=spec.record.checkpoints,
    )


# Recipe and rungs ------------------------------------------------------------------------------


def _recipe(spec: Spec) -> Recipe:
    given: dict[str, Any] = {
        name: recipe_parameters()[name].read(value, f"fixed.{name}")
        for name, value in spec.fixed.items()
        if name in recipe_parameters()
    }
    recipe = Recipe(model=spec.model, epochs=spec.epochs, **given)
    if (images := recipe.train_images + recipe.valid_images) > IMAGES:
        problem = f"with valid_images above the {IMAGES} there are"
        raise SpecError("fixed.train_images", problem, given=images, remedy="lower one of them")
    if (batch := recipe.batch_size) > recipe.train_images:
        raise SpecError("fixed.batch_size", "above train_images", given=batch, remedy="lower it")
    return recipe


def _rungs(spec: Spec) -> tuple[int, ...]:
    if any(after <= before for before, after in pairwise(spec.rungs)):
        raise SpecError("rungs", "not in increasing order", remedy="list each epoch once, in order")
    if spec.rungs and spec.rungs[-1] > spec.epochs:
        remedy = f"end at {spec.epochs} or before"
        raise SpecError("rungs", "above epochs", given=spec.rungs[-1], remedy=remedy)
    return (*(rung for rung in spec.rungs if rung < spec.epochs), spec.epochs)


# Arms ------------------------------------------------------------------------------------------


def _arms(spec: Spec, nuisance: Mapping[str, Written]) -> tuple[ArmPlan, ...]:
    fixed = {name: value for name, value in spec.fixed.items() if name not in recipe_parameters()}
    arms = tuple(
        _arm(spec.model, name, {"fixed": fixed, "nuisance": nuisance, f"arms.{name}": written})
        for name, written in spec.arms.items()
    )
    _check_alike(spec.arms)
    return arms


def _arm(model: str, name: str, tables: Mapping[str, Mapping[str, Written]]) -> ArmPlan:
    known = parameters_of(model)
    meant: dict[str, ParamValue | Dimension] = {name: p.default for name, p in known.items()}
    set_in: dict[str, str] = {}
    for table, entries in tables.items():
        for parameter, written in entries.items():
            path = f"{table}.{dotted(parameter)}"
            if parameter not in known:
                raise _unknown(model, parameter, path)
            if parameter in set_in:
                problem = f"also set in [{set_in[parameter]}]"
                raise SpecError(path, problem, remedy="keep one of the two")
            set_in[parameter] = table
            meant[parameter] = read(known[parameter], written, path)
    return ArmPlan(
        name=name,
        fixed={key: value for key, value in meant.items() if not isinstance(value, Dimension)},
        space={key: value for key, value in meant.items() if isinstance(value, Dimension)},
    )


def _unknown(model: str, parameter: str, path: str) -> SpecError:
    if parameter in recipe_parameters():
        return SpecError(path, "the same for every trial", remedy="move it to [fixed]")
    known = [*parameters_of(model), *(recipe_parameters() if path.startswith("fixed.") else ())]
    return SpecError(path, f"not a parameter of {model}", remedy=nearest(parameter, known))


def _check_alike(arms: Mapping[str, Mapping[str, Written]]) -> None:
    compared = sorted({parameter for written in arms.values() for parameter in written})
    for name, written in arms.items():
        for parameter in compared:
            if parameter not in written:
                path, remedy = f"arms.{name}.{parameter}", "let every arm set the same parameters"
                raise SpecError(path, "missing, but set in another arm", remedy=remedy)
    if len(arms) > 1 and not compared:
        raise SpecError("arms", "nothing sets them apart", remedy="let each set a parameter")


# What is known beforehand ----------------------------------------------------------------------


def _listed(spec: StudySpec, arm: ArmPlan) -> tuple[Values, ...]:
    return _grid(spec, arm) if spec.search.sampler == "grid" else _enqueued(spec, arm)


def _grid(spec: StudySpec, arm: ArmPlan) -> tuple[Values, ...]:
    if spec.enqueue:
        remedy = "remove it, or take another sampler"
        raise SpecError("enqueue", "a grid lists every trial itself", remedy=remedy)
    combinations, repeats = grid(arm.space), _options(spec.search, Grid).repeats
    if (trials := len(combinations) * repeats) > MOST_POINTS:
        problem = f"makes over {MOST_POINTS} trials of an arm"
        raise SpecError("search.repeats", problem, given=repeats, remedy="lower it")
    if trials * len(spec.arms) > MOST_LISTED:
        problem = f"make over {MOST_LISTED} trials of a grid"
        raise SpecError("arms", problem, given=len(spec.arms), remedy="list fewer values or arms")

    def rank(repeat: int, place: int) -> int:
        # Not by arm: where grids are alike, trials of equal number differ in the arm alone.
        return derive("grid", spec.seed, repeat, place)

    return tuple(
        combinations[place]
        for repeat in range(repeats)
        for place in sorted(range(len(combinations)), key=partial(rank, repeat))
    )


def _enqueued(spec: StudySpec, arm: ArmPlan) -> tuple[Values, ...]:
    listed = []
    for i, entry in enumerate(spec.enqueue):
        wanted = entry.get("arm", arm.name)
        if wanted not in spec.arms:
            remedy = nearest(str(wanted), spec.arms)
            raise SpecError(f"enqueue.{i}.arm", "no such arm", given=shown(wanted), remedy=remedy)
        if wanted == arm.name:
            given = {name: value for name, value in entry.items() if name != "arm"}
            listed.append(_configuration(spec.model, arm, given, f"enqueue.{i}"))
    return tuple(listed)


def _configuration(model: str, arm: ArmPlan, given: Values, table: str) -> Values:
    found = {}
    for name, written in given.items():
        path = f"{table}.{dotted(name)}"
        if name not in arm.space:
            remedy = "remove it, or say which arm = ... it is for"
            raise SpecError(path, f"not tuned in arm {arm.name}", remedy=remedy)
        value = parameters_of(model)[name].read(written, path)
        if not arm.space[name].holds(value):
            problem = f"outside the space of arm {arm.name}"
            raise SpecError(path, problem, given=value, remedy="change it, or widen the space")
        found[name] = value
    return found


# Budget ----------------------------------------------------------------------------------------


def _budget(spec: StudySpec, arms: Sequence[ArmPlan]) -> tuple[int, int]:
    """Return trials per arm and how many of them make a generation."""
    if spec.search.sampler == "grid":
        return _grid_budget(spec, arms)
    path, trials = "budget.trials_per_arm", spec.budget.trials_per_arm
    generation = spec.search.generation or GENERATION
    if trials is None:
        raise SpecError(path, "missing", remedy="say how many trials each arm gets")
    if short := -trials % generation:
        problem = f"not a multiple of the generation, {generation}"
        why = "whole generations alone let a study grow and keep its trials"
        raise SpecError(path, problem, given=trials, remedy=f"make it {trials + short}: {why}")
    if max(len(arm.listed) for arm in arms) > trials:
        raise SpecError("enqueue", "more than the trials of an arm", remedy=f"raise {path}")
    return trials, generation


def _grid_budget(spec: StudySpec, arms: Sequence[ArmPlan]) -> tuple[int, int]:
    sizes = {arm.name: len(arm.listed) for arm in arms}
    trials, given = sizes[arms[0].name], spec.budget.trials_per_arm
    if len(set(sizes.values())) > 1:
        text = joined(f"{name} {size}" for name, size in sizes.items())
        remedy = "list as many values in each"
        raise SpecError("arms", "their grids differ in size", given=text, remedy=remedy)
    if given not in (None, trials):
        problem = f"the grid has {trials} trials"
        raise SpecError("budget.trials_per_arm", problem, given=given, remedy="leave it out")
    return trials, min(spec.search.generation or _even_generation(trials), trials)


def _even_generation(trials: int) -> int:
    generations = -(-trials // GENERATION)
    return -(-trials // generations)


# Search ----------------------------------------------------------------------------------------


def _sampler(search: Search) -> SamplerPlan:
    options = _options(search, SAMPLERS[search.sampler])
    return SamplerPlan(name=search.sampler, options=options.model_dump())


def _pruner(search: Search, rungs: tuple[int, ...], generation: int) -> PrunerPlan:
    pruner = _options(search, PRUNERS[search.pruner])
    if search.pruner != "none":
        if len(rungs) == 1:
            problem = f"{search.pruner} has no rung to stop trials at"
            raise SpecError("rungs", problem, remedy="list an epoch before the last")
        pruner.check(rungs, generation)
    return PrunerPlan(name=search.pruner, options=pruner.model_dump())


def _options(search: Search, model: type[Chosen]) -> Chosen:
    """Return a sampler or a pruner with what the file sets of its options."""
    return model(
        **{name: search.given[name] for name in model.model_fields if name in search.given}
    )


def _check_options(search: Search) -> None:
    """Refuse what neither the sampler nor the pruner takes."""
    taken = {**SAMPLERS[search.sampler].model_fields, **PRUNERS[search.pruner].model_fields}
    for option in search.given:
        if option not in taken and option not in ("sampler", "pruner", "generation"):
            problem = f"no option of sampler {search.sampler} or pruner {search.pruner}"
            raise SpecError(f"search.{option}", problem, remedy="remove it")
