"""How families of comparisons err: ``python -m tests.analysis.families`` prints it, in minutes.

Ten arms and ten seeds are made up, with paired differences of a standard deviation of 1. Secondary
metrics go along with the primary one, as the measures of one network do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from fashion_bench.analysis.interval import BoolArray, FloatArray
from fashion_bench.analysis.sign_flip import max_t
from tests.analysis.verdicts import Share

ARMS, SEEDS, METRICS = 10, 10, 4
PAIRS = tuple((a, b) for b, a in combinations(range(ARMS), 2))
Draw = Callable[[np.random.Generator, tuple[int, ...]], FloatArray]


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return normal values, of mean 0 and spread 1."""
    return random.normal(size=shape)


def heavy(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return values of Student's t with 5 degrees of freedom, likewise."""
    return random.standard_t(5, size=shape) * np.sqrt(3 / 5)


def skewed(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return values of a gamma distribution of shape 2, of mean 0 and spread 1."""
    return (random.gamma(2.0, size=shape) - 2) / np.sqrt(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the verdicts of many experiments came to.

    Attributes:
        ever_false: experiments in which a pair without a difference was told apart.
        settled: pairs with a difference that were.
        covered: experiments whose simultaneous intervals held all true differences at once.
    """

    ever_false: Share
    settled: Share
    covered: Share


def told(
    draw: Draw,
    runs: int,
    means: FloatArray,
    *,
    secondary: bool = False,
    seeds: tuple[int, ...] = (SEEDS,) * ARMS,
) -> Family:
    """Tell arms of these means apart, over and over.

    Args:
        draw: the values.
        runs: experiments.
        means: of the arms, ``[ARMS]``, in deviations of a paired difference.
        secondary: whether the secondary metrics are asked for, or the primary one.
        seeds: of each arm, the first ones.
    """
    random, metrics = np.random.default_rng(1), METRICS if secondary else 1
    asked = slice(len(PAIRS) if secondary else 0, None)
    truth = np.tile([means[a] - means[b] for a, b in PAIRS], metrics)
    false, found, covered = 0, 0, 0
    for _ in range(runs):
        # Two values of spread 1 / sqrt(2) have a difference of spread 1; metrics share half.
        values = draw(random, (metrics, max(seeds), ARMS))
        shared = draw(random, (max(seeds), ARMS)) if secondary else 0
        values = (values + shared) / 2 if secondary else values / np.sqrt(2)
        values[:, np.arange(max(seeds))[:, None] >= np.array(seeds)] = np.nan
        family = differences(values + means)
        apart = is_apart(family)
        false += bool((apart & (truth == 0))[asked].any())
        found += int((apart & (truth != 0))[asked].sum())
        covered += bool(holds(family, truth)[asked].all())
    different = int((truth[asked] != 0).sum())
    return Family(
        ever_false=Share(count=false, runs=runs),
        settled=Share(count=found, runs=max(runs * different, 1)),
        covered=Share(count=covered, runs=runs),
    )


def differences(values: FloatArray) -> FloatArray:
    """Return those of every pair of arms in every metric, ``[SEEDS, metrics * pairs]``.

    ``values`` are ``[metrics, SEEDS, ARMS]``.
    """
    return np.stack([metric[:, a] - metric[:, b] for metric in values for a, b in PAIRS], axis=1)


def is_apart(family: FloatArray) -> BoolArray:
    """Tell which of a family have a verdict: as ``compare_paired``, a hundred times as fast."""
    p = np.array(max_t(family).p)
    return ~holds(family, np.zeros(family.shape[1])) & (p < 0.05)


def holds(family: FloatArray, truth: FloatArray) -> BoolArray:
    """Tell which simultaneous intervals of a family hold these means."""
    n = (~np.isnan(family)).sum(axis=0)
    critical = stats.t.isf(max_t(family).alpha / 2, n - 1)
    half = critical * np.nanstd(family, axis=0, ddof=1) / np.sqrt(n)
    return np.asarray(np.abs(np.nanmean(family, axis=0) - truth) <= half)


NONE_DIFFERS = np.zeros(ARMS)
ONE_DIFFERS = np.where(np.arange(ARMS) == ARMS - 1, 2.0, 0.0)
UNLIKE = (SEEDS,) * 5 + (6,) * 5  # seeds of the arms
HALF_DIFFER = np.where(np.arange(ARMS) < ARMS // 2, 0.0, 2.0)


def main() -> None:
    """Print how often families of verdicts are right."""
    print(f"{ARMS} arms, {SEEDS} seeds, {len(PAIRS)} pairs, {METRICS} metrics")
    cases = {"no arm": NONE_DIFFERS, "one arm": ONE_DIFFERS, "half of the arms": HALF_DIFFER}
    found = told(normal, 2_000, NONE_DIFFERS, seeds=UNLIKE)
    print(f"half of the arms with 10 seeds and half with 6: ever false {found.ever_false}")
    print(f"  all intervals hold at once: {found.covered}")
    for draw in (normal, heavy, skewed):
        for which, means in cases.items():
            for secondary, runs in ((False, 4_000), (True, 2_000)):
                found = told(draw, runs, means, secondary=secondary)
                metric = "secondary" if secondary else "primary"
                print(f"{metric}, {draw.__name__}, {which} 2 sd ahead:", flush=True)
                print(f"  ever false: {found.ever_false}")
                print(f"  all intervals hold at once: {found.covered}")
                if means.any():
                    print(f"  pairs 2 sd apart that are settled: {found.settled}", flush=True)


if __name__ == "__main__":
    main()
