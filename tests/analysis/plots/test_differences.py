from dataclasses import replace
from math import nan

import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from fashion_bench.analysis.comparison import Comparison
from fashion_bench.analysis.interval import Interval
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.paired import Differences, compare_paired
from fashion_bench.analysis.plots.differences import (
    draw_differences,
    draw_row,
    heading_of,
    points_of,
    words_of,
)
from tests.analysis.conftest import near


def compared(
    differences: tuple[float, ...], interval: tuple[float, float] | None = None
) -> Comparison:
    """Return a comparison of these differences with this interval of their mean."""
    statistics = None
    if interval is not None:
        (statistics,) = compare_paired([Differences(by_seed=dict(enumerate(differences)))])
        low, high = interval
        statistics = replace(statistics, interval=Interval(low=low, high=high, level=0.95))
    return Comparison(
        metric=Metric.TEST_ACCURACY,
        a="dropout",
        b="plain",
        seeds=tuple(range(len(differences))),
        differences=differences,
        left_out=0,
        statistics=statistics,
        smallest=None,
    )


CLEAR = compared((0.01, 0.02), (0.005, 0.025))


def test_a_row_is_in_percentage_points() -> None:
    """Points, mean and interval; the label tells n."""
    assert heading_of(CLEAR) == "dropout - plain\nn = 2"
    assert points_of(CLEAR) == [near(1.0), near(2.0)]
    axes = Figure().subplots()
    draw_row(axes, 0, CLEAR)
    mean, bar = axes.lines[-1], axes.collections[0]
    assert isinstance(bar, LineCollection)
    assert mean.get_xdata() == [near(1.5)]
    assert [x for x, _ in bar.get_segments()[0]] == [near(0.5), near(2.5)]


@pytest.mark.parametrize(
    ("differences", "interval", "words"),
    [
        ((0.01, 0.02), (0.005, 0.025), "+1.50 [+0.50, +2.50]"),
        ((-0.01,), None, "-1.00, no interval"),
        ((), None, "no pair of seeds"),
        ((nan, 0.01), None, "+1.00, no interval"),
    ],
)
def test_a_row_says_what_it_shows(
    differences: tuple[float, ...], interval: tuple[float, float] | None, words: str
) -> None:
    """Mean and interval stand beside the row, with what is missing in words."""
    assert words_of(compared(differences, interval)) == words


@pytest.mark.parametrize("comparisons", [[], [CLEAR], [CLEAR, compared(())]])
def test_differences_are_drawn(comparisons: list[Comparison]) -> None:
    """None, one, one without a seed; twice the same."""
    drawn = [
        draw_differences("made up", comparisons, quantity="test accuracy", interval="95 %")
        for _ in range(2)
    ]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]
