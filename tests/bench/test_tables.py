"""Figures and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.bench.tables import Cell, Spread, Table, cell_text, spread


def test_a_spread_tells_middle_ends_and_number() -> None:
    """The median of an even number lies between; the values stay in their order."""
    values = (4.0, 1.0, 2.0, 3.0)
    assert spread(values) == Spread(median=2.5, low=1.0, high=4.0, values=values)
    assert spread(values).n == 4


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_the_median_lies_between_the_ends(values: list[float]) -> None:
    """Whatever is measured."""
    figure = spread(values)
    assert figure.low <= figure.median <= figure.high


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        ("10 epochs", "10 epochs"),
        (24, "24"),
        (5_000, "5,000"),
        (1.0, "1.00"),
        (0.12345, "0.123"),
        (1234.5, "1,234"),
        (spread([15.0, 10.0, 20.0]), "15.0 [10.0, 20.0]"),
    ],
)
def test_a_cell_is_written_in_three_digits(cell: Cell, text: str) -> None:
    """Counts whole, measured figures with their ends, a dash for what was not measured."""
    assert cell_text(cell) == text


def test_the_headings_are_those_of_its_rows() -> None:
    """In the order of the first row."""
    assert Table(rows=({"b": 1, "a": 2},), notes="").headings == ("b", "a")
