"""Pruning: which trials stop at a rung. Halving, median, hyperband: options, checks, decisions.

``halving`` is synchronous successive halving (Jamieson & Talwalkar 2016), decided here for all
lanes of an arm at once (decision 8); ``median`` and ``hyperband`` are Optuna's, asked by trial.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fashion_bench.errors import SpecError
from fashion_bench.plan import Plan, PrunerName, PrunerPlan
from fashion_bench.search.space import joined

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

# The options of each, as a file calls them, and their defaults.
OPTIONS: Mapping[PrunerName, Mapping[str, int]] = {
    "none": {},
    "halving": {"eta": 3},
    "median": {"warmup_trials": 5, "warmup_epochs": 0},
    "hyperband": {"eta": 3},
}


def plan_pruner(
    name: PrunerName, options: Mapping[str, Any], rungs: tuple[int, ...], generation: int
) -> PrunerPlan:
    """Return a pruner that has something to do at these rungs.

    Args:
        name: which one.
        options: those that the file sets; the others have their defaults.
        rungs: of the study, the last epoch included.
        generation: trials of an arm that are asked for together.

    Raises:
        SpecError: it could never stop a trial, or not where it has to.
    """
    chosen = {option: options.get(option, default) for option, default in OPTIONS[name].items()}
    if name != "none" and len(rungs) == 1:
        problem = f"{name} has no rung to stop trials at"
        raise SpecError("rungs", problem, remedy="list an epoch before the last")
    if name == "halving" and (eta := chosen["eta"]) > generation:
        path, problem = "search.generation", f"smaller than eta, {eta}"
        raise SpecError(path, problem, given=generation, remedy="raise it, or lower eta")
    if name == "median" and (warmup := chosen["warmup_epochs"]) > rungs[-2]:
        path, remedy = "search.warmup_epochs", f"use at most {rungs[-2]}"
        raise SpecError(path, "leaves no rung to stop trials at", given=warmup, remedy=remedy)
    if name == "hyperband":
        _check_hyperband(rungs, chosen["eta"])
    return PrunerPlan(name=name, options=chosen)


def pruning_note(plan: Plan) -> str | None:
    """Return what to expect of a study's pruner, where that is not plain from its file."""
    if plan.pruner.name != "median":
        return None
    trials, epochs = (plan.pruner.options[name] for name in ("warmup_trials", "warmup_epochs"))
    return (
        f"median stops no trial of an arm before {trials} have reached the last epoch, "
        f"and none before epoch {max(epochs, plan.rungs[0])}"
    )


def optuna_pruner(plan: Plan) -> "BasePruner":
    """Return Optuna's pruner of a study; one that stops nothing for ``none`` and ``halving``."""
    from optuna import pruners  # a file is checked without it

    options = plan.pruner.options
    if plan.pruner.name == "median":
        return pruners.MedianPruner(
            n_startup_trials=options["warmup_trials"], n_warmup_steps=options["warmup_epochs"]
        )
    if plan.pruner.name == "hyperband":
        return pruners.HyperbandPruner(
            min_resource=plan.rungs[0],
            max_resource=plan.rungs[-1],
            reduction_factor=options["eta"],
        )
    return pruners.NopPruner()


def stopped(
    pruner: PrunerPlan, accuracies: Mapping[int, float], should_prune: Callable[[int], bool]
) -> Sequence[int]:
    """Return which trials of an arm stop at a rung, once each has reported.

    Args:
        pruner: what decides.
        accuracies: validation accuracy at the rung, by trial number, in the order asked.
        should_prune: asks Optuna's pruner about a trial.
    """
    if pruner.name != "halving":
        return [number for number in accuracies if should_prune(number)]
    # All but the best 1/eta, rounded down, at least one; of equals the earlier goes on.
    ranked = sorted(accuracies, key=lambda number: -accuracies[number])
    return ranked[max(1, int(len(ranked) / float(pruner.options["eta"]))) :]


def _check_hyperband(rungs: tuple[int, ...], eta: int) -> None:
    wanted = [rungs[0]]
    while wanted[-1] * eta < rungs[-1]:
        wanted.append(wanted[-1] * eta)
    inner = list(rungs[:-1])
    if inner != wanted[: len(inner)]:
        problem = f"not those of hyperband with eta {eta}"
        remedy = f"use {', '.join(map(str, wanted))}, or the pruner halving"
        raise SpecError("rungs", problem, given=joined(map(str, inner)), remedy=remedy)
