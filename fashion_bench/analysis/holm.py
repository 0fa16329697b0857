"""Holm's correction for asking several questions at once (1979, Scand. J. Statist. 6:65)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["HolmStep", "holm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolmStep:
    """What the correction makes of one comparison of a family.

    Attributes:
        p: the adjusted p: below alpha, the comparison is decided.
        divisor: what alpha is divided by at its step, from the size of the family down to 1.
        level: coverage of the interval that goes with it, ``1 - alpha / divisor``.
    """

    p: float
    divisor: int
    level: float


def holm(p_values: Sequence[float], *, alpha: float = 0.05) -> tuple[HolmStep, ...]:
    """Return the step of each p, in the order given.

    The i-th smallest of m is held against ``alpha / (m - i + 1)``; equal ones share the first
    one's step. The procedure stops at the first that fails, so all undecided ones keep its
    divisor. The chance of any false decision in the family is at most alpha.

    The intervals are for reading one by one, beside their decisions. They do not all cover at
    once with the probability ``1 - alpha``: Bonferroni's would, with the divisor m throughout.
    """
    p = np.asarray(p_values, dtype=np.float64)
    divisors = p.size - (p < p[:, None]).sum(axis=1)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(np.minimum(p * divisors, 1)[order])
    undecided = adjusted >= alpha
    divisors[undecided] = divisors.max(where=undecided, initial=1)
    return tuple(
        HolmStep(p=p, divisor=divisor, level=1 - alpha / divisor)
        for p, divisor in zip(adjusted.tolist(), divisors.tolist(), strict=True)
    )
