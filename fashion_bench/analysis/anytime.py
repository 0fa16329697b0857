"""Evidence that may be looked at after every pair: a t e-process, and the interval it leaves.

The chance that the interval ever leaves out the true mean, over all n together, is at most
1 - level. So whoever stops at the first interval that answers, for whatever reason, errs no more
often than that.
"""

from math import exp, log, sqrt

from fashion_bench.analysis.interval import FloatArray, Interval

# Variance of the standardised effect, mean / sd, under the alternative. Pairs to leave out 0, the
# median at effects of 1 and 2: 16 and 11 for 1/8, 12 and 8 for 1/2, 12 and 6 for 2. Below 1/2 the
# interval is unbounded at 6 pairs; above it small effects wait longer.
PRIOR_VARIANCE = 0.5


def e_value(differences: FloatArray, *, prior: float = PRIOR_VARIANCE) -> float:
    """Return the evidence of a sample ``[n]`` against a mean of 0; without evidence it is 1.

    The likelihood ratio of the t statistic, of a normal sample of any spread, between an effect
    drawn from N(0, prior) and none: the Bayes factor with the right-Haar prior on the spread
    (Goenen, Johnson, Lu & Westfall 2005, The American Statistician 59:252), which is an e-process
    (Perez-Ortiz, Lardy, de Heide & Gruenwald 2024, Annals of Statistics 52:1410; Wang & Ramdas
    2024, arXiv:2310.03722). Ever reaching 1 / alpha without an effect has a chance of alpha or
    less. With r = 1 + n prior and f = n - 1 it is
    ``r**(-1/2) * ((1 + t**2 / f) / (1 + t**2 / (f * r)))**(n / 2)``.
    """
    n = differences.size
    total, explained = float(differences @ differences), float(differences.sum() ** 2 / max(n, 1))
    if n < 2 or total == 0:
        return 1 / sqrt(1 + n * prior)
    ratio = 1 + n * prior
    left = total - explained * (1 - 1 / ratio)
    return exp(min(n / 2 * log(total / left) - log(ratio) / 2, 700.0))


def anytime_interval(
    sample: FloatArray, *, level: float = 0.95, prior: float = PRIOR_VARIANCE
) -> Interval | None:
    """Return the means of a sample ``[n]`` that its e-value does not reject.

    ``None`` where that is all of them, which depends on n alone: below 6 pairs at 95 %.
    """
    width = critical_t(sample.size, level=level, prior=prior)
    if width is None:
        return None
    mean, half = float(sample.mean()), width * float(sample.std(ddof=1)) / sqrt(sample.size)
    return Interval(low=mean - half, high=mean + half, level=level)


def critical_t(n: int, *, level: float, prior: float = PRIOR_VARIANCE) -> float | None:
    """Return the t statistic whose e-value is 1 / (1 - level); ``None`` if none reaches it."""
    ratio = 1 + n * prior
    if n < 2 or (needed := (sqrt(ratio) / (1 - level)) ** (2 / n)) >= ratio:
        return None
    return sqrt((n - 1) * (needed - 1) / (1 - needed / ratio))
