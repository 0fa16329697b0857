"""One arm as an in-memory Optuna study: samplers, ask, report, tell; importances.

Everything random is drawn from names: the sampler of a generation is built fresh, so a study read
back from the ledger goes on as one that never stopped. What a generation sees of the trials before
it hangs on their generations and the lag alone (``lag``), never on what happens to be in.
"""

import math
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import quantiles
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Dimension
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.records import Epoch, Outcome
from fashion_bench.rng import derive
from fashion_bench.search.lag import lags_of, last_seen
from fashion_bench.search.pruning import pruner_of
from fashion_bench.search.sampling import optuna_sampler
from fashion_bench.search.seen import SeenStorage, Unseen, as_asked
from fashion_bench.search.storage import quiet

FEWEST_RESAMPLED = 10  # complete trials; of fewer a bootstrap says nothing
RESAMPLES = 50  # 500 complete trials take half a second

_STATES = {
    Outcome.COMPLETE: TrialState.COMPLETE,
    Outcome.PRUNED: TrialState.PRUNED,
    Outcome.DIVERGED: TrialState.PRUNED,  # told as FAIL the sampler would learn nothing from it
    Outcome.FAILED: TrialState.FAIL,
}


class ArmStudy:
    """Asks, reports and tells for one arm; holds no state that its finished trials do not.

    Args:
        plan: the study.
        arm: which arm of it.
        past: the arm's finished trials, as read from the ledger.
        counters: the sampler's counters as of the last of them (see ``counters``).
        known: trials of a survey before it, of which the first generation sees all.
    """

    @quiet()
    def __init__(
        self,
        plan: Plan,
        arm: ArmPlan,
        past: Sequence[FrozenTrial] = (),
        counters: Mapping[str, Any] | None = None,
        known: Sequence[FrozenTrial] = (),
    ) -> None:
        self._plan, self._arm, self._lags = plan, arm, lags_of(plan)
        self._space = {name: _distribution(name, d) for name, d in arm.space.items()}
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=f"{plan.name}.{arm.name}",
            direction="maximize",
            pruner=pruner_of(plan).build(plan.rungs),
        )
        self._id = self._storage.get_study_id_from_name(self._study.study_name)
        self._unseen: dict[int, Unseen] = {}
        self._views: dict[int, optuna.Study] = {}
        seen = max(0, -(-len(past) // plan.generation) - self._lags[-1]) * plan.generation
        self._study.add_trials((*known, *past[:seen]))
        self._study.add_trials(map(as_asked, past[seen:]))
        asked = self._study.get_trials(deepcopy=False)[len(known) + seen :]
        for number, pair in enumerate(zip(asked, past[seen:], strict=True), seen):
            self._unseen[number] = Unseen.again(*pair, number // plan.generation, plan.rungs)
        for key, value in (counters or {}).items():
            self._storage.set_study_system_attr(self._id, key, value)
        # Its sequence fills the whole space, so a trial draws what it does not use, too.
        self._draws_all = plan.sampler.name == "qmc"

    @quiet()
    def ask(self, generation: int, numbers: Sequence[int]) -> list[dict[str, ParamValue]]:
        """Return what was drawn for the trials with these numbers, in order.

        A trial is asked for what others hang on first, and for no parameter that it does not use.
        """
        self._see(generation)
        seed = _sampler_seed(self._plan, self._arm, generation)
        with warnings.catch_warnings():
            # GP, QMC and TPE's groups are called experimental: what a file says is ours to keep.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = optuna_sampler(
                self._plan.sampler, seed, grouped=bool(self._arm.sometimes)
            )
        seen, asked = self._study.get_trials(deepcopy=False), list[Unseen]()
        for number in numbers:
            if number < len(self._arm.listed):
                self._study.enqueue_trial(dict(self._arm.listed[number]))
            trial = self._study.ask()
            for name in self._arm.order:
                if self._draws_all or self._arm.uses(name, {**self._arm.fixed, **trial.params}):
                    _suggest(trial, name, self._space[name])
            asked.append(Unseen(self._storage.get_trial(trial._trial_id), generation))
        self._unseen |= dict(zip(numbers, asked, strict=True))
        self._views[generation] = optuna.create_study(
            storage=SeenStorage(seen, asked, self._plan.rungs),
            study_name=self._study.study_name,
            direction="maximize",
            pruner=self._study.pruner,
        )
        return [dict(each.trial.params) for each in asked]

    def _see(self, generation: int) -> None:
        """Let the sampler see of the trials before a generation what it may."""
        for number, unseen in list(self._unseen.items()):
            if (rung := last_seen(self._lags, unseen.generation, generation)) is None:
                continue
            if unseen.show(self._storage, rung, self._plan.rungs):
                del self._unseen[number]

    def report(self, number: int, epochs: Sequence[Epoch]) -> None:
        """Report validation accuracies; where an epoch diverged, NaN."""
        values = {each.epoch: math.nan if each.diverged else each.valid_accuracy for each in epochs}
        self._unseen[number].report(values)

    @quiet()
    def should_prune(self, number: int) -> bool:
        """Ask Optuna's pruner about a trial at the rung that it has reached.

        It sees what the trial's generation saw when it was asked, and what that has reported.
        """
        trial = self._unseen[number]
        view = self._views[trial.generation]
        return view.pruner.prune(view, trial.trial)

    @quiet()
    def tell(self, number: int, outcome: Outcome, value: float | None) -> FrozenTrial:
        """Tell how a trial ended; return it as the ledger shall hold it."""
        told = self._unseen[number]
        value = value if outcome is Outcome.COMPLETE else None
        told.end(_STATES[outcome], value, self._plan.rungs)
        together = (each for each in self._unseen.values() if each.generation == told.generation)
        if all(each.ended is not None for each in together):
            del self._views[told.generation]
        return told.trial

    @property
    def counters(self) -> dict[str, Any]:
        """What a sampler counts beside the trials: the place in a quasi-random sequence."""
        return dict(self._storage.get_study_system_attrs(self._id))


@quiet()
def importances(trials: Sequence[FrozenTrial], evaluator: str = "PED-ANOVA") -> dict[str, float]:
    """Return each varying parameter's share of importance for the value.

    Those that every trial has sum to 1. One that only some have is judged among these alone, beside
    all that they have in common (``trials_with``). What trials cannot tell is left out: of fewer
    than two finished, or of equal values.

    Args:
        trials: finished trials of one arm, each with the parameters that it uses.
        evaluator: ``"PED-ANOVA"`` (Watanabe et al. 2023: what sets the best trials apart) or
            ``"fANOVA"`` (Hutter et al. 2014: what explains the variance over the whole space).
    """
    found: dict[str, float] = {}
    for judged in _judged(trials):
        shares = _importances(_study_of(judged.trials), judged.params, evaluator)
        found |= {name: share for name, share in shares.items() if name in judged.told}
    return found


def importance_intervals(trials: Sequence[FrozenTrial]) -> dict[str, tuple[float, float]]:
    """Return an 80 % bootstrap interval for each parameter's importance by PED-ANOVA.

    A resample draws as many of the complete trials with replacement (Efron 1979), of those that
    have the parameter. It tells how far a share hangs on which trials there happen to be; since a
    sampler does not draw them independently, this is no confidence interval. None below
    ``FEWEST_RESAMPLED`` complete trials, and where ``importances`` has none.

    Args:
        trials: finished trials of one arm, each with the parameters that it uses.
    """
    found: dict[str, tuple[float, float]] = {}
    for judged in _judged(trials):
        study = _study_of(judged.trials)
        complete = study.get_trials(deepcopy=False)
        known = _importances(study, judged.params)
        if len(complete) < FEWEST_RESAMPLED or not known:
            continue
        draws = (Random(derive("resample", number)) for number in range(RESAMPLES))
        samples = (_Sample(study, draw.choices(complete, k=len(complete))) for draw in draws)
        told = (_importances(sample, judged.params) for sample in samples)
        every = [shares for shares in told if shares]
        names = [name for name in every[0] if name in judged.told]
        found |= {name: _middle([shares[name] for shares in every]) for name in names}
    return found


def trials_with(trials: Sequence[FrozenTrial]) -> dict[str, int]:
    """Return of each parameter how many complete trials have it: what its importance rests on."""
    return {name: len(judged.trials) for judged in _judged(trials) for name in judged.told}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Parameters whose importance is found together.

    Attributes:
        told: they themselves; the same complete trials have them.
        trials: those.
        params: all that these trials have in common.
    """

    told: frozenset[str]
    trials: Sequence[FrozenTrial]
    params: tuple[str, ...]


def _judged(trials: Sequence[FrozenTrial]) -> Iterator[_Judged]:
    """Yield the parameters by the complete trials that have them; those of all trials first."""
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    names = dict.fromkeys(name for trial in complete for name in trial.params)
    having: dict[tuple[int, ...], set[str]] = {}
    for name in names:
        places = tuple(i for i, trial in enumerate(complete) if name in trial.params)
        having.setdefault(places, set()).add(name)
    for places in sorted(having, key=lambda places: -len(places)):
        own = [complete[place] for place in places]
        common = tuple(name for name in names if all(name in trial.params for trial in own))
        yield _Judged(told=frozenset(having[places]), trials=own, params=common)


class _Sample(optuna.Study):
    """A bootstrap resample of a study's trials (``add_trials`` would deep-copy them)."""

    def __init__(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
        super().__init__(study.study_name, study._storage)
        self._trials = list(trials)

    def get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        return self._trials


@quiet()
def _study_of(trials: Sequence[FrozenTrial]) -> optuna.Study:
    """Return a study of these trials."""
    study = optuna.create_study(direction="maximize")
    study.add_trials(trials)
    return study


def _importances(
    study: optuna.Study, params: Sequence[str], evaluator: str = "PED-ANOVA"
) -> dict[str, float]:
    """Return the shares of parameters that all trials of a study have."""
    if len({trial.value for trial in study.get_trials(deepcopy=False)}) < 2:
        return {}
    from optuna import importance  # and scikit-learn, which a run does without until its end

    judge: importance.BaseImportanceEvaluator = importance.PedAnovaImportanceEvaluator()
    if evaluator == "fANOVA":
        judge = importance.FanovaImportanceEvaluator(seed=0)  # of its random forest
    found = importance.get_param_importances(study, evaluator=judge, params=list(params))
    return {name: float(share) for name, share in found.items()}


def _middle(shares: Sequence[float]) -> tuple[float, float]:
    """Return the first and the last of the nine deciles."""
    deciles = quantiles(shares, n=10, method="inclusive")
    return deciles[0], deciles[-1]


def _suggest(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> None:
    """Let the sampler choose a value, as ``Study.ask`` does for a whole space."""
    match distribution:
        case CategoricalDistribution(choices=choices):
            trial.suggest_categorical(name, choices)
        case IntDistribution(low=low, high=high, step=step, log=log):
            trial.suggest_int(name, low, high, step=step, log=log)
        case FloatDistribution(low=low, high=high, step=step, log=log):
            trial.suggest_float(name, low, high, step=step, log=log)


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
