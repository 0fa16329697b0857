"""What a sampler loses on a made-up response over the space of ``studies/optuna_example.toml``.

``python -m tests.search.regret`` compares TPE with random draws over 20 seeds. A search is asked a
generation, told, and asked the next, as the driver does; its regret is how far the best of its
trials stays below the best there is.
"""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import fmean, stdev

from fashion_bench.config import ParamValue
from fashion_bench.plan import Plan, SamplerPlan, Values
from fashion_bench.records import Outcome
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.resolve import load_file

SEEDS = 20
BEST = 0.9  # accuracy, at the best values of everything
TPE = SamplerPlan(name="tpe", options={"startup": 8, "candidates": 24})
RANDOM = SamplerPlan(name="random")

_LOST_BY_DEPTH = {1: 0.006, 2: 0.0, 3: 0.003}
_LOST_BY_OPTIMIZER = {"adam": 0.0, "rmsprop": 0.004, "sgd": 0.012}
_BEST_UNITS = {"hidden": 96, "hidden2": 64, "hidden3": 32}
_BEST_RATES = {"dropout": 0.25, "dropout2": 0.3, "dropout3": 0.35}


def accuracy(values: Values) -> float:
    """Return what a trial with these values reaches: each loses what it loses, whatever others are.

    A layer that a trial has not, and so has no value of, loses nothing.
    """
    numbers = {name: float(value) for name, value in values.items() if not isinstance(value, str)}
    lost = _LOST_BY_DEPTH[int(numbers["depth"])] + _LOST_BY_OPTIMIZER[str(values["optimizer"])]
    lost += 0.02 * math.log10(numbers["lr"] / 2e-3) ** 2
    lost += sum(
        0.003 * math.log2(numbers[name] / best) ** 2
        for name, best in _BEST_UNITS.items()
        if name in numbers
    )
    lost += sum(
        0.3 * (numbers[name] - best) ** 2 for name, best in _BEST_RATES.items() if name in numbers
    )
    return BEST - lost


@cache
def shipped() -> Plan:
    """Return the plan of the shipped study."""
    root = Path(__file__).parents[2]
    return load_file(root / "studies/optuna_example.toml").plan


def search(sampler: SamplerPlan, seed: int, trials: int) -> list[dict[str, ParamValue]]:
    """Return what each trial of a search was asked, in order."""
    plan = replace(shipped(), sampler=sampler, seed=seed)
    (arm,) = plan.arms
    study, asked = ArmStudy(plan, arm), []
    for generation in range(trials // plan.generation):
        first = generation * plan.generation
        numbers = range(first, first + plan.generation)
        drawn = study.ask(generation, numbers)
        for number, values in zip(numbers, drawn, strict=True):
            study.tell(number, Outcome.COMPLETE, accuracy(arm.used(values)))
        asked += [arm.used(values) for values in drawn]
    return asked


def regret(sampler: SamplerPlan, seed: int, trials: int = 100) -> float:
    """Return how far the best of a search's trials stays below the best there is."""
    return BEST - max(accuracy(values) for values in search(sampler, seed, trials))


def main() -> None:
    """Measure both, and print them."""
    of_both = [(regret(TPE, seed), regret(RANDOM, seed)) for seed in range(SEEDS)]
    tpe, random = zip(*of_both, strict=True)
    trials = shipped().trials_per_arm
    print(f"regret of the best of {trials} trials, in 1e-4 of accuracy; n = {SEEDS} seeds")
    for name, losses in (("TPE", tpe), ("random", random)):
        error = stdev(losses) / SEEDS**0.5
        print(f"{name}: {1e4 * fmean(losses):.1f} +- {1e4 * error:.1f} (standard error)")
    print(f"TPE / random: {fmean(tpe) / fmean(random):.2f}")


if __name__ == "__main__":
    main()
