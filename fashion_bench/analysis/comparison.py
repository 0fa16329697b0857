"""The arms of an experiment against each other: metric by metric, pair by pair, seed by seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, combinations
from math import isfinite
from statistics import fmean
from types import MappingProxyType
from typing import Literal

import numpy as np
from scipy import stats

from fashion_bench.analysis.interval import BoolArray, Interval, mean_interval
from fashion_bench.analysis.metric import Metric, chance_of, metrics_of
from fashion_bench.analysis.paired import Design, PairedComparison, compare_paired
from fashion_bench.analysis.power import POWER, smallest_difference
from fashion_bench.config import TestSet
from fashion_bench.records import StudyRecord, TrialRecord

MOST_ARMS = 20  # that are all compared with each other: 190 pairs of them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What the networks of an experiment answered to one set of test images.

    Attributes:
        right: whether each image was recognised, ``[images]``, by trial id.
        problem: why that cannot be told, where it cannot.
    """

    right: Mapping[str, BoolArray] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDifference:
    """The difference in accuracy A - B with the error of the images it was measured on.

    Attributes:
        images: how many there are.
        mean: mean difference, a fraction of images.
        standard_error: of that mean, another draw of as many images in mind; ``None`` for one.
        interval: Student's, of that mean; likewise.
    """

    images: int
    mean: float
    standard_error: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverImages:
    """The difference in accuracy with the error of the test images.

    Attributes:
        seeds: how many networks of each arm were measured.
        difference: of these networks, over the images.
    """

    seeds: int
    difference: ImageDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Arm A against arm B in one metric; differences are A - B in the metric's unit.

    Attributes:
        metric: what they are compared in.
        a: the arm that stands later in the file.
        b: the arm that stands earlier.
        pairs: what pairs them: seeds, or points of a survey, each with a seed of its own.
        seeds: those of which both arms have a value, ascending, or in the order of the points.
        differences: one for each of them.
        left_out: how many seeds either arm has besides.
        statistics: of the differences; the pairs of arms in one metric are one family. ``None``
            without a pair of values, and where one is not finite.
        smallest: the mean difference found with 80 % power at this n and spread, at the level of
            the adjusted interval; ``None`` below ``MIN_PAIRS``, without a spread, or where n was
            not planned.
        images: the mean difference over the test images, of an accuracy on them; ``None`` without
            the answers to them.
        images_problem: why that is missing, where it was asked for.
    """

    metric: Metric
    a: str
    b: str
    pairs: Literal["seeds", "survey points"] = "seeds"
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    left_out: int
    statistics: PairedComparison | None
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
    return tuple(
        _with_images(study, one, answers)
        for metric in metrics_of(study)
        for one in compare_in(study, metric)
    )


def compare_in(study: StudyRecord, metric: Metric) -> Iterator[Comparison]:
    """Yield the same in one metric, without a look at answers."""
    chance = chance_of(study)
    arms = {arm: _values_by_seed(study.of_arm(arm), metric, chance) for arm in study.arms}
    pairs = {(a, b): _of_both(arms[a], arms[b]) for a, b in _pairs_of_arms(study.arms)}
    sound = {
        names: ([a for a, _ in values.values()], [b for _, b in values.values()])
        for names, values in pairs.items()
        if values and all(map(isfinite, chain(*values.values())))
    }
    compared = compare_paired(
        list(sound.values()),
        lower_is_better=metric.is_loss,
        margin=metric.margin(study.plan.margin),
        design=Design.PLANNED if study.plan.look is None else Design.ANYTIME,
        finished=len(study.trials) >= study.planned,
        family=len(pairs),
    )
    found = dict(zip(sound, compared, strict=True))
    for (a, b), values in pairs.items():
        statistics = found.get((a, b))
        yield Comparison(
            metric=metric,
            a=a,
            b=b,
            seeds=tuple(values),
            differences=tuple(of_a - of_b for of_a, of_b in values.values()),
            left_out=len(arms[a].keys() | arms[b].keys()) - len(values),
            statistics=statistics,
            smallest=None if statistics is None else _smallest(statistics),
        )


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
) -> dict[int, tuple[float, float]]:
    """Return both arms' values of each seed of which both have one, by ascending seed."""
    both = ((seed, a[seed], b[seed]) for seed in sorted(a.keys() & b.keys()))
    return {seed: (x, y) for seed, x, y in both if x is not None and y is not None}


def _pairs_of_arms(arms: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [(a, b) for b, a in combinations(arms, 2)]
    return pairs if len(arms) <= MOST_ARMS else pairs[: len(arms) - 1]  # those with the first


def _smallest(found: PairedComparison) -> float | None:
    if found.sd is None or found.effect_size is None or found.adjusted_interval is None:
        return None
    if found.design is Design.ANYTIME:
        return None
    of_one = _smallest_of_one(found.n, 1 - found.adjusted_interval.level)
    return None if of_one is None else of_one * found.sd


@lru_cache(maxsize=64)
def _smallest_of_one(n: int, alpha: float) -> float | None:
    """Return the smallest difference for a spread of 1, to which it is proportional."""
    return smallest_difference(n, 1.0, power=POWER, alpha=alpha)


# Over images -------------------------------------------------------------------------------------


def difference_over_images(
    correct_a: BoolArray, correct_b: BoolArray, *, level: float = 0.95
) -> ImageDifference:
    """Return the mean difference over the images, paired by image, for these trained networks.

    ``correct_a`` and ``correct_b`` are ``[seeds, images]``, of the same images in one order: was
    the image recognised? Each image counts with its mean over seeds, since answers to one image
    are not independent; the error is the usual one of a mean of such differences (Miller 2024,
    "Adding Error Bars to Evals", arXiv:2411.00640). It says nothing of other seeds.

    Raises:
        ValueError: there are no images or no seeds, or A and B have not the same images.
    """
    same_images = correct_a.ndim == 2 and correct_a.shape[1:] == correct_b.shape[1:]
    if not (same_images and correct_a.size and correct_b.size):
        raise ValueError(f"cannot pair images of shapes {correct_a.shape} and {correct_b.shape}")
    difference = correct_a.mean(axis=0) - correct_b.mean(axis=0)
    return ImageDifference(
        images=difference.size,
        mean=float(difference.mean()),
        standard_error=float(stats.sem(difference)) if difference.size > 1 else None,
        interval=mean_interval(difference, level=level),
    )


def _with_images(
    study: StudyRecord, one: Comparison, answers: Mapping[TestSet, Answers]
) -> Comparison:
    test_set = one.metric.test_set
    if one.metric.is_loss or test_set is None or test_set not in answers:
        return one
    answered = answers[test_set]
    if answered.problem:
        return replace(one, images_problem=answered.problem)
    a, b = (_by_seed(study.of_arm(arm), answered.right) for arm in (one.a, one.b))
    seeds = sorted(a.keys() & b.keys())
    if not seeds:
        return replace(one, images_problem="no seed was measured in both arms")
    right_a, right_b = (np.stack([right[seed] for seed in seeds]) for right in (a, b))
    difference = difference_over_images(right_a, right_b)
    return replace(one, images=OverImages(seeds=len(seeds), difference=difference))


def _by_seed(trials: Sequence[TrialRecord], right: Mapping[str, BoolArray]) -> dict[int, BoolArray]:
    """Return what the networks of these trials recognised, by seed."""
    return {t.config.seed: right[t.trial_id] for t in trials if t.trial_id in right}
