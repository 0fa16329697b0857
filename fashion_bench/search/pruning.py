"""Pruners: which trials stop at a rung. Halving, median, hyperband: options, checks, decisions.

``halving`` is synchronous successive halving (Jamieson & Talwalkar 2016), decided here for all
lanes of an arm at once (decision 8); ``median`` and ``hyperband`` are Optuna's, asked by trial.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from fashion_bench.errors import SpecError, joined
from fashion_bench.plan import ArmPlan, Plan, Stage
from fashion_bench.search.table import CountFrom0, Table

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

_Eta = Annotated[int, Field(strict=True, ge=2, le=1000)]


class Pruner(Table):
    """A pruner; its fields are the options that ``[search]`` may give it. This one stops none."""

    def check(self, rungs: tuple[int, ...], generation: int) -> None:
        """Refuse rungs or a generation with which it could never stop a trial.

        Args:
            rungs: of the study, two or more, the last epoch included.
            generation: trials of an arm that are asked for together.

        Raises:
            SpecError: it could not, or not where it has to.
        """

    def build(self, rungs: tuple[int, ...]) -> "BasePruner":
        """Return Optuna's pruner of a study with these rungs."""
        from optuna.pruners import NopPruner  # a file is checked without it

        return NopPruner()

    def stopped(
        self, accuracies: Mapping[int, float], should_prune: Callable[[int], bool]
    ) -> Sequence[int]:
        """Return which trials of an arm stop at a rung, once each has reported.

        Args:
            accuracies: validation accuracy at the rung, by trial number, in the order asked.
            should_prune: asks Optuna's pruner about a trial.
        """
        return [number for number in accuracies if should_prune(number)]

    def going_on(self, trials: int) -> int:
        """Return how many of so many trials of an arm go on from a rung, at most."""
        return trials

    def note(self, rungs: tuple[int, ...]) -> str | None:
        """Return what to expect of it, where that is not plain from the file."""
        return None


class Halving(Pruner):
    """Stops all but the best 1/eta of a generation at each rung."""

    eta: _Eta = 3
    """One trial in eta goes on from a rung."""

    def check(self, rungs: tuple[int, ...], generation: int) -> None:
        """See ``Pruner``."""
        if self.eta > generation:
            problem, remedy = f"smaller than eta, {self.eta}", "raise it, or lower eta"
            raise SpecError("search.generation", problem, given=generation, remedy=remedy)

    def stopped(
        self, accuracies: Mapping[int, float], should_prune: Callable[[int], bool]
    ) -> Sequence[int]:
        """See ``Pruner``; of equals the earlier goes on."""
        ranked = sorted(accuracies, key=lambda number: -accuracies[number])
        return ranked[self.going_on(len(ranked)) :]

    def going_on(self, trials: int) -> int:
        """See ``Pruner``; 1/eta is rounded down, at least one."""
        return min(trials, max(1, int(trials / float(self.eta))))


class Median(Pruner):
    """Stops a trial below the median of the earlier ones."""

    warmup_trials: CountFrom0 = 5
    """Finished trials before the first is stopped."""
    warmup_epochs: CountFrom0 = 0
    """Rungs below this epoch stop no trial."""

    def check(self, rungs: tuple[int, ...], generation: int) -> None:
        """See ``Pruner``."""
        if (warmup := self.warmup_epochs) > rungs[-2]:
            path, remedy = "search.warmup_epochs", f"use at most {rungs[-2]}"
            raise SpecError(path, "leaves no rung to stop trials at", given=warmup, remedy=remedy)

    def build(self, rungs: tuple[int, ...]) -> "BasePruner":
        """See ``Pruner``."""
        from optuna.pruners import MedianPruner

        trials, epochs = self.warmup_trials, self.warmup_epochs
        return MedianPruner(n_startup_trials=trials, n_warmup_steps=epochs)

    def note(self, rungs: tuple[int, ...]) -> str | None:
        """See ``Pruner``."""
        return (
            f"median stops no trial of an arm before {self.warmup_trials} have reached the last "
            f"epoch, and none before epoch {max(self.warmup_epochs, rungs[0])}"
        )


class Hyperband(Pruner):
    """Halving in several brackets (Li et al. 2018)."""

    eta: _Eta = 3
    """One trial in eta goes on from a rung."""

    def check(self, rungs: tuple[int, ...], generation: int) -> None:
        """See ``Pruner``."""
        wanted = [rungs[0]]
        while wanted[-1] * self.eta < rungs[-1]:
            wanted.append(wanted[-1] * self.eta)
        inner = list(rungs[:-1])
        if inner != wanted[: len(inner)]:
            problem = f"not those of hyperband with eta {self.eta}"
            remedy = f"use {', '.join(map(str, wanted))}, or the pruner halving"
            raise SpecError("rungs", problem, given=joined(map(str, inner)), remedy=remedy)

    def build(self, rungs: tuple[int, ...]) -> "BasePruner":
        """See ``Pruner``."""
        from optuna.pruners import HyperbandPruner

        least, most = rungs[0], rungs[-1]
        return HyperbandPruner(min_resource=least, max_resource=most, reduction_factor=self.eta)


PRUNERS: Mapping[str, type[Pruner]] = MappingProxyType(
    {"none": Pruner, "halving": Halving, "median": Median, "hyperband": Hyperband}
)


def pruner_of(plan: Plan) -> Pruner:
    """Return what stops the trials of a plan."""
    return PRUNERS[plan.pruner.name](**plan.pruner.options)


def epochs_ahead(plan: Plan, free: int, kept: int, reached: int = 0) -> int:
    """Return the epochs that trials of a generation of an arm have ahead, at most.

    Args:
        plan: says the rungs, and what stops trials there.
        free: so many of them may be stopped at a rung.
        kept: so many pass every rung.
        reached: the rung they have passed; 0 before any.
    """
    pruner, epochs = pruner_of(plan), 0
    for rung in plan.rungs:
        if rung > reached:
            epochs += (free + kept) * (rung - reached)
            free, reached = pruner.going_on(free), rung
    return epochs


def epochs_of(plan: Plan, stage: Stage) -> float:
    """Return the epochs that a stage of a study is expected to train, over all arms."""
    if stage == "search":
        return expected_epochs(plan)[0]
    return plan.trials_of[stage] * len(plan.arms) * plan.recipe.epochs


def expected_epochs(plan: Plan, arms: Sequence[ArmPlan] | None = None) -> list[float]:
    """Return the epochs of a stage from each generation on, and 0 behind the last.

    Args:
        plan: of the stage.
        arms: whose; ``None`` for all of it.
    """
    each = []
    arms = plan.arms if arms is None else arms
    for first in range(0, plan.trials_per_arm, plan.generation):
        numbers = range(first, min(first + plan.generation, plan.trials_per_arm))
        kept = [sum(plan.finishes(arm, number) for number in numbers) for arm in arms]
        each.append(sum(epochs_ahead(plan, len(numbers) - n, n) for n in kept))
    return list(accumulate(reversed(each), initial=0.0))[::-1]
