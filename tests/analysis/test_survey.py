"""What a survey comes to: effects over the points, and lines along the parameters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fashion_bench.analysis.paired import Verdict
from fashion_bench.analysis.plots.survey import draw_effects
from fashion_bench.analysis.survey import effects, line_with_band, marginals
from fashion_bench.dimensions import Choice, Range
from fashion_bench.records import Outcome
from tests.analysis.conftest import failed, near
from tests.analysis.made_up_stages import RATES, RATES_OF_LEARNING, make_survey

NONE = (0.85, 0.86, 0.87, 0.88, 0.87, 0.86, 0.85, 0.84)
LOSSES = (0.002, 0.008, 0.012, 0.004, 0.010, 0.016, 0.001, 0.009)
DROPOUT = tuple(none - lost for none, lost in zip(NONE, LOSSES, strict=True))


def test_the_effect_is_the_mean_over_the_drawn_points() -> None:
    """Paired point by point, with Student's interval; what is enqueued is told by itself."""
    (effect,) = effects(make_survey((*NONE, 0.5), (*DROPOUT, 0.9), enqueued=1))
    found = effect.comparison.statistics
    assert found is not None
    assert found.interval is not None
    reference = stats.ttest_rel(DROPOUT, NONE).confidence_interval(0.95)
    assert (found.n, found.mean) == (8, near(-sum(LOSSES) / 8))
    assert (found.interval.low, found.interval.high) == (near(reference.low), near(reference.high))
    assert found.verdict is Verdict.WORSE
    assert effect.comparison.name == "dropout - none"
    assert [point.difference for point in effect.enqueued] == [near(0.4)]


def test_a_difference_within_the_margin_does_not_matter() -> None:
    """The file's margin is held against the effect over the space."""
    (effect,) = effects(make_survey(NONE, DROPOUT, margin=2.0))
    assert effect.comparison.statistics is not None
    assert effect.comparison.statistics.verdict is Verdict.SAME


def test_a_survey_that_goes_on_has_no_verdict() -> None:
    """Some of its points are no evenly spread sample of the space."""
    survey = make_survey(NONE, DROPOUT)
    (effect,) = effects(replace(survey, trials=survey.trials[:6] + survey.trials[8:14]))
    assert effect.comparison.statistics is not None
    assert effect.comparison.statistics.verdict is Verdict.UNFINISHED
    assert len(effect.comparison.seeds) == 6


def test_a_point_without_a_result_in_one_arm_is_left_out() -> None:
    """It is counted as left out, and no other point takes its place."""
    survey = make_survey(NONE, DROPOUT)
    lost = failed(arm="none", number=3, params=survey.trials[3].params)
    trials = (*survey.trials[:3], lost, *survey.trials[4:])
    (effect,) = effects(replace(survey, trials=trials))
    assert (len(effect.comparison.seeds), effect.comparison.left_out) == (7, 1)
    assert 3 not in effect.comparison.seeds


def test_a_point_that_diverged_counts_as_chance() -> None:
    """Left out it would flatter its arm."""
    survey = make_survey(NONE, DROPOUT)
    ended = replace(survey.trials[8], history=(), outcome=Outcome.DIVERGED)
    (effect,) = effects(replace(survey, trials=(*survey.trials[:8], ended, *survey.trials[9:])))
    assert effect.drawn[0].a == near(0.1)


def test_the_effect_along_a_rate_is_the_least_squares_line() -> None:
    """Its ends, their bands and its change are those of the textbook, by another way."""
    (effect,) = effects(make_survey(NONE, DROPOUT))
    trend = next(trend for trend in effect.trends if trend.parameter == "dropout")
    x, y = np.array(RATES), -np.array(LOSSES)
    design = np.column_stack([np.ones(8), x])
    inverse = np.linalg.inv(design.T @ design)
    weights = inverse @ design.T @ y
    variance = ((y - design @ weights) ** 2).sum() / 6
    t = stats.t.ppf(0.975, 6)
    for place, end in enumerate((0.05, 0.6)):
        row = np.array([1, end])
        half = t * np.sqrt(variance * row @ inverse @ row)
        interval = trend.intervals[place]
        assert interval is not None
        assert trend.means[place] == near(row @ weights)
        assert (interval.low, interval.high) == (
            near(row @ weights - half),
            near(row @ weights + half),
        )
    assert trend.change == near(0.55 * weights[1])
    assert trend.change_interval is not None
    half = t * np.sqrt(variance * inverse[1, 1]) * 0.55
    assert trend.change_interval.high - trend.change_interval.low == near(2 * half)


def test_along_a_logarithmic_range_the_line_is_one_in_the_logarithm() -> None:
    """An effect that goes with the logarithm is met exactly at both ends."""
    dropout = [n + 0.01 * (np.log10(r) + 3) for n, r in zip(NONE, RATES_OF_LEARNING, strict=True)]
    (effect,) = effects(make_survey(NONE, dropout))
    trend = next(trend for trend in effect.trends if trend.parameter == "lr")
    assert trend.log
    assert trend.means == (near(-0.01), near(0.01))


def test_of_a_list_each_value_has_its_mean_and_all_share_a_spread() -> None:
    """As in an analysis of variance; the values are in the file's order."""
    (trend, *_) = (t for t in marginals(make_survey(NONE, NONE)) if t.parameter == "hidden")
    groups = [np.array(NONE)[i] for i in ([0, 3, 6], [1, 4, 7], [2, 5])]
    assert (trend.at, trend.points, trend.change_interval) == ((64, 250, 256), 8, None)
    assert trend.means == tuple(near(group.mean()) for group in groups)
    pooled = np.sqrt(sum(((g - g.mean()) ** 2).sum() for g in groups) / 5)
    interval = trend.intervals[2]
    assert interval is not None
    assert interval.high - interval.low == near(2 * stats.t.ppf(0.975, 5) * pooled / np.sqrt(2))


def test_accuracy_along_a_parameter_is_the_mean_of_the_arms_that_tune_it() -> None:
    """What both tune is averaged over both; the rate is the dropout arm's alone."""
    found = {trend.parameter: trend for trend in marginals(make_survey(NONE, DROPOUT))}
    both = (np.array(NONE) + np.array(DROPOUT)) / 2
    slope, intercept, *_ = stats.linregress(np.log10(RATES_OF_LEARNING), both)
    assert found["lr"].means[0] == near(intercept - 4 * slope)
    slope, intercept, *_ = stats.linregress(RATES, DROPOUT)
    assert found["dropout"].means[1] == near(intercept + 0.6 * slope)


@given(st.lists(st.floats(0.1, 0.9), min_size=8, max_size=8))
def test_the_line_goes_through_the_middle_of_the_points(values: list[float]) -> None:
    """At the mean of the places it is the mean of the values, and its band narrowest there."""
    xs, ys = np.array(RATES), np.array(values)
    at = np.array([0.05, xs.mean(), 0.6])
    means, halves = line_with_band(xs, ys, at)
    assert halves is not None
    assert means[1] == pytest.approx(ys.mean())
    assert halves[1] == min(halves)


@pytest.mark.parametrize("points", [0, 1, 2, 3, 8])
def test_few_points_tell_what_they_can(points: int) -> None:
    """Nothing fails for want of points, and the picture is drawn."""
    survey = make_survey(NONE[:points], DROPOUT[:points])
    found = effects(survey) if points else ()
    assert len([effect for effect in found if effect.trends]) == (1 if points > 1 else 0)
    assert draw_effects("s", found, margin=0.5).startswith(b"\x89PNG")


def test_what_the_first_arm_alone_tunes_has_a_trend_too() -> None:
    """The order of the arms turns the sign of a difference and nothing else."""
    survey = make_survey(NONE, DROPOUT)
    none, dropout = survey.plan.arms
    turned = replace(
        survey, arms=("dropout", "none"), plan=replace(survey.plan, arms=(dropout, none))
    )
    (effect,), (other,) = effects(survey), effects(turned)
    along, back = (
        next(t for t in one.trends if t.parameter == "dropout") for one in (effect, other)
    )
    assert along.means == tuple(near(-mean) for mean in back.means)


def test_what_arms_tune_over_other_ranges_has_no_trend() -> None:
    """A rate of one arm is not that of the other: no line goes through both."""
    survey = make_survey(NONE, DROPOUT)
    none, dropout = survey.plan.arms
    low = replace(
        none, fixed={}, space={**none.space, "dropout": Range(low=0, high=0.04, integer=False)}
    )
    survey = replace(survey, plan=replace(survey.plan, arms=(low, dropout)))
    (effect,) = effects(survey)
    assert {trend.parameter for trend in effect.trends} == {"hidden", "lr"}
    assert {trend.parameter for trend in marginals(survey)} == {"hidden", "lr"}


def test_what_neither_arm_of_a_pair_tunes_has_no_trend() -> None:
    """A third arm's own parameter says nothing of the other two."""
    survey = make_survey(NONE, DROPOUT)
    none, dropout = survey.plan.arms
    third = replace(
        none, name="third", space={**none.space, "activation": Choice(values=("relu", "tanh"))}
    )
    trials = [
        replace(trial, arm="third", params={**trial.params, "activation": "tanh"})
        for trial in survey.of_arm("none")
    ]
    survey = replace(
        survey,
        arms=("none", "dropout", "third"),
        plan=replace(survey.plan, arms=(none, dropout, third)),
        trials=(*survey.trials, *trials),
        planned=24,
    )
    found = {effect.comparison.a: effect for effect in effects(survey)}
    assert "activation" not in {trend.parameter for trend in found["dropout"].trends}
    assert "dropout" not in {trend.parameter for trend in found["third"].trends}
