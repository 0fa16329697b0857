"""How often verdicts are right: ``python -m tests.analysis.verdicts`` prints it, in two minutes.

Differences are made up, with a standard deviation of 1 where nothing else is said.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fashion_bench.analysis.foreseen import MIN_PAIRS
from fashion_bench.analysis.interval import PRIOR_VARIANCE, FloatArray, anytime_interval
from fashion_bench.analysis.paired import (
    SETTLED,
    Design,
    Differences,
    Verdict,
    compare_paired,
)

MOST_PAIRS = 100
Draw = Callable[[np.random.Generator, tuple[int, int]], FloatArray]


def normal(random: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return normal differences, of mean 0 and spread 1."""
    return random.normal(size=shape)


def heavy(random: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return differences of Student's t with 5 degrees of freedom, likewise."""
    return random.standard_t(5, size=shape) * np.sqrt(3 / 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often something happened.

    Attributes:
        count: times.
        runs: of how many.
    """

    count: int
    runs: int

    @property
    def value(self) -> float:
        """The share, a fraction 0-1."""
        return self.count / self.runs

    @property
    def error(self) -> float:
        """Its Monte-Carlo standard error."""
        return float(np.sqrt(self.value * (1 - self.value) / self.runs))

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} % +- {100 * self.error:.2f} (n = {self.runs:,} runs)"


def ever_false(
    draw: Draw, runs: int, *, most: int = MOST_PAIRS, prior: float = PRIOR_VARIANCE
) -> Share:
    """Return how often, without a difference, any look up to ``most`` pairs leaves 0 out."""
    samples = draw(np.random.default_rng(1), (runs, most))

    def errs(sample: FloatArray) -> bool:
        looks = (anytime_interval(sample[:n], prior=prior) for n in range(2, most + 1))
        return any(found is not None and found.leaves_out_zero for found in looks)

    return Share(count=sum(map(errs, samples)), runs=runs)


def seeds_to_a_verdict(effect: float, look: int, runs: int, most: int = MOST_PAIRS) -> list[int]:
    """Return how many pairs each run took to be settled; one more than ``most`` if it was not."""
    samples = effect + normal(np.random.default_rng(2), (runs, most))
    return [_first_settled(sample, look, None) for sample in samples]


def _first_settled(sample: FloatArray, look: int, margin: float | None) -> int:
    for n in range(look, sample.size + 1, look):
        if _verdict(sample[:n], margin, Design.ANYTIME) in SETTLED:
            return n
    return sample.size + 1


def share_called_same(
    difference: float, sd: float, n: int, margin: float, runs: int, *, look: int | None = None
) -> Share:
    """Return how often it is said that no difference matters; of looks, at the last one."""
    samples = difference + sd * normal(np.random.default_rng(3), (runs, n))
    count = 0
    for sample in samples:
        last = n if look is None else min(_first_settled(sample, look, margin), n)
        design = Design.PLANNED if look is None else Design.ANYTIME
        count += _verdict(sample[:last], margin, design) is Verdict.SAME
    return Share(count=count, runs=runs)


def _verdict(sample: FloatArray, margin: float | None, design: Design) -> Verdict:
    told = Differences(by_seed=dict(enumerate(sample.tolist())), margin=margin)
    (found,) = compare_paired([told], design=design)
    return found.verdict


def main() -> None:
    """Print how often verdicts are right."""
    for draw in (normal, heavy):
        print(f"ever false, every look to {MOST_PAIRS}, {draw.__name__}:", ever_false(draw, 4_000))
    for prior in (0.125, 0.25, 1.0, 2.0):
        print(
            f"  the same with a prior of {prior}, normal:", ever_false(normal, 1_000, prior=prior)
        )
    for look in (1, 2):
        took = seeds_to_a_verdict(2.0, look, 4_000)
        shown = f"{np.median(took):g}, 90 % by {np.quantile(took, 0.9):g}"
        print(f"seeds to a verdict at an effect of 2 sd, look {look}: median {shown} (n = 4,000)")
    for n in (MIN_PAIRS, 10, 30):
        at_margin = share_called_same(0.5, 0.36, n, 0.5, 20_000)
        print(f"false 'no difference that matters', exactly at the margin, n = {n}:", at_margin)
    at_margin = share_called_same(0.5, 0.36, 30, 0.5, 4_000, look=2)
    print("  the same with looks of 2, at most 30:", at_margin)
    at_zero = share_called_same(0.0, 0.36, 10, 0.5, 20_000)
    print("'no difference that matters' at a true 0, sd 0.36, margin 0.5, n = 10:", at_zero)
    at_zero = share_called_same(0.0, 0.36, 30, 0.5, 4_000, look=2)
    print("  the same with looks of 2, at most 30:", at_zero)


if __name__ == "__main__":
    main()
