"""Tests of the table of differences in ``analysis/tables.py``."""

import pandas as pd

from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.tables import differences_table
from tests.analysis.conftest import near
from tests.analysis.made_up_experiments import (
    AHEAD,
    BASE,
    NOISE,
    experiment,
    of_trials,
    plus,
    scored,
)


def test_a_row_says_what_the_comparison_says() -> None:
    """In fractions, under the same names for every metric."""
    arms = {"none": BASE, "dropout": plus(BASE, AHEAD), "wide": plus(BASE, NOISE)}
    comparisons = compare_arms(experiment(arms))
    row = differences_table(comparisons).iloc[0]
    found = comparisons[0].statistics
    assert found is not None
    assert found.interval is not None
    assert found.adjusted_interval is not None
    assert (row.metric, row.a, row.b, row.verdict) == ("test_accuracy", "dropout", "none", "better")
    assert (row.n, row.left_out) == (10, 0)
    assert row["mean"] == near(sum(AHEAD) / 10)
    assert (row.low, row.high, row.p) == (found.interval.low, found.interval.high, found.p)
    assert (row.adjusted_low, row.adjusted_high) == (
        found.adjusted_interval.low,
        found.adjusted_interval.high,
    )
    assert row.adjusted_low < row.low
    assert (row.adjusted_p, row.smallest) == (found.adjusted_p, comparisons[0].smallest)
    assert (row.superiority, row.effect_size) == (found.superiority, found.effect_size)


def test_there_is_a_row_for_each_pair_and_metric() -> None:
    """Three arms in three metrics."""
    arms = {"none": BASE, "dropout": plus(BASE, NOISE), "wide": plus(BASE, AHEAD)}
    table = differences_table(compare_arms(experiment(arms)))
    assert len(table) == 9
    assert list(table.metric.unique()) == [
        Metric.TEST_ACCURACY,
        Metric.TEST_LOSS,
        Metric.VALID_ACCURACY,
    ]


def test_what_cannot_be_told_is_missing() -> None:
    """Without a common seed there is no number, and the verdict is that nobody can tell."""
    study = of_trials(*scored("none", BASE[:2]), *scored("late", BASE[:2], first_seed=5))
    table = differences_table(compare_arms(study))
    assert set(table.verdict) <= {"cannot tell", "cannot tell: n"}
    assert table[["mean", "low", "high", "superiority", "smallest"]].isna().all(axis=None)
    assert list(table.left_out) == [4, 4, 4]


def test_without_a_comparison_the_columns_are_there() -> None:
    """As numbers, so that tables of several experiments can be joined."""
    table = differences_table(())
    assert table.empty
    assert pd.api.types.is_float_dtype(table["mean"])
