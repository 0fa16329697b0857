"""What a survey shows: each arm's effect over the space, and how it goes along each parameter.

Every point of a survey is trained in all arms with equal values, seed and split, so the arms are
paired point by point, each with the first arm. What is enqueued is told by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log10
from statistics import fmean

import numpy as np
import scipy  # whose parts are imported where they are used

from fashion_bench.analysis.comparison import Comparison, problem_of
from fashion_bench.analysis.interval import LEVEL, FloatArray, Interval
from fashion_bench.analysis.metric import chance_of, valid_metric
from fashion_bench.analysis.paired import Differences, compare_paired
from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Dimension
from fashion_bench.records import StudyRecord, TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a quantity goes along one parameter, as far as points of a survey tell.

    Along a range it is the least-squares line, in the logarithm where the file draws that evenly;
    of a list it is the mean at each value, their spread pooled. It is exploration: one parameter
    at a time, whatever the others do, and not corrected for how many there are.

    Attributes:
        parameter: its name.
        listed: whether the file lists its values.
        log: whether the line is one in the logarithm.
        points: how many there are.
        at: the two ends of a range, or the values of a list that points have.
        means: what is expected there, in the unit of the metric.
        intervals: of those, 95 %; ``None`` where there are too few points.
        change: from the first to the last of a range, or from the least mean to the greatest of a
            list; ``None`` where it cannot be told.
        change_interval: of a range's, 95 %; of a list it would be of a chosen pair: ``None``.
    """

    parameter: str
    listed: bool
    log: bool
    points: int
    at: tuple[ParamValue, ...]
    means: tuple[float, ...]
    intervals: tuple[Interval | None, ...]
    change: float | None
    change_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a survey in two arms.

    Attributes:
        number: of its trials.
        seed: likewise.
        params: what was set there, in either arm.
        a: what the arm has in the metric, an accuracy with chance imputed; ``None`` without it.
        b: the first arm's, likewise.
    """

    number: int
    seed: int
    params: Mapping[str, ParamValue]
    a: float | None
    b: float | None

    @property
    def difference(self) -> float | None:
        """A - b, where both are there."""
        return None if self.a is None or self.b is None else self.a - self.b


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one arm does over the space, against the first.

    Attributes:
        comparison: of the points that were drawn, of which the effect is the mean; several arms
            are one family.
        drawn: those points.
        enqueued: those that the file lists, which are no part of it.
        trends: of the difference, along each parameter that either arm tunes, or both alike.
    """

    comparison: Comparison
    drawn: tuple[Point, ...]
    enqueued: tuple[Point, ...]
    trends: tuple[Trend, ...]


def effects(survey: StudyRecord) -> tuple[Effect, ...]:
    """Return what each arm but the first does over the space."""
    first, *others = survey.arms
    points = {arm: _points(survey, arm, first) for arm in others}
    drawn = {arm: tuple(p for p in points[arm] if p.number < survey.plan.points) for arm in others}
    metric = valid_metric(survey)
    found = {
        arm: {p.number: p.difference for p in drawn[arm] if p.difference is not None}
        for arm in others
    }
    trials = [trial for trial in survey.trials if trial.number < survey.plan.points]
    problems = {
        arm: problem_of(
            [*found[arm].values()], metric, [t for t in trials if t.arm in (arm, first)]
        )
        for arm in others
    }
    sound = {arm: found[arm] for arm, problem in problems.items() if not problem}
    compared = compare_paired(
        [
            Differences(
                by_seed=each,
                lower_is_better=metric.lower_is_better,
                margin=metric.margin(survey),
            )
            for each in sound.values()
        ],
        finished=len(survey.trials) >= survey.planned,
        size=len(others),
    )
    statistics = dict(zip(sound, compared, strict=True))
    return tuple(
        Effect(
            comparison=Comparison(
                metric=metric,
                a=arm,
                b=first,
                pairs="survey points",
                seeds=tuple(p.seed for p in drawn[arm] if p.difference is not None),
                differences=tuple(found[arm].values()),
                left_out=len(drawn[arm]) - len(found[arm]),
                statistics=statistics.get(arm),
                problem=problems[arm],
                smallest=None,
            ),
            drawn=drawn[arm],
            enqueued=points[arm][len(drawn[arm]) :],
            trends=tuple(_trends(survey, (first, arm), drawn[arm])),
        )
        for arm in others
    )


def marginals(survey: StudyRecord) -> tuple[Trend, ...]:
    """Return how the metric, averaged over the arms that tune it, goes along each parameter.

    One that arms tune over different ranges or lists is left out.
    """
    found: list[Trend] = []
    chance, drawn, metric = chance_of(survey), range(survey.plan.points), valid_metric(survey)
    for name, (dimension, arms) in _dimensions(survey, survey.arms).items():
        of_arms = [_by_number(survey, arm) for arm in arms]
        points: list[ParamValue] = []
        values: list[float | None] = []
        for number in drawn:
            trials = [of_arm[number] for of_arm in of_arms if number in of_arm]
            if len(trials) == len(arms) and all(name in trial.params for trial in trials):
                told = [metric.of(trial, chance) for trial in trials]
                points.append(trials[0].params[name])
                values.append(None if None in told else fmean(v for v in told if v is not None))
        found += _trend(name, dimension, points, values)
    return tuple(found)


def _points(survey: StudyRecord, a: str, b: str) -> tuple[Point, ...]:
    first, other, chance = _by_number(survey, b), _by_number(survey, a), chance_of(survey)
    metric = valid_metric(survey)
    return tuple(
        Point(
            number=number,
            seed=other[number].config.seed,
            params=_set_in(survey, {b: first[number], a: other[number]}),
            a=metric.of(other[number], chance),
            b=metric.of(first[number], chance),
        )
        for number in sorted(first.keys() & other.keys())
    )


def _set_in(survey: StudyRecord, trials: Mapping[str, TrialRecord]) -> dict[str, ParamValue]:
    """Return what was set at a point, by arm, of what either arm tunes: the later arm's value."""
    tuned = {arm.name: arm.space for arm in survey.plan.arms}
    return {
        name: trial.params[name]
        for arm, trial in trials.items()
        for name in tuned[arm]
        if name in trial.params
    }


def _by_number(survey: StudyRecord, arm: str) -> dict[int, TrialRecord]:
    return {trial.number: trial for trial in survey.of_arm(arm)}


def _dimensions(
    survey: StudyRecord, among: Sequence[str]
) -> dict[str, tuple[Dimension, tuple[str, ...]]]:
    """Return of each parameter that some of these arms tune how it is drawn, and in which of them.

    Those that they tune over different ranges or lists are left out: their values do not compare.
    """
    found: dict[str, tuple[Dimension, tuple[str, ...]]] = {}
    spaces = {arm.name: arm.space for arm in survey.plan.arms if arm.name in among}
    for name in dict.fromkeys(name for space in spaces.values() for name in space):
        tuning = {arm: space[name] for arm, space in spaces.items() if name in space}
        first, *others = tuning.values()
        if all(other == first for other in others):
            found[name] = (first, tuple(tuning))
    return found


# Along a parameter -------------------------------------------------------------------------------


def _trends(survey: StudyRecord, arms: Sequence[str], points: Sequence[Point]) -> Iterator[Trend]:
    for name, (dimension, _) in _dimensions(survey, arms).items():
        having = [p for p in points if name in p.params]
        at, values = [p.params[name] for p in having], [p.difference for p in having]
        yield from _trend(name, dimension, at, values)


def _trend(
    name: str, dimension: Dimension, at: Sequence[ParamValue], values: Sequence[float | None]
) -> Iterator[Trend]:
    """Yield the trend along a parameter, if there is anything to tell it from."""
    told = [(x, y) for x, y in zip(at, values, strict=True) if y is not None and isfinite(y)]
    xs, ys = [x for x, _ in told], np.array([y for _, y in told])
    if len(set(xs)) < 2:
        return
    if isinstance(dimension, Choice):
        yield _of_choices(name, dimension, xs, ys)
    else:
        numbers = np.array([float(x) for x in xs])
        yield _line(name, numbers, ys, ends=(dimension.low, dimension.high), log=dimension.log)


def _of_choices(name: str, dimension: Choice, xs: Sequence[ParamValue], ys: FloatArray) -> Trend:
    groups = {v: ys[[x == v for x in xs]] for v in dimension.values if v in xs}
    freedom = len(ys) - len(groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups.values())
    half = (
        scipy.stats.t.ppf((1 + LEVEL) / 2, freedom) * (squares / freedom) ** 0.5
        if freedom
        else None
    )
    means = tuple(float(group.mean()) for group in groups.values())
    intervals = tuple(
        None if half is None else _around(mean, float(half) / len(group) ** 0.5)
        for mean, group in zip(means, groups.values(), strict=True)
    )
    return Trend(
        parameter=name,
        listed=True,
        log=False,
        points=len(ys),
        at=tuple(groups),
        means=means,
        intervals=intervals,
        change=max(means) - min(means) if len(means) > 1 else None,
        change_interval=None,
    )


def _line(
    name: str, xs: FloatArray, ys: FloatArray, *, ends: tuple[float, float], log: bool
) -> Trend:
    at = np.array(ends)
    means, halves = line_with_band(xs, ys, at, log=log)
    places = np.log10(xs) if log else xs
    span = (log10(ends[1]) - log10(ends[0])) if log else ends[1] - ends[0]
    change = float(means[1] - means[0])
    error = scipy.stats.linregress(places, ys).stderr * span if len(xs) > 2 else None
    half = None if error is None else float(scipy.stats.t.ppf((1 + LEVEL) / 2, len(xs) - 2) * error)
    return Trend(
        parameter=name,
        listed=False,
        log=log,
        points=len(xs),
        at=ends,
        means=tuple(map(float, means)),
        intervals=tuple(
            None if halves is None else _around(float(mean), float(halves[place]))
            for place, mean in enumerate(means)
        ),
        change=change,
        change_interval=None if half is None else _around(change, half),
    )


def line_with_band(
    xs: FloatArray, ys: FloatArray, at: FloatArray, *, log: bool = False
) -> tuple[FloatArray, FloatArray | None]:
    """Return the least-squares line at these places, and half the width of its 95 % band there.

    Args:
        xs: where the points are, ``[n]``, of two places or more.
        ys: their values, ``[n]``.
        at: ``[m]``.
        log: whether the line is one in the logarithm of ``xs``.

    Returns:
        ``[m]`` each; no band of fewer than three points. It is that of the mean (Draper & Smith
        1998, section 1.4), at each place by itself.
    """
    x, there = (np.log10(xs), np.log10(at)) if log else (xs, at)
    fit = scipy.stats.linregress(x, ys)
    means = fit.intercept + fit.slope * there
    n = len(x)
    if n < 3:
        return means, None
    spread = ((x - x.mean()) ** 2).sum()
    variance = ((ys - fit.intercept - fit.slope * x) ** 2).sum() / (n - 2)
    error = np.sqrt(variance * (1 / n + (there - x.mean()) ** 2 / spread))
    return means, scipy.stats.t.ppf((1 + LEVEL) / 2, n - 2) * error


def _around(mean: float, half: float) -> Interval:
    return Interval(low=mean - half, high=mean + half, level=LEVEL)
