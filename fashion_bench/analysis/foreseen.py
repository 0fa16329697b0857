"""Caveats that a plan alone foresees: known before anything is trained, by ``study check``, too.

Nothing heavy is imported: a file is checked in a moment.
"""

from collections.abc import Iterator, Sequence

from fashion_bench.analysis.text import MOST_NAMED, param, some_of
from fashion_bench.dimensions import Dimension, Range
from fashion_bench.plan import ArmPlan, Plan

MIN_PAIRS = 6  # of 5 pairs even the clearest has a sign-flip p of 2/32 > 0.05
MOST_ARMS = 20  # that are all compared with each other: 190 pairs of them


def foreseen(plan: Plan) -> tuple[str, ...]:
    """Return what any answer of this plan will have to be read with, a sentence each."""
    checks = _OF_EXPERIMENTS if plan.kind == "experiment" else _OF_STUDIES
    return tuple(sentence for check in checks for sentence in check(plan))


def unlike(plan: Plan) -> Iterator[str]:
    """Tell of a parameter that several arms tune, but not over the same values."""
    spaces = {one.name: one.space for one in plan.arms}
    for name in dict.fromkeys(name for space in spaces.values() for name in space):
        tuned = {arm: space[name] for arm, space in spaces.items() if name in space}
        if plan.stage == "search" and len(set(tuned.values())) > 1:
            shown = [f"{_searched(dimension)} in {arm}" for arm, dimension in tuned.items()]
            yield f"{name} is not searched alike in the arms: {some_of(shown, MOST_NAMED)}"


def _searched(dimension: Dimension) -> str:
    if isinstance(dimension, Range):
        how = ", by its logarithm" if dimension.log else ""
        return f"{param(dimension.low)} to {param(dimension.high)}{how}"
    return f"one of {some_of(list(map(param, dimension.values)), MOST_NAMED)}"


def unused(plan: Plan) -> Iterator[str]:
    """Tell what arms set that no trial uses, and of arms that are then trained alike."""
    for name in plan.varying:
        if not any(arm.can_use(name) for arm in plan.arms):
            words = " and ".join(one.words for one in plan.known[name].where)
            yield f"no trial uses {name}, which counts only where {words}"
    trained = {arm.name: _trained(arm) for arm in plan.arms}
    for name, here in trained.items():
        alike = [other for other, there in trained.items() if there == here]
        if len(alike) > 1 and name == alike[0]:
            told = some_of(alike, MOST_NAMED)
            yield f"the arms {told} are trained alike: to compare them compares nothing"


def _trained(arm: ArmPlan) -> object:
    """Return all that the trials of an arm hang on but their seeds."""
    used = {n: one for n, one in {**arm.fixed, **arm.space}.items() if arm.can_use(n)}
    return used, arm.listed, arm.finishing


def listed_seeds(plan: Plan) -> Iterator[str]:
    """Tell that somebody chose the seeds."""
    if not plan.drawn:
        yield "its seeds are listed in the file, not drawn from its name"


def varying(arms: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Tell of arms between which several parameters vary that a difference has no single cause."""
    if len(arms) > 1 and len(names) > 1:
        told = ", ".join(names)
        yield f"the arms differ in {told}: a difference is of all of them together"


def many_arms(arms: Sequence[str]) -> Iterator[str]:
    """Tell that not every arm is compared with every other."""
    if len(arms) > MOST_ARMS:
        yield f"of {len(arms)} arms each is compared with the first alone, {arms[0]}"


def pairs_of(plan: Plan) -> dict[str, int]:
    """Return how many pairs each stage compares arms by, at most; none of a search."""
    if len(plan.arms) < 2 or plan.sources is not None:
        return {}
    pairs = {
        "survey": plan.survey.points if plan.survey else 0,
        "confirm": plan.confirm.seeds if plan.confirm else 0,
        "experiment": len(plan.seeds) if plan.kind == "experiment" else 0,
    }
    return {stage: n for stage, n in pairs.items() if n}


def _few(plan: Plan) -> Iterator[str]:
    """Tell of a stage whose pairs are too few for any verdict."""
    keys = {"survey": "survey.points", "confirm": "confirm.seeds", "experiment": "seeds"}
    for stage, n in pairs_of(plan).items():
        if n < MIN_PAIRS:
            yield f"{keys[stage]} = {n} settles nothing: a verdict takes {MIN_PAIRS} pairs or more"


def _no_verdict(plan: Plan) -> Iterator[str]:
    if len(plan.arms) > 1 and plan.survey is None and plan.confirm is None:
        yield (
            "a search alone gives no verdict, as the best of many trials is partly luck: add "
            "[survey] or [confirm], or measure its best with `fashion-bench study promote`"
        )


def _one_arm(plan: Plan) -> Iterator[str]:
    if len(plan.arms) == 1:
        yield "one arm: it is measured, and compared with nothing"


def _many_arms(plan: Plan) -> Iterator[str]:
    return many_arms([arm.name for arm in plan.arms]) if plan.sources is None else iter(())


def _varying(plan: Plan) -> Iterator[str]:
    return varying([arm.name for arm in plan.arms], plan.varying)


_OF_STUDIES = (unused, unlike, _few, _no_verdict)
_OF_EXPERIMENTS = (unused, _many_arms, listed_seeds, _varying, _few, _one_arm)
