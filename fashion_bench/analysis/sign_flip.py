"""The sign-flip test: might paired differences as well have had the other signs?"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fashion_bench.analysis.interval import BoolArray, FloatArray
from fashion_bench.rng import derive

__all__ = ["EXACT_UP_TO", "RESAMPLES", "sign_flip_p"]

EXACT_UP_TO = 16  # differences: 2**15 flips, for a flip and its mirror image weigh the same
RESAMPLES = 9_999

# Differences of accuracies are multiples of one image, so equal sums are common; rounding must
# not part them. A real step is above 1e-6 of the sum of sizes, an error of rounding below 1e-11.
_ROUNDING = 1e-9


def sign_flip_p(differences: FloatArray) -> FloatArray:
    """Return the two-sided p of a mean of 0, for each sample of differences.

    ``differences`` are ``[..., n]``; the result is ``[...]``. Exact under differences that are
    symmetric about 0: up to ``EXACT_UP_TO`` of them every flip is counted, beyond that
    ``RESAMPLES`` random ones and the one observed (Phipson & Smyth 2010). The random flips are
    the same for equal n, so equal data have equal p. It cannot be below ``2 ** (1 - n)``.
    """
    n = differences.shape[-1]
    if n <= EXACT_UP_TO:
        return np.asarray(_extreme(differences, _all_flips(n)).mean(axis=-1))
    extreme = _extreme(differences, _random_flips(n)).sum(axis=-1)
    return np.asarray((1 + extreme) / (1 + RESAMPLES))


def _extreme(differences: FloatArray, flips: FloatArray) -> BoolArray:
    """Tell for each flip, ``[..., flips]``, if its sum is as far from 0 as the one observed."""
    observed = np.abs(differences.sum(axis=-1)) - _ROUNDING * np.abs(differences).sum(axis=-1)
    return np.asarray(np.abs(differences @ flips.T) >= observed[..., None])


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
