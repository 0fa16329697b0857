"""From a file to a plan: defaults filled in and values checked, or one line that says why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fashion_bench import code
from fashion_bench.config import WITHOUT_LOGITS, DataFacts, Recipe
from fashion_bench.dimensions import largest
from fashion_bench.errors import CodeError, DataError, SpecError, joined
from fashion_bench.parameters import recipe_parameters, trial_recipe_parameters
from fashion_bench.plan import ArmPlan, ConfirmPlan, Kind, Plan, PrunerPlan, SamplerPlan, SurveyPlan
from fashion_bench.rng import crossed_seeds, drawn_seeds
from fashion_bench.search.arms import draw_arms, finishing, listed, surveyed
from fashion_bench.search.budget import budget_of, searches
from fashion_bench.search.lag import checked_lag
from fashion_bench.search.named import Surroundings, addressed, facts_of, pinned, source_of
from fashion_bench.search.pruning import PRUNERS
from fashion_bench.search.sampling import SAMPLERS, Grid
from fashion_bench.search.seeds import Sources
from fashion_bench.search.shipped import located
from fashion_bench.search.spec import ExperimentSpec, Search, Spec, StudySpec, parse_toml
from fashion_bench.search.stages import even_generation
from fashion_bench.search.table import Table
from fashion_bench.search.text_file import read_once, read_text

if TYPE_CHECKING:
    from fashion_bench.data.sources import Dataset

Chosen = TypeVar("Chosen", bound=Table)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A study or experiment as it is asked for.

    Attributes:
        where: what an error names, as a rule the file.
        text: as it is written.
        spec: its keys, of the right types.
        plan: what it comes to.
        beside: the folder that what it names is looked for in.
        given: a data set that was handed over from Python.
        kept: whether it is a stored one, whose code is run only where somebody says so.
    """

    where: object
    text: str
    spec: Spec
    plan: Plan
    beside: Path = Path()
    given: "Dataset | None" = None
    kept: bool = False


def load_file(file: Path, kind: Kind | None = None) -> StudyFile:
    """Read a study's or an experiment's file; what it names is looked for beside it.

    Args:
        file: in TOML, or the name of one that is shipped.
        kind: which of the two it has to be; ``None`` for either.

    Raises:
        SpecError: it cannot be read or done, or is of the other kind.
    """
    place = located(file)
    text = read_text(place)
    spec = parse_toml(text, file)
    if kind == "study" and isinstance(spec, ExperimentSpec):
        command = f"run `fashion-bench experiment run {file}`"
        raise SpecError(file, "an experiment, for it lists seeds", remedy=command)
    if kind == "experiment" and isinstance(spec, StudySpec):
        command = f"list seeds = [...], or run `fashion-bench study run {file}`"
        raise SpecError(file, "a study, for it lists no seeds", remedy=command)
    beside = Path.cwd() if read_once(file) else place.absolute().parent
    return asked_for(spec, text, file, Surroundings(beside=beside))


def asked_for(spec: Spec, text: str, where: object, around: Surroundings) -> StudyFile:
    """Ask for what a spec says; as ``plan_of``."""
    plan = plan_of(spec, where, around)
    return StudyFile(
        where=where,
        text=text,
        spec=spec,
        plan=plan,
        beside=around.beside or Path(),
        given=around.given,
    )


def listed_study(spec: ExperimentSpec, text: str, around: Surroundings) -> StudyFile:
    """Ask for the trials that an experiment lists, with the test images closed.

    Args:
        spec: lists them.
        text: the same, as a file would hold it.
        around: of the study that they come from.

    Raises:
        SpecError: it cannot be done.
    """
    asked = asked_for(spec, text, spec.name, around)
    return replace(asked, plan=replace(asked.plan, tests=()))


HERE = Surroundings(beside=Path())


def plan_of(spec: Spec, where: object, around: Surroundings = HERE) -> Plan:
    """Draw the plan of a spec.

    Args:
        spec: a file whose keys and types are right.
        where: what an error names, as a rule the file.
        around: what it is read with.

    Raises:
        SpecError: a value is not legal, or the parts of the file do not fit together.
        DataError: the data that it names are not as they should be.
        CodeError: the function that loads them cannot be run.
    """
    told = spec
    try:
        spec, codes = pinned(spec, around)
        data = facts_of(spec, around)
        draw: Any = _study if isinstance(spec, StudySpec) else _experiment
        plan: Plan = draw(spec, data)
        return replace(plan, code=tuple(codes.values()))
    except (SpecError, CodeError, DataError) as error:
        raise addressed(error, where, told) from error.__cause__


def _experiment(spec: ExperimentSpec, data: DataFacts) -> Plan:
    seeds, look = _seeds(spec)
    if look is not None:
        _refuse_without_logits(spec, "looks are at validation images, of which none are kept")
    if sorted(spec.tests) not in (["plain"], ["plain", "rotated"]):
        remedy = 'use ["plain"] or ["plain", "rotated"]'
        given = joined(spec.tests)
        raise SpecError("tests", "not a legal value", given=given, remedy=remedy)
    if not data.test:
        remedy, given = "give it one, or ask a study", code.unpinned(data.name)
        raise SpecError("data", "has no test part to measure", given=given, remedy=remedy)
    arms = draw_arms(spec, {})
    return Plan(
        name=spec.name,
        question=spec.question,
        recipe=_recipe(spec, arms, data),
        rungs=_rungs(spec),
        arms=arms,
        data=data,
        sampler=SamplerPlan(name="listed"),
        generation=look or even_generation(len(seeds)),
        trials_per_arm=len(seeds),
        seed=seeds[0],
        seeds=seeds,
        drawn=not isinstance(spec.seeds, tuple),
        look=look,
        sources=spec.seeds.sources if isinstance(spec.seeds, Sources) else None,
        metric=spec.metric,
        margin=spec.margin,
        tests=spec.tests,
    )


def _refuse_without_logits(spec: Spec, why: str) -> None:
    if spec.metric not in WITHOUT_LOGITS:
        remedy = "use accuracy or loss, or ask it of an experiment with planned seeds"
        given = code.unpinned(spec.metric)
        raise SpecError("metric", f"needs logits, and {why}", given=given, remedy=remedy)


def _seeds(spec: ExperimentSpec) -> tuple[tuple[int, ...], int | None]:
    """Return the seed of each trial of an arm, and after how many it is looked at, if it is."""
    if isinstance(spec.seeds, tuple):
        if len(set(spec.seeds)) < len(spec.seeds):
            raise SpecError("seeds", "one is listed twice", remedy="list each once")
        return spec.seeds, None
    if isinstance(spec.seeds, int):
        return drawn_seeds(spec.name, spec.seeds), None
    if isinstance(spec.seeds, Sources):
        levels = spec.seeds.sources
        crossed = (crossed_seeds(spec.name, levels, number) for number in range(levels**2))
        return tuple(seeds["seed"] for seeds in crossed), None
    most, look = spec.seeds.at_most, spec.seeds.look
    if look > most:
        raise SpecError("seeds.look", "above at_most", given=look, remedy="lower it")
    if short := -most % look:
        remedy = f"make it {most + short}"
        raise SpecError(
            "seeds.at_most", f"not a multiple of look, {look}", given=most, remedy=remedy
        )
    if len(spec.arms) < 2:
        raise SpecError("seeds.look", "one arm is never settled", remedy=f"write seeds = {most}")
    return drawn_seeds(spec.name, most), look


def _study(spec: StudySpec, data: DataFacts) -> Plan:
    arms = draw_arms(spec, spec.nuisance)
    if not any(arm.space for arm in arms):
        remedy = "list values or give a range, or write an experiment"
        raise SpecError("nuisance", "nothing varies, neither here nor in an arm", remedy=remedy)
    _refuse_without_logits(spec, "a study keeps none")
    _check_gp(spec.search, arms)
    repeats = _options(spec.search, Grid).repeats
    survey = _survey(spec, arms)
    arms = tuple(
        replace(arm, listed=listed(spec, arm, repeats), finishing=finishing(spec, arm))
        for arm in arms
    )
    rungs, search = _rungs(spec), spec.search
    trials, generation = budget_of(spec, arms)
    _check_options(search)
    recipe = _recipe(spec, arms, data)
    return Plan(
        name=spec.name,
        question=spec.question,
        recipe=recipe,
        rungs=rungs,
        data=data,
        arms=arms,
        survey=survey,
        confirm=_confirm(spec, recipe),
        sampler=_sampler(search),
        pruner=_pruner(search, rungs, generation),
        controls=search.controls,
        generation=generation,
        lag=checked_lag(search.lag, rungs, trials, generation),
        trials_per_arm=trials,
        minutes=spec.budget.minutes,
        trial_minutes=spec.budget.trial_minutes,
        plateau=spec.budget.plateau,
        seed=spec.seed,
        metric=spec.metric,
        margin=spec.margin,
        enqueued=0 if survey else len(spec.enqueue),
        checkpoints=spec.record.checkpoints,
    )


# Stages ----------------------------------------------------------------------------------------


def _survey(spec: StudySpec, arms: Sequence[ArmPlan]) -> SurveyPlan | None:
    if spec.survey is None:
        return None
    if (points := spec.survey.points) & (points - 1):
        power = 1 << points.bit_length()
        remedy = f"use {power // 2} or {power}"
        raise SpecError("survey.points", "not a power of two", given=points, remedy=remedy)
    first, *others = arms
    if not others:
        raise SpecError(
            "survey", "there is one arm alone", remedy="list another to compare it with"
        )
    if not any(all(arm.space.get(n) == d for arm in others) for n, d in first.space.items()):
        remedy = "tune something alike in all of them, as in [nuisance]"
        raise SpecError("survey", "the arms share nothing that is tuned", remedy=remedy)
    return SurveyPlan(points=points, enqueued=surveyed(spec, arms))


def _confirm(spec: StudySpec, recipe: Recipe) -> ConfirmPlan | None:
    if spec.confirm is None:
        return None
    if not searches(spec):
        remedy = "say how many trials each arm gets, in budget.trials_per_arm, or remove it"
        raise SpecError("confirm", "there is no search to confirm", remedy=remedy)
    if recipe.valid_images > recipe.train_images:
        remedy = "validate on no more images than are trained on"
        raise SpecError("confirm", "validates on images that the search trained on", remedy=remedy)
    return ConfirmPlan(top=spec.confirm.top, seeds=spec.confirm.seeds)


# Recipe and rungs ------------------------------------------------------------------------------


def _recipe(spec: Spec, arms: Sequence[ArmPlan], data: DataFacts) -> Recipe:
    given: dict[str, Any] = {
        name: recipe_parameters()[name].read(value, f"fixed.{name}")
        for name, value in spec.fixed.items()
        if name in recipe_parameters()
    }
    tenth = max(1, data.images // 10)
    given = {"valid_images": tenth, "train_images": max(1, data.images - tenth), **given}
    own: dict[str, Any] = {
        name: arms[0].fixed.get(name, one.default)
        for name, one in trial_recipe_parameters().items()
    }
    recipe = Recipe(
        model=spec.model, epochs=spec.epochs, **given | {"source": source_of(spec)}, **own
    )
    if (images := recipe.train_images + recipe.valid_images) > data.images:
        problem = f"with valid_images above the {data.images} there are"
        raise SpecError("fixed.train_images", problem, given=images, remedy="lower one of them")
    for arm in arms:
        batch = largest(arm.space.get("batch_size", arm.fixed.get("batch_size")))
        if batch > recipe.train_images:
            path = f"{_table_of(spec, arm, 'batch_size')}.batch_size"
            raise SpecError(path, "above train_images", given=batch, remedy="lower it")
        changes = [each for each in arm.choices("augment") if each != "none"]
        if changes and len(data.shape) != 3:
            path = f"{_table_of(spec, arm, 'augment')}.augment"
            problem = f"changes images, and {code.unpinned(data.name)} holds features"
            raise SpecError(path, problem, given=changes[0], remedy='make it "none"')
    return recipe


def _table_of(spec: Spec, arm: ArmPlan, name: str) -> str:
    """Return the table that sets a parameter of an arm."""
    if isinstance(spec, StudySpec) and name in spec.nuisance:
        return "nuisance"
    return f"arms.{arm.name}" if name in spec.arms[arm.name] else "fixed"


def _rungs(spec: Spec) -> tuple[int, ...]:
    if any(after <= before for before, after in pairwise(spec.rungs)):
        raise SpecError("rungs", "not in increasing order", remedy="list each epoch once, in order")
    if spec.rungs and spec.rungs[-1] > spec.epochs:
        remedy = f"end at {spec.epochs} or before"
        raise SpecError("rungs", "above epochs", given=spec.rungs[-1], remedy=remedy)
    return (*(rung for rung in spec.rungs if rung < spec.epochs), spec.epochs)


# Search ----------------------------------------------------------------------------------------

_OF_ANY = ("sampler", "pruner", "generation", "lag", "controls")  # options, whoever samples


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
    elif search.controls:
        path, problem = "search.controls", "nothing stops a trial, for there is no pruner"
        remedy, given = "remove it, or name a pruner", search.controls
        raise SpecError(path, problem, given=given, remedy=remedy)
    return PrunerPlan(name=search.pruner, options=pruner.model_dump())


def _options(search: Search, model: type[Chosen]) -> Chosen:
    """Return a sampler or a pruner with what the file sets of its options."""
    return model(
        **{name: search.given[name] for name in model.model_fields if name in search.given}
    )


def _check_gp(search: Search, arms: Sequence[ArmPlan]) -> None:
    """Refuse a Gaussian process where trials do not all use the same parameters."""
    some = [name for arm in arms for name in arm.sometimes]
    if search.sampler == "gp" and some:
        problem = f"gp learns of no parameter that only some trials use, as {some[0]}"
        raise SpecError("search.sampler", problem, remedy="use tpe, qmc or random")


def _check_options(search: Search) -> None:
    """Refuse what neither the sampler nor the pruner takes."""
    taken = {**SAMPLERS[search.sampler].model_fields, **PRUNERS[search.pruner].model_fields}
    for option in search.given:
        if option not in taken and option not in _OF_ANY:
            problem = f"no option of sampler {search.sampler} or pruner {search.pruner}"
            raise SpecError(f"search.{option}", problem, remedy="remove it")
