"""How often A is above B: P(A > B) of paired values, a tie counted as one half."""

from math import sqrt

import numpy as np
from scipy import optimize, stats

from fashion_bench.analysis.interval import FloatArray, Interval

__all__ = ["superiority", "superiority_interval"]


def superiority(differences: FloatArray) -> float | None:
    """Return P(A > B) + P(A = B) / 2 in the differences A - B ``[n]``; ``None`` for n = 0."""
    return float((1 + np.sign(differences).mean()) / 2) if differences.size else None


def superiority_interval(differences: FloatArray, *, level: float = 0.95) -> Interval | None:
    """Return the score interval of it; ``None`` for n = 0.

    P(A > B) + P(A = B) / 2 is (1 + wins - losses) / 2, and Tango (1998, Statistics in Medicine
    17:891) gives the interval of such a difference between two shares of the same n pairs. Ties
    narrow it as they should; without any it is Wilson's.
    """
    if not differences.size:
        return None
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    z = float(stats.norm.ppf((1 + level) / 2))
    low = _lowest_lead(wins, losses, differences.size, z)
    high = -_lowest_lead(losses, wins, differences.size, z)
    return Interval(low=(1 + low) / 2, high=(1 + high) / 2, level=level)


def _lowest_lead(wins: int, losses: int, n: int, z: float) -> float:
    """Return the lowest share of wins less share of losses that the score test does not reject."""
    if losses == n:
        return -1.0

    def beyond(lead: float) -> float:
        return wins - losses - n * lead - z * sqrt(n * _variance(wins, losses, n, lead))

    # Where every pair went one way, the observed lead itself is a second root.
    return float(optimize.brentq(beyond, -1.0, (wins - losses) / n - 1e-9))


def _variance(wins: int, losses: int, n: int, lead: float) -> float:
    """Return the variance of one pair's sign under this lead, its ties at their most likely."""
    a, b, c = 2 * n, (2 * n - wins + losses) * lead - wins - losses, losses * lead * (lead - 1)
    lost = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    return max(2 * lost + lead * (1 - lead), 0.0)
