"""Power analysis: how many pairs a comparison needs, and what those it has could have found."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.foreseen import MIN_PAIRS

POWER = 0.8  # the custom of the field
MOST_PAIRS = 100_000  # more than anybody will train


def smallest_difference(
    n: int, sd: float, *, power: float = POWER, alpha: float = 0.05
) -> float | None:
    """Return the mean difference that n pairs find with this power, in the unit of ``sd``.

    ``sd`` is that of the paired differences; to find is to reject 0 in a two-sided paired t test,
    on the right side (exact, noncentral t). ``None`` below ``MIN_PAIRS``, too few for a verdict.

    A verdict asks the sign-flip test as well: of normal differences of this size it is given, in
    place of 80 %, 62 % of the time at 6 pairs, 75 % at 7, 79 % and more from 10 on.
    """
    if n < MIN_PAIRS:
        return None
    # In standard errors: nobody finds 0, and nobody misses 100.
    errors = scipy.optimize.brentq(lambda errors: _t_power(n, errors, alpha) - power, 0.0, 100.0)
    return float(errors) * sd / sqrt(n)


def pairs_for_difference(
    difference: float, sd: float, *, power: float = POWER, alpha: float = 0.05
) -> int | None:
    """Return how many pairs find a mean difference with this power, at least ``MIN_PAIRS``.

    The inverse of ``smallest_difference``. ``None`` where ``MOST_PAIRS`` would not.
    """
    if sd == 0:
        return MIN_PAIRS if difference else None
    effect = abs(difference) / sd
    return _fewest(lambda n: _t_power(n, effect * sqrt(n), alpha), power)


def pairs_for_margin(
    margin: float, sd: float, *, power: float = POWER, alpha: float = 0.05
) -> int | None:
    """Return how many pairs say *no difference that matters* with this power where there is none.

    It is said when two one-sided t tests at alpha reject that the mean difference is at either end
    of the margin or beyond (Schuirmann 1987). ``None`` where ``MOST_PAIRS`` would not do.

    Args:
        margin: the least difference that matters, above 0.
        sd: of the paired differences, in the same unit.
        power: the chance that it is said of a true mean of 0.
        alpha: the chance that it is said of a true mean at the margin.
    """
    if sd == 0:
        return MIN_PAIRS
    return _fewest(lambda n: _margin_power(n, margin / sd, alpha), power)


def _fewest(power_of: Callable[[int], float], power: float) -> int | None:
    """Return the fewest pairs that have this power, which grows with them, if any do."""
    sizes = range(MIN_PAIRS, MOST_PAIRS + 1)
    place = bisect_left(sizes, power, key=power_of)
    return sizes[place] if place < len(sizes) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsNeeded:
    """How many pairs the two answers to a margin take; ``None`` for more than anybody will train.

    Attributes:
        difference: to find a difference of the margin.
        same: to say that there is none that matters, where there is none.
    """

    difference: int | None
    same: int | None


def pairs_needed(
    margin: float, sd: float, *, power: float = POWER, alpha: float = 0.05
) -> PairsNeeded:
    """Return how many pairs each answer takes with this power, in the unit of ``sd`` both."""
    return PairsNeeded(
        difference=pairs_for_difference(margin, sd, power=power, alpha=alpha),
        same=pairs_for_margin(margin, sd, power=power, alpha=alpha),
    )


def pairs_for_superiority(
    probability: float, *, power: float = 0.95, alpha: float = 0.05
) -> int | None:
    """Return how many pairs settle that P(A > B) is not one half, where it is ``probability``.

    To settle is that its score interval leaves out one half: a two-sided sign test, of which the
    power is exact (binomial, no ties). It goes up in a sawtooth, as wins are whole: this is the
    smallest n that reaches the power, though one a little larger may fall just short of it.
    ``None`` where ``MOST_PAIRS`` would not settle it.
    """
    lead = abs(2 * probability - 1)
    z, z_power = float(scipy.stats.norm.isf(alpha / 2)), float(scipy.stats.norm.ppf(power))
    if lead * sqrt(MOST_PAIRS) < z + z_power:
        return None
    enough = ((z + z_power) / lead) ** 2  # were the sign of a pair normal
    n = np.arange(MIN_PAIRS, MIN_PAIRS + 2 * round(enough) + 10)
    enough_wins = np.floor((n + z * np.sqrt(n)) / 2) + 1
    reached = scipy.stats.binom.sf(enough_wins - 1, n, (1 + lead) / 2) >= power
    return int(n[np.argmax(reached)])


def _t_power(n: int, errors: float, alpha: float) -> float:
    """Return the power against a difference of so many standard errors."""
    return float(scipy.stats.nct.sf(scipy.stats.t.isf(alpha / 2, n - 1), n - 1, errors))


def _margin_power(n: int, margin: float, alpha: float) -> float:
    """Return the power of both one-sided tests at a true mean of 0, the margin in deviations.

    Given the sample's deviation, the mean has to lie within what the margin leaves of it: that is
    integrated over the deviation, which times the root of its freedom is chi's.
    """
    freedom, t = n - 1, float(scipy.stats.t.isf(alpha, n - 1))
    middle = sqrt(freedom)
    least, most = max(middle - 8, 0.0), min(middle + 8, margin * sqrt(n * freedom) / t)
    if most <= least:
        return 0.0

    def density(chi: float) -> float:
        room = margin * sqrt(n) - t * chi / middle
        return float((2 * scipy.stats.norm.cdf(room) - 1) * scipy.stats.chi.pdf(chi, freedom))

    return float(scipy.integrate.quad(density, least, most)[0])
