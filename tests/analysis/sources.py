"""How well the spread is told by its sources: ``python -m tests.analysis.sources`` prints it.

Values are made up of normal effects of known variances, which add up to 1; it takes two minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from fashion_bench.analysis.interval import FloatArray
from fashion_bench.analysis.sources import SOURCES, Spread, spread_of
from fashion_bench.records import TrialRecord
from fashion_bench.rng import crossed_seeds
from tests.analysis.conftest import make_trial

MIXED = (0.2, 0.1, 0.05, 0.05, 0.6)
KNOWN: Mapping[str, tuple[float, ...]] = {
    "mixed": MIXED,
    "none": (0.0, 0.0, 0.0, 0.0, 1.0),
    "even": (0.2, 0.2, 0.2, 0.2, 0.2),
    "one": (0.7, 0.0, 0.0, 0.0, 0.3),
}


@cache
def crossed(levels: int) -> tuple[TrialRecord, ...]:
    """Return the trials of an arm that crosses so many seeds of each source, without values."""
    trials = (make_trial(number=number) for number in range(levels**2))
    return tuple(
        replace(one, config=replace(one.config, **crossed_seeds("made-up", levels, one.number)))
        for one in trials
    )


def spread(values: Sequence[float] | FloatArray, levels: int) -> Spread | None:
    """Return what these values of the trials, by number, come to."""
    return spread_of("a", crossed(levels), levels, lambda trial: float(values[trial.number]))


def draw(variances: Sequence[float], levels: int, random: np.random.Generator) -> FloatArray:
    """Return values of normal effects of these variances: of each source, and of the rest."""
    values = random.normal(scale=np.sqrt(variances[-1]), size=levels**2)
    for source, variance in zip(SOURCES, variances, strict=False):
        effects: dict[int, float] = {}
        for number, trial in enumerate(crossed(levels)):
            seed = trial.config.seeds[source]
            values[number] += effects.setdefault(seed, random.normal(scale=np.sqrt(variance)))
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What simulated experiments came to.

    Attributes:
        covered: how often the interval held the share, of each part.
        variances: the mean estimate, of each part.
        widths: of the interval in the mean, likewise.
        sums: of each run, what the shares add up to.
        samples: of each run, the variance of the trainings by the total.
    """

    covered: FloatArray
    variances: FloatArray
    widths: FloatArray
    sums: FloatArray
    samples: FloatArray


def simulate(variances: Sequence[float], levels: int, runs: int) -> Simulated:
    """Return what so many experiments of these variances come to."""
    random = np.random.default_rng(levels)
    found = [spread(draw(variances, levels, random), levels) for _ in range(runs)]
    spreads = [one for one in found if one is not None]
    assert len(spreads) == runs
    held = [
        [part.interval.low <= share <= part.interval.high for part, share in parts]
        for parts in (zip(one.parts, variances, strict=True) for one in spreads)
    ]
    return Simulated(
        covered=np.mean(held, axis=0),
        variances=np.mean([[part.variance for part in one.parts] for one in spreads], axis=0),
        widths=np.mean(
            [[part.interval.high - part.interval.low for part in one.parts] for one in spreads],
            axis=0,
        ),
        sums=np.array([sum(part.share for part in one.parts) for one in spreads]),
        samples=np.array([one.sample / one.total for one in spreads]),
    )


def main(runs: int = 1_000) -> None:
    """Print how often the intervals hold, and the means of the estimates."""
    for levels in (5, 7, 11):
        for name, variances in KNOWN.items():
            found = simulate(variances, levels, runs)
            print(f"{levels} seeds of each, {levels**2} trainings, {name} (n = {runs:,} runs):")
            for told, figures, places in (
                ("true variances", np.array(variances), 2),
                ("mean estimates", found.variances, 3),
                ("95 % intervals hold", found.covered, 3),
                ("and are as wide as", found.widths, 2),
            ):
                print(f"  {told}:", " ".join(f"{one:.{places}f}" for one in figures))
            print(
                f"  shares add up to {found.sums.min():.6f} to {found.sums.max():.6f} of the total;"
                f" its mean {found.variances.sum():.3f}; the variance of the trainings is"
                f" {np.median(found.samples):.2f} of it (median)"
            )


if __name__ == "__main__":
    main()
