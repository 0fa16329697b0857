"""The arms of an experiment against each other: metric by metric, pair by pair, seed by seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from math import isfinite
from statistics import fmean
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.foreseen import MOST_ARMS
from fashion_bench.analysis.interval import LEVEL, BoolArray, FloatArray, Interval, mean_interval
from fashion_bench.analysis.metric import Metric, chance_of, is_hopeless, metrics_of, valid_metric
from fashion_bench.analysis.paired import (
    SETTLED,
    Design,
    Differences,
    PairedComparison,
    compare_paired,
)
from fashion_bench.analysis.power import POWER, smallest_difference
from fashion_bench.config import TestSet
from fashion_bench.records import StudyRecord, TrialRecord

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What the networks of an experiment answered to one set of test images.

    Attributes:
        right: whether each image was recognised, ``[images]``, by trial id.
        of_class: the share of each class that was, ``[classes]``, likewise; NaN without an image.
        problem: why that cannot be told, where it cannot.
    """

    right: Mapping[str, BoolArray] = field(default_factory=dict)
    of_class: Mapping[str, FloatArray] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverImages:
    """The difference in accuracy A - B with the error of the images it was measured on.

    Attributes:
        seeds: how many networks of each arm were measured.
        images: how many there are.
        mean: mean difference, a fraction of images.
        standard_error: of that mean, for these networks, another draw of as many images in mind;
            ``None`` for one image.
        interval: Student's, of that mean; likewise.
        of_both: of the mean over other seeds and other images; ``None`` for one seed, and where
            their number was not planned.
    """

    seeds: int
    images: int
    mean: float
    standard_error: float | None
    interval: Interval | None
    of_both: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Arm A against arm B in one metric; differences are A - B in the metric's unit.

    Attributes:
        metric: what they are compared in.
        primary: whether this metric decides. Its verdicts hold at once over the pairs of arms;
            those of the other metrics over all pairs in all metrics.
        a: the arm that stands later in the file.
        b: the arm that stands earlier.
        pairs: what pairs them: seeds, or points of a survey, each with a seed of its own.
        seeds: those of which both arms have a value, ascending, or in the order of the points.
        differences: one for each of them.
        means: of A and of B over the same seeds, in the metric's unit; ``None`` without one.
        left_out: how many seeds either arm has besides.
        statistics: of the differences; ``None`` where there can be none.
        problem: why that is, as a clause.
        smallest: the mean difference found with 80 % power at this n and spread, at the level of
            the adjusted interval; ``None`` below ``MIN_PAIRS``, without a spread, or where n was
            not planned.
        images: the mean difference over the test images, of an accuracy on them; ``None`` without
            the answers to them.
        images_problem: why that is missing, where it was asked for.
    """

    metric: Metric
    primary: bool = True
    a: str
    b: str
    pairs: Literal["seeds", "survey points"] = "seeds"
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    means: tuple[float, float] | None = None
    left_out: int
    statistics: PairedComparison | None
    problem: str = ""
    smallest: float | None
    images: OverImages | None = None
    images_problem: str = ""

    @property
    def name(self) -> str:
        """What it is called: the arms, the one subtracted last."""
        return f"{self.a} - {self.b}"

    @property
    def interval(self) -> Interval | None:
        """Of the mean difference, for this pair of arms by itself."""
        return None if self.statistics is None else self.statistics.interval


def compare_arms(
    study: StudyRecord, answers: Mapping[TestSet, Answers] = MappingProxyType({})
) -> tuple[Comparison, ...]:
    """Compare each arm of an experiment with every one before it, in each metric that is there.

    Of more than ``MOST_ARMS`` arms, each is compared with the first alone.

    Args:
        study: the experiment; trials of one seed make a pair.
        answers: to its test images; without them no difference is told over images.
    """
    if study.plan.sources is not None:  # its trials share seeds, so they make no pairs
        return ()
    primary, *others = metrics_of(study)
    found = [*compare_in(study, [primary])]
    if others:
        everything = compare_in(study, [primary, *others])
        found += [replace(one, primary=False) for one in everything if one.metric != primary]
    return tuple(_with_images(study, one, answers) for one in found)


def compare_in(study: StudyRecord, metrics: Sequence[Metric]) -> Iterator[Comparison]:
    """Yield the same in some metrics, as one family, without a look at answers."""
    chance, pairs = chance_of(study), pairs_of_arms(study.arms)
    values = {
        metric: {arm: _values_by_seed(study.of_arm(arm), metric, chance) for arm in study.arms}
        for metric in metrics
    }
    of_both = {
        (metric, a, b): _of_both(values[metric][a], values[metric][b])
        for metric in metrics
        for a, b in pairs
    }
    problems = {
        (metric, a, b): problem_of(
            [x - y for _, x, y in both], metric, (*study.of_arm(a), *study.of_arm(b))
        )
        for (metric, a, b), both in of_both.items()
    }
    sound = [key for key, problem in problems.items() if not problem]
    compared = compare_paired(
        [
            Differences(
                by_seed={seed: a - b for seed, a, b in of_both[key]},
                lower_is_better=key[0].lower_is_better,
                margin=key[0].margin(study),
            )
            for key in sound
        ],
        design=Design.PLANNED if study.plan.look is None else Design.ANYTIME,
        finished=len(study.trials) >= study.planned,
        size=len(of_both),
    )
    found = dict(zip(sound, compared, strict=True))
    for (metric, a, b), both in of_both.items():
        statistics, seeds = found.get((metric, a, b)), values[metric]
        yield Comparison(
            metric=metric,
            a=a,
            b=b,
            seeds=tuple(seed for seed, _, _ in both),
            differences=tuple(of_a - of_b for _, of_a, of_b in both),
            means=(fmean(x for _, x, _ in both), fmean(y for *_, y in both)) if both else None,
            left_out=len(seeds[a].keys() | seeds[b].keys()) - len(both),
            statistics=statistics,
            problem=problems[metric, a, b],
            smallest=None if statistics is None else _smallest(statistics),
        )


def problem_of(differences: Sequence[float], metric: Metric, trials: Sequence[TrialRecord]) -> str:
    """Return why nothing can be told of differences between these trials, if nothing can."""
    if not differences:
        return "no pair has a value in both"
    if not all(map(isfinite, differences)):
        return "a value is not finite"
    if metric.measure != "accuracy" and any(map(is_hopeless, trials)):
        # Left out, they would flatter their arm; in accuracy they count as chance.
        return f"a trial that diverged at once has no {metric.words}"
    return ""


def _values_by_seed(
    trials: Sequence[TrialRecord], metric: Metric, chance: float
) -> dict[int, float | None]:
    """Return what an arm has of each seed: of several configurations their mean, if all have it."""
    found: dict[int, list[float | None]] = {}
    for trial in trials:
        found.setdefault(trial.config.seed, []).append(metric.of(trial, chance))
    return {
        seed: None if None in values else fmean(value for value in values if value is not None)
        for seed, values in found.items()
    }


def _of_both(
    a: Mapping[int, float | None], b: Mapping[int, float | None]
) -> list[tuple[int, float, float]]:
    """Return both arms' values of each seed of which both have one, by ascending seed."""
    both = ((seed, a[seed], b[seed]) for seed in sorted(a.keys() & b.keys()))
    return [(seed, x, y) for seed, x, y in both if x is not None and y is not None]


def pairs_of_arms(arms: Sequence[str]) -> list[tuple[str, str]]:
    """Return which arms are compared, the later one first."""
    pairs = [(a, b) for b, a in combinations(arms, 2)]
    return pairs if len(arms) <= MOST_ARMS else pairs[: len(arms) - 1]  # those with the first


def _smallest(found: PairedComparison) -> float | None:
    if found.sd is None or found.effect_size is None or found.alpha is None:
        return None
    of_one = _smallest_of_one(found.n, found.alpha)
    return None if of_one is None else of_one * found.sd


@lru_cache(maxsize=64)
def _smallest_of_one(n: int, alpha: float) -> float | None:
    """Return the smallest difference for a spread of 1, to which it is proportional."""
    return smallest_difference(n, 1.0, power=POWER, alpha=alpha)


# Looks: an experiment that may be looked at while it goes on, and ends where it is settled -------


def settled_after(study: StudyRecord) -> int | None:
    """Return after how many seeds the first look settled every pair of arms, if one did.

    Looks are at the metric in validation, at whole multiples of the plan's ``look`` that every
    arm has come to: so it hangs on the first trials alone, whatever is trained after them.
    """
    look = study.plan.look
    if look is None:
        return None
    trained = min((len(study.of_arm(arm)) for arm in study.arms), default=0)
    return next((n for n in range(look, trained + 1, look) if _settled(study, n)), None)


def is_over(study: StudyRecord) -> bool:
    """Tell whether all trials are in that there will be: those planned, or up to a look."""
    return len(study.trials) >= study.planned or settled_after(study) is not None


def _settled(study: StudyRecord, seeds: int) -> bool:
    seen = replace(study, trials=tuple(trial for trial in study.trials if trial.number < seeds))
    return all(
        one.statistics is not None and one.statistics.verdict in SETTLED
        for one in compare_in(seen, [valid_metric(study)])
    )


# Over images -------------------------------------------------------------------------------------


def over_images(correct_a: BoolArray, correct_b: BoolArray) -> OverImages:
    """Return the mean difference over images, paired by image and by seed.

    ``correct_a`` and ``correct_b`` are ``[seeds, images]``, of the same images in one order: was
    the image recognised? For these networks each image counts with its mean over seeds, since
    answers to one image are not independent; the error is the usual one of a mean of such
    differences (Miller 2024, "Adding Error Bars to Evals", arXiv:2411.00640).

    That of both is of a two-way random-effects layout, seeds by images: the variance of the mean is
    that of the means of seeds, and that of the means of images, less what both hold of the
    interaction (Searle, Casella & McCulloch 1992, section 4.5); Satterthwaite's degrees of freedom
    (1946, Biometrics Bulletin 2:110).

    Raises:
        ValueError: there are no images or no seeds, or A and B have not the same images.
    """
    same_images = correct_a.ndim == 2 and correct_a.shape == correct_b.shape
    if not (same_images and correct_a.size):
        raise ValueError(f"cannot pair images of shapes {correct_a.shape} and {correct_b.shape}")
    difference = correct_a.astype(np.float64) - correct_b
    of_images, of_seeds = difference.mean(axis=0), difference.mean(axis=1)
    return OverImages(
        seeds=len(of_seeds),
        images=len(of_images),
        mean=float(difference.mean()),
        standard_error=float(scipy.stats.sem(of_images)) if len(of_images) > 1 else None,
        interval=mean_interval(of_images),
        of_both=_over_both(difference) if min(difference.shape) > 1 else None,
    )


def _over_both(difference: FloatArray) -> Interval:
    """Return the interval of the mean of differences ``[seeds, images]``, of both drawn anew."""
    seeds, images = difference.shape
    of_seeds, of_images = difference.mean(axis=1), difference.mean(axis=0)
    mean = float(difference.mean())
    left = difference - of_seeds[:, None] - of_images + mean
    freedom = np.array([seeds - 1, images - 1, (seeds - 1) * (images - 1)])
    parts = np.array(
        [
            of_seeds.var(ddof=1) / seeds,
            of_images.var(ddof=1) / images,
            (left**2).sum() / freedom[2] / difference.size,
        ]
    )
    variance = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
    if not variance:
        return Interval(low=mean, high=mean, level=LEVEL)
    freedoms = np.array([variance**2 / (parts**2 / freedom).sum(), *freedom[:2]])
    # Nobody is surer of both than of either.
    half = float(
        (scipy.stats.t.ppf((1 + LEVEL) / 2, freedoms) * np.sqrt([variance, *parts[:2]])).max()
    )
    return Interval(low=mean - half, high=mean + half, level=LEVEL)


def _with_images(
    study: StudyRecord, one: Comparison, answers: Mapping[TestSet, Answers]
) -> Comparison:
    test_set = one.metric.test_set
    if one.metric.measure != "accuracy" or test_set is None or test_set not in answers:
        return one
    answered = answers[test_set]
    if answered.problem:
        return replace(one, images_problem=answered.problem)
    a, b = (by_seed(study.of_arm(arm), answered.right) for arm in (one.a, one.b))
    seeds = sorted(a.keys() & b.keys())
    if not seeds:
        return replace(one, images_problem="no seed was measured in both arms")
    right_a, right_b = (np.stack([right[seed] for seed in seeds]) for right in (a, b))
    found = over_images(right_a, right_b)
    if study.plan.look is not None:  # an interval over seeds holds for a planned number of them
        found = replace(found, of_both=None)
    return replace(one, images=found)


def by_seed(trials: Sequence[TrialRecord], told: Mapping[str, Told]) -> dict[int, Told]:
    """Return what is told of the networks of these trials by trial id, by seed."""
    return {t.config.seed: told[t.trial_id] for t in trials if t.trial_id in told}
