"""The page: kept as JSON, shown as Markdown, each section of its own run."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.bench.cases import Options
from experiments.bench.page import (
    Cell,
    Measured,
    Row,
    Spread,
    Table,
    cell_text,
    make_table,
    markdown,
    read_page,
    spread,
    write_page,
)
from fashion_bench.config import Recipe
from fashion_bench.errors import DataError


def measured(title: str, on: str) -> Measured:
    """A section with every kind of cell."""
    rows: tuple[Row, ...] = (
        {"what": "one", "trials": 24, "s": spread([1.0, 2.0, 4.0]), "of": 100.0, "how": "once"},
        {"what": "two", "trials": 5_000, "s": None, "of": 0.5, "how": "twice"},
    )
    table = Table(rows=rows, notes="n = 3.\n")
    return Measured(title=title, machine={"device": "an abacus", "on": on}, tables=(table, table))


PAGE = {"a": measured("A", "2030-01-01"), "b": measured("B", "2031-01-01")}


def test_a_page_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """No figure and no whole number changes; a folder without one has no sections."""
    folder = tmp_path / "bench"
    assert read_page(folder) == {}
    write_page(PAGE, folder)
    again = read_page(folder)
    assert again == PAGE
    assert markdown(again) == markdown(PAGE) == (folder / "README.md").read_text()


def test_the_plain_data_holds_every_measurement(tmp_path: Path) -> None:
    """JSON has the values themselves, so that another summary can be made."""
    write_page(PAGE, tmp_path)
    told = json.loads((tmp_path / "bench.json").read_text())
    assert told["b"]["machine"] == {"device": "an abacus", "on": "2031-01-01"}
    assert told["a"]["tables"][0]["rows"][0]["s"] == {
        "median": 2.0,
        "low": 1.0,
        "high": 4.0,
        "values": [1.0, 2.0, 4.0],
    }


def test_every_section_names_its_machine_and_its_day() -> None:
    """A page may be of several runs, and says so."""
    lines = markdown(PAGE).splitlines()
    for title, on in (("A", "2030-01-01"), ("B", "2031-01-01")):
        start = lines.index(f"## {title}")
        assert lines[start + 2] == f"Measured on: device an abacus, on {on}."


def test_a_row_is_a_line() -> None:
    """Figures to the right, words to the left, the notes below."""
    lines = markdown(PAGE).splitlines()
    start = lines.index("| what | trials | s | of | how |")
    assert lines[start + 1 : start + 6] == [
        "| --- | ---: | ---: | ---: | --- |",
        "| one | 24 | 2.00 [1.00, 4.00] | 100 | once |",
        "| two | 5,000 | – | 0.500 | twice |",
        "",
        "n = 3.",
    ]


def test_the_committed_page_is_read_and_written_as_it_is(tmp_path: Path) -> None:
    """Sections that are not measured again stay to the letter."""
    committed = Path(__file__).parents[2] / "experiments" / "bench"
    write_page(read_page(committed), tmp_path)
    for name in ("bench.json", "README.md"):
        assert (tmp_path / name).read_text() == (committed / name).read_text()


def test_a_column_without_figures_is_left_out() -> None:
    """One with gaps stays; what was measured is filled into the notes."""
    rows: list[Row] = [{"a": 1, "b": None, "c": None}, {"a": 2, "b": None, "c": 3}]
    table = make_table(
        rows,
        "busy",
        **dict.fromkeys(("trials", "workers", "cores", "fair"), 7),
        options=Options(trial=Recipe(), data=Path(), rounds=4),
    )
    assert table.rows == ({"a": 1, "c": None}, {"a": 2, "c": 3})
    assert "n = 4" in table.notes
    assert "7 cores" in table.notes


@pytest.mark.parametrize("text", ["{", "[]", '{"machine": {}}'])
def test_a_foreign_page_is_refused(tmp_path: Path, text: str) -> None:
    """What could not be kept beside the new figures is not written over."""
    (tmp_path / "bench.json").write_text(text)
    with pytest.raises(DataError, match="move it away"):
        read_page(tmp_path)


def test_a_spread_tells_middle_and_ends() -> None:
    """The median of an even number lies between; the values stay in their order."""
    values = (4.0, 1.0, 2.0, 3.0)
    assert spread(values) == Spread(median=2.5, low=1.0, high=4.0, values=values)


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
