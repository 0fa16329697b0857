"""Sign flips: might paired differences as well have had the other signs? One sample or a family.

Of a family, sign flips of whole seeds give adjusted p and the width of simultaneous intervals
(max-T).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.interval import FloatArray
from fashion_bench.rng import derive

EXACT_UP_TO = 16  # differences: 2**15 flips, for a flip and its mirror image weigh the same
RESAMPLES = 9_999

# Differences of accuracies are multiples of one image, so equal sums are common; rounding must
# not part them. A real step is above 1e-6 of the sum of sizes, an error of rounding below 1e-11.
_ROUNDING = 1e-9
_CHUNK = 1 << 22  # statistics of a family that are held at once: 32 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxT:
    """What sign flips say of a family of samples at once.

    Attributes:
        p: of each, two-sided and adjusted for all of them: the share of flips under which the
            greatest t of the family is as far from 0 as the sample's own.
        alpha: of Student's interval of each mean, so that all of them hold their means at once.
    """

    p: tuple[float, ...]
    alpha: float


def sign_flip_p(differences: FloatArray) -> FloatArray:
    """Return the two-sided p of a mean of 0, for each sample of differences by itself.

    ``differences`` are ``[..., n]``; the result is ``[...]``. Exact under differences that are
    symmetric about 0: up to ``EXACT_UP_TO`` of them every flip is counted, beyond that
    ``RESAMPLES`` random ones and the one observed (Phipson & Smyth 2010). The random flips are
    the same for equal n, so equal data have equal p. It cannot be below ``2 ** (1 - n)``.
    """
    *stack, n = differences.shape
    samples = differences.reshape(prod(stack), n).T
    observed = _observed(samples)
    extreme = sum((t >= observed).sum(axis=0) for t in _flipped(samples))
    return _share(extreme, n).reshape(stack)


def max_t(samples: FloatArray, *, level: float = 0.95) -> MaxT:
    """Return adjusted p and simultaneous intervals of a family of samples ``[n, m]``, of n seeds.

    A seed's differences keep or turn their signs together, so whatever ties the samples to each
    other stays (Westfall & Young 1993, section 2.3; one step). The p are exact under differences
    that are symmetric about 0, however many of the family are 0; no p is below ``2 ** (1 - n)``,
    whatever m is. The intervals are as wide as the ``level`` quantile of the greatest t of the
    flipped residuals (the wild bootstrap with Rademacher weights, Liu 1988).

    NaN stands where a sample has no difference of a seed. What t of unlike samples says is then
    not alike: the least of Student's p takes the place of the greatest t.
    """
    here = ~np.isnan(samples)
    n = here.sum(axis=0)
    residuals = samples - samples.sum(axis=0, where=here) / np.maximum(n, 1)
    sizes = np.abs(samples).max(axis=0, where=here, initial=0)
    # What is left of equal differences is rounding.
    flat = np.abs(residuals).max(axis=0, where=here, initial=0) <= _ROUNDING * sizes
    return MaxT(
        p=tuple(_adjusted(samples).tolist()), alpha=_alpha(residuals[:, ~flat], n.size, 1 - level)
    )


def _alpha(residuals: FloatArray, m: int, alpha: float) -> float:
    """Return the alpha of one interval: no more than that of all, no less than Bonferroni's.

    Few residuals of equal size can all be flipped to one side, where t has no end.
    """
    if m <= 1 or not residuals.size:
        return alpha
    least = np.concatenate([_least_p(t, _counts(residuals)) for t in _flipped(residuals)])
    found = float(np.quantile(least, alpha, method="lower"))
    return min(max(found, alpha / m), alpha)


def _adjusted(samples: FloatArray) -> FloatArray:
    """Return the adjusted p of each sample of a family ``[n, m]``."""
    n = _counts(samples)
    observed = _student_p(_observed(samples), n)
    extreme: FloatArray = np.zeros(len(n))
    for t in _flipped(samples):
        extreme += np.searchsorted(np.sort(_least_p(t, n)), observed, side="right")
    return _share(extreme, len(samples))


def _counts(samples: FloatArray) -> npt.NDArray[np.int64]:
    """Return how many differences each sample has, ``[m]``."""
    return np.asarray((~np.isnan(samples)).sum(axis=0))


def _least_p(squared_t: FloatArray, n: npt.NDArray[np.int64]) -> FloatArray:
    """Return the least of Student's p of a family under each flip, ``[flips]``, given ``[_, m]``.

    Among samples of one size it is that of the greatest t.
    """
    greatest = [squared_t[:, n == each].max(axis=1, initial=0) for each in np.unique(n)]
    return np.asarray(_student_p(np.stack(greatest, axis=1), np.unique(n)).min(axis=1, initial=1))


def _student_p(squared_t: FloatArray, n: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(2 * scipy.stats.t.sf(np.sqrt(squared_t), np.maximum(n - 1, 1)))


def _share(extreme: npt.ArrayLike, n: int) -> FloatArray:
    """Return p, given how many flips of n differences are as extreme as what was observed."""
    counted: FloatArray = np.asarray(extreme, dtype=np.float64)
    exact = n <= EXACT_UP_TO
    return np.asarray(counted / len(_flips(n)) if exact else (1 + counted) / (1 + RESAMPLES))


def _flipped(samples: FloatArray) -> Iterator[FloatArray]:
    """Yield the squared t of each of ``[n, m]`` under every flip, some flips ``[_, m]`` at once."""
    flips = _flips(len(samples))
    for some in np.array_split(flips, 1 + flips.shape[0] * samples.shape[1] // _CHUNK):
        yield _squared_t(samples, some)


def _observed(samples: FloatArray) -> FloatArray:
    return _squared_t(samples, np.ones((1, len(samples))), less=_ROUNDING).ravel()


def _squared_t(samples: FloatArray, flips: FloatArray, less: float = 0) -> FloatArray:
    """Return the squared t of each sample under each flip, ``[flips, m]``.

    Flips leave the sum of squares as it is, so it hangs on the sum alone. A sum is taken as less
    by a share of the sum of sizes.
    """
    here = ~np.isnan(samples)
    n, values = here.sum(axis=0), np.where(here, samples, 0)
    sums = np.maximum(np.abs(flips @ values) - less * np.abs(values).sum(axis=0), 0)
    squares = n * (values**2).sum(axis=0)
    explained = sums**2 / np.where(squares > 0, squares, 1)
    # Without any spread t has no end; rounding must not decide how great it is.
    return np.asarray(explained * np.maximum(n - 1, 1) / np.maximum(1 - explained, 1e-12))


def _flips(n: int) -> FloatArray:
    return _all_flips(n) if n <= EXACT_UP_TO else _random_flips(n)


@lru_cache(maxsize=2)
def _all_flips(n: int) -> FloatArray:
    """Return all signs ``[2**(n - 1), n]`` with the last one kept."""
    patterns = np.arange(2 ** max(n - 1, 0))
    return _signs((patterns[:, None] >> np.arange(n)) & 1)


@lru_cache(maxsize=2)
def _random_flips(n: int) -> FloatArray:
    generator = np.random.default_rng(derive("sign flips", n))
    return _signs(generator.integers(2, size=(RESAMPLES, n)))


def _signs(bits: npt.NDArray[np.int64]) -> FloatArray:
    return np.where(bits, -1.0, 1.0)
