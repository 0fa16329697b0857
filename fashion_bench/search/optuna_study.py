"""One arm as an in-memory Optuna study: samplers, ask, report, tell; importances.

Everything random is drawn from names: the sampler of a generation is built fresh, so a study read
back from the ledger goes on as one that never stopped.
"""

import math
import warnings
from collections.abc import Callable, Container, Mapping, Sequence
from random import Random
from statistics import quantiles
from typing import Any

import optuna
from optuna import importance
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from fashion_bench.config import ParamValue
from fashion_bench.plan import ArmPlan, Choice, Dimension, Plan
from fashion_bench.records import Epoch, Outcome
from fashion_bench.rng import derive
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.sampling import optuna_sampler

FEWEST_RESAMPLED = 10  # complete trials; of fewer a bootstrap says nothing
RESAMPLES = 50  # 500 complete trials take half a second

optuna.logging.set_verbosity(optuna.logging.ERROR)

_STATES = {
    Outcome.COMPLETE: TrialState.COMPLETE,
    Outcome.PRUNED: TrialState.PRUNED,
    Outcome.DIVERGED: TrialState.PRUNED,  # told as FAIL the sampler would learn nothing from it
    Outcome.FAILED: TrialState.FAIL,
}
_EVALUATORS: dict[str, Callable[[], importance.BaseImportanceEvaluator]] = {
    "PED-ANOVA": importance.PedAnovaImportanceEvaluator,
    "fANOVA": lambda: importance.FanovaImportanceEvaluator(seed=0),  # of its random forest
}


class ArmStudy:
    """Asks, reports and tells for one arm; holds no state that its finished trials do not.

    Args:
        plan: the study.
        arm: which arm of it.
        past: the arm's finished trials, as read from the ledger.
        counters: the sampler's counters as of the last of them (see ``counters``).
    """

    def __init__(
        self,
        plan: Plan,
        arm: ArmPlan,
        past: Sequence[FrozenTrial] = (),
        counters: Mapping[str, Any] | None = None,
    ) -> None:
        self._plan, self._arm = plan, arm
        self._space = {name: _distribution(name, d) for name, d in arm.space.items()}
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=f"{plan.name}.{arm.name}",
            direction="maximize",
            pruner=pruner_of(plan).build(plan.rungs),
        )
        self._id = self._storage.get_study_id_from_name(self._study.study_name)
        self._study.add_trials(past)
        for key, value in (counters or {}).items():
            self._storage.set_study_system_attr(self._id, key, value)
        self._open: dict[int, optuna.Trial] = {}

    def ask(self, generation: int, numbers: Sequence[int]) -> list[dict[str, ParamValue]]:
        """Return the sampled parameters of the trials with these numbers, in order."""
        seed = _sampler_seed(self._plan, self._arm, generation)
        with warnings.catch_warnings():
            # GP and QMC are called experimental: their place in a file is ours to keep stable.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = optuna_sampler(self._plan.sampler, seed)
        asked = []
        for number in numbers:
            if number < len(self._arm.listed):
                self._study.enqueue_trial(dict(self._arm.listed[number]))
            trial = self._study.ask(self._space)
            self._open[number] = trial
            asked.append(dict(trial.params))
        return asked

    def report(self, number: int, epochs: Sequence[Epoch]) -> None:
        """Report validation accuracies; where an epoch diverged, NaN."""
        for epoch in epochs:
            value = math.nan if epoch.diverged else epoch.valid_accuracy
            self._open[number].report(value, epoch.epoch)

    def should_prune(self, number: int) -> bool:
        """Ask Optuna's pruner about a trial, given everything reported so far."""
        return self._open[number].should_prune()

    def tell(self, number: int, outcome: Outcome, value: float | None) -> FrozenTrial:
        """Tell how a trial ended; return it as the ledger shall hold it."""
        value = value if outcome is Outcome.COMPLETE else None
        return self._study.tell(self._open.pop(number), value, state=_STATES[outcome])

    @property
    def counters(self) -> dict[str, Any]:
        """What a sampler counts beside the trials: the place in a quasi-random sequence."""
        return dict(self._storage.get_study_system_attrs(self._id))


def importances(trials: Sequence[FrozenTrial], evaluator: str = "PED-ANOVA") -> dict[str, float]:
    """Return each varying parameter's share of importance for the value; they sum to 1.

    Empty when the trials cannot tell: fewer than two finished, or nothing that varied.

    Args:
        trials: finished trials of one arm.
        evaluator: ``"PED-ANOVA"`` (Watanabe et al. 2023: what sets the best trials apart) or
            ``"fANOVA"`` (Hutter et al. 2014: what explains the variance over the whole space).
    """
    return _importances(_study_of(trials), evaluator)


def importance_intervals(
    trials: Sequence[FrozenTrial], evaluator: str = "PED-ANOVA"
) -> dict[str, tuple[float, float]]:
    """Return an 80 % bootstrap interval for each parameter's importance.

    A resample draws as many of the complete trials with replacement (Efron 1979). It tells how far
    a share hangs on which trials there happen to be; since a sampler does not draw them
    independently, this is no confidence interval. Empty below ``FEWEST_RESAMPLED`` complete trials,
    and where ``importances`` is.

    Args:
        trials: finished trials of one arm.
        evaluator: as of ``importances``.
    """
    study = _study_of(trials)
    complete = study.get_trials(deepcopy=False)
    if len(complete) < FEWEST_RESAMPLED or not _importances(study, evaluator):
        return {}
    draws = (Random(derive("resample", number)) for number in range(RESAMPLES))
    samples = (_Sample(study, draw.choices(complete, k=len(complete))) for draw in draws)
    every = [shares for sample in samples if (shares := _importances(sample, evaluator))]
    return {name: _middle([shares[name] for shares in every]) for name in every[0]}


class _Sample(optuna.Study):
    """A bootstrap resample of a study's trials (``add_trials`` would deep-copy them)."""

    def __init__(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
        super().__init__(study.study_name, study._storage)
        self._trials = list(trials)

    def get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        return self._trials


def _study_of(trials: Sequence[FrozenTrial]) -> optuna.Study:
    """Return a study of the complete ones among these trials."""
    study = optuna.create_study(direction="maximize")
    study.add_trials([trial for trial in trials if trial.state is TrialState.COMPLETE])
    return study


def _importances(study: optuna.Study, evaluator: str) -> dict[str, float]:
    if len({trial.value for trial in study.get_trials(deepcopy=False)}) < 2:
        return {}
    found = importance.get_param_importances(study, evaluator=_EVALUATORS[evaluator]())
    return {name: float(share) for name, share in found.items()}


def _middle(shares: Sequence[float]) -> tuple[float, float]:
    """Return the first and the last of the nine deciles."""
    deciles = quantiles(shares, n=10, method="inclusive")
    return deciles[0], deciles[-1]


def _distribution(name: str, dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.values)
    if dimension.integer:
        step = 1 if dimension.step is None else int(dimension.step)
        low, high = int(dimension.low), int(dimension.high)
        return IntDistribution(low, high, log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def _sampler_seed(plan: Plan, arm: ArmPlan, generation: int) -> int:
    """A seed of numpy's width; a quasi-random sequence must keep one seed to stay one sequence."""
    if plan.sampler.name == "qmc":
        return derive("sampler", plan.seed, bits=32)
    return derive("sampler", plan.seed, arm.name, generation, bits=32)
