"""The arms of a file: what is set and what is tuned in each, and which trials are listed."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fashion_bench.code import unpinned
from fashion_bench.config import Recipe
from fashion_bench.dimensions import Dimension
from fashion_bench.errors import SpecError, dotted, nearest, shown
from fashion_bench.parameters import (
    Parameter,
    parameters_of,
    recipe_parameters,
    trial_recipe_parameters,
)
from fashion_bench.plan import ArmPlan, Values
from fashion_bench.rng import derive
from fashion_bench.search.space import MOST_POINTS, Written, grid, read
from fashion_bench.search.spec import Spec, StudySpec

# Parts of what other scripts call a parameter of ours.
_ELSEWHERE = {"layers": "depth", "learning": "lr", "units": "hidden", "width": "hidden"}

MOST_LISTED = 100_000  # trials of a grid, over all arms: they are all drawn before it begins


def draw_arms(spec: Spec, nuisance: Mapping[str, Written]) -> tuple[ArmPlan, ...]:
    """Return the arms of a file, whose names of code carry digests.

    Raises:
        SpecError: a value is not legal, or the tables do not fit together.
    """
    fixed = {name: value for name, value in spec.fixed.items() if name not in recipe_parameters()}
    known = _known(spec, nuisance)
    arms = tuple(
        _arm(known, spec.model, name, {"fixed": fixed, "nuisance": nuisance, f"arms.{name}": own})
        for name, own in spec.arms.items()
    )
    _check_alike(spec.arms, arms)
    for table, entries in {"fixed": fixed, "nuisance": nuisance}.items():
        for name in entries:
            if not any(arm.can_use(name) for arm in arms):
                words = " and ".join(one.words for one in known[name].where)
                path = f"{table}.{dotted(name)}"
                raise SpecError(path, f"used only where {words}", remedy="remove it")
    return arms


def _known(spec: Spec, nuisance: Mapping[str, Written]) -> Mapping[str, Parameter]:
    """Return what may be set: the parameters of every optimizer that is named among them."""
    optimizers: dict[str, None] = {}
    arms = {f"arms.{name}": arm for name, arm in spec.arms.items()}
    for table, values in {"fixed": spec.fixed, "nuisance": nuisance, **arms}.items():
        written = values.get("optimizer", ())
        for each in written if isinstance(written, tuple) else (written,):
            read = trial_recipe_parameters()["optimizer"].read(each, f"{table}.optimizer")
            optimizers[str(read)] = None
    return parameters_of(spec.model, tuple(optimizers) or (Recipe().optimizer,))


def _arm(
    known: Mapping[str, Parameter],
    model: str,
    name: str,
    tables: Mapping[str, Mapping[str, Written]],
) -> ArmPlan:
    meant: dict[str, Any] = {n: p.default for n, p in known.items() if p.default is not None}
    set_in: dict[str, str] = {}
    for table, entries in tables.items():
        for parameter, written in entries.items():
            path = f"{table}.{dotted(parameter)}"
            if parameter not in known:
                raise _unknown(known, model, parameter, path)
            if parameter in set_in:
                problem = f"also set in [{set_in[parameter]}]"
                raise SpecError(path, problem, remedy="keep one of the two")
            set_in[parameter] = table
            meant[parameter] = read(known[parameter], written, path)
    return ArmPlan(
        name=name,
        fixed={key: value for key, value in meant.items() if not isinstance(value, Dimension)},
        space={key: value for key, value in meant.items() if isinstance(value, Dimension)},
        where={key: one.where for key, one in known.items() if one.where},
    )


def _unknown(known: Mapping[str, Parameter], model: str, parameter: str, path: str) -> SpecError:
    if parameter in recipe_parameters():
        return SpecError(path, "the same for every trial", remedy="move it to [fixed]")
    names = [*known, *(recipe_parameters() if path.startswith("fixed.") else ())]
    problem = f"not a parameter of {unpinned(model)}"
    called = (ours for part, ours in _ELSEWHERE.items() if part in parameter and ours in names)
    return SpecError(path, problem, remedy=nearest(next(called, parameter), names))


def _check_alike(arms: Mapping[str, Mapping[str, Written]], plans: Sequence[ArmPlan]) -> None:
    """Refuse arms that do not set the same parameters, but for those that an arm does not use."""
    compared = sorted({parameter for written in arms.values() for parameter in written})
    for (name, written), plan in zip(arms.items(), plans, strict=True):
        for parameter in compared:
            if parameter not in written and plan.can_use(parameter):
                path, remedy = f"arms.{name}.{parameter}", "let every arm set the same parameters"
                raise SpecError(path, "missing, but set in another arm", remedy=remedy)
    if len(arms) > 1 and not compared:
        raise SpecError("arms", "nothing sets them apart", remedy="let each set a parameter")


# What is known beforehand ----------------------------------------------------------------------


def listed(spec: StudySpec, arm: ArmPlan, repeats: int) -> tuple[Values, ...]:
    """Return what is known of an arm's first trials: a whole grid, or what is enqueued.

    Args:
        spec: the file.
        arm: of it.
        repeats: how often a grid has every combination.

    Raises:
        SpecError: a grid is too large, or what is enqueued lies outside the space.
    """
    if spec.search.sampler == "grid":
        return _grid(spec, arm, repeats)
    return () if spec.survey else _enqueued(spec, arm)


def _grid(spec: StudySpec, arm: ArmPlan, repeats: int) -> tuple[Values, ...]:
    if spec.enqueue and not spec.survey:
        remedy = "remove it, or take another sampler"
        raise SpecError("enqueue", "a grid lists every trial itself", remedy=remedy)
    space = {name: arm.space[name] for name in arm.order}
    combinations = grid(space, partial(_uses, arm))
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


def _uses(arm: ArmPlan, name: str, sampled: Values) -> bool:
    return arm.uses(name, {**arm.fixed, **sampled})


def surveyed(spec: StudySpec, arms: Sequence[ArmPlan]) -> dict[str, tuple[Values, ...]]:
    """Return by arm what is enqueued beside a survey: each configuration, in every arm.

    Raises:
        SpecError: one is for one arm alone, is not whole, or lies outside the space.
    """
    for i, entry in enumerate(spec.enqueue):
        for key in set(_OF_AN_ENTRY) & entry.keys():
            remedy = "remove it: a survey trains what is enqueued in every arm, to the last epoch"
            raise SpecError(f"enqueue.{i}.{key}", "there is a survey", remedy=remedy)
        for name in entry:
            if not any(name in arm.space for arm in arms):
                path = f"enqueue.{i}.{dotted(name)}"
                raise SpecError(path, "not tuned in any arm", remedy="remove it")
    return {
        arm.name: tuple(
            _whole(spec, arm, entry, f"enqueue.{place}") for place, entry in enumerate(spec.enqueue)
        )
        for arm in arms
    }


def _whole(spec: StudySpec, arm: ArmPlan, entry: Values, table: str) -> Values:
    """Return what an entry sets of all that an arm tunes."""
    own = {name: value for name, value in entry.items() if name in arm.space}
    found = _configuration(spec, arm, own, table)
    for name in arm.order:
        if name not in found and _uses(arm, name, found):
            remedy = f"set it: arm {arm.name} tunes it, and a survey draws nothing for it"
            raise SpecError(f"{table}.{dotted(name)}", "missing", remedy=remedy)
    return found


def _enqueued(spec: StudySpec, arm: ArmPlan) -> tuple[Values, ...]:
    listed = []
    for i, entry in enumerate(spec.enqueue):
        wanted = entry.get("arm", arm.name)
        if wanted not in spec.arms:
            remedy = nearest(str(wanted), spec.arms)
            raise SpecError(f"enqueue.{i}.arm", "no such arm", given=shown(wanted), remedy=remedy)
        if wanted == arm.name:
            given = {name: value for name, value in entry.items() if name not in _OF_AN_ENTRY}
            listed.append(_configuration(spec, arm, given, f"enqueue.{i}"))
    return tuple(listed)


_OF_AN_ENTRY = ("arm", "finish")  # keys of ``[[enqueue]]`` that are no parameters


def finishing(spec: StudySpec, arm: ArmPlan) -> tuple[int, ...]:
    """Return which of an arm's listed trials pass every rung, by number.

    Raises:
        SpecError: ``finish`` is not true or false, or there is nothing that would stop a trial.
    """
    for i, entry in enumerate(spec.enqueue):
        finish, path = entry.get("finish", False), f"enqueue.{i}.finish"
        if not isinstance(finish, bool):
            given = shown(finish)
            raise SpecError(path, "not a legal value", given=given, remedy="make it true or false")
        if finish and spec.search.pruner == "none":
            problem = "nothing stops a trial, for there is no pruner"
            raise SpecError(path, problem, remedy="remove it, or name a pruner in [search]")
    own = (entry for entry in spec.enqueue if entry.get("arm", arm.name) == arm.name)
    return tuple(number for number, entry in enumerate(own) if entry.get("finish", False))


def _configuration(spec: StudySpec, arm: ArmPlan, given: Values, table: str) -> Values:
    found, known = {}, _known(spec, spec.nuisance)
    for name, written in given.items():
        path = f"{table}.{dotted(name)}"
        if name not in arm.space:
            remedy = "remove it, or say which arm = ... it is for"
            raise SpecError(path, f"not tuned in arm {arm.name}", remedy=remedy)
        value = known[name].read(written, path)
        if not arm.space[name].holds(value):
            problem = f"outside the space of arm {arm.name}"
            raise SpecError(path, problem, given=value, remedy="change it, or widen the space")
        found[name] = value
    for name in found:
        told = {**arm.fixed, **found}
        for one in arm.where.get(name, ()):
            if one.parameter in told and not one.holds(told[one.parameter]):
                path, problem = f"{table}.{dotted(name)}", f"used only where {one.words}"
                raise SpecError(path, problem, remedy="remove it, or change the other")
    return found
