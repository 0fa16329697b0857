from math import nan

import pytest

from fashion_bench.analysis.plots.differences import (
    Difference,
    DifferenceRow,
    differences_info,
    draw_differences,
)
from tests.analysis.conftest import near

CLEAR = Difference(label="dropout - plain", differences=(0.01, 0.02), low=0.005, high=0.025)


def test_a_row_is_in_percentage_points() -> None:
    """Points, mean and interval; the label tells n."""
    assert differences_info([CLEAR]) == (
        DifferenceRow(
            label="dropout - plain\nn = 2",
            points=(near(1.0), near(2.0)),
            mean=near(1.5),
            interval=(near(0.5), near(2.5)),
        ),
    )


@pytest.mark.parametrize(
    ("differences", "interval", "words"),
    [
        ((0.01, 0.02), (0.005, 0.025), "+1.50 [+0.50, +2.50]"),
        ((-0.01,), (None, None), "-1.00, no interval"),
        ((), (None, None), "no pair of seeds"),
        ((nan, 0.01), (None, None), "+1.00, no interval"),
    ],
)
def test_a_row_says_what_it_shows(
    differences: tuple[float, ...], interval: tuple[float | None, float | None], words: str
) -> None:
    """Mean and interval stand beside the row, with what is missing in words."""
    low, high = interval
    (row,) = differences_info([Difference(label="", differences=differences, low=low, high=high)])
    assert row.words == words


@pytest.mark.parametrize(
    "comparisons", [[], [CLEAR], [CLEAR, Difference(label="", differences=())]]
)
def test_differences_are_drawn(comparisons: list[Difference]) -> None:
    """None, one, one without a seed; twice the same."""
    drawn = [
        draw_differences("made up", comparisons, quantity="test accuracy", interval="95 %")
        for _ in range(2)
    ]
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]
