"""The page: kept as JSON, shown as Markdown, each section of its own run."""

import json
from pathlib import Path

import pytest

from fashion_bench.bench.page import Measured, markdown, read_page, rich_table, write_page
from fashion_bench.bench.tables import Row, Table, spread
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


def test_a_terminal_shows_the_same_cells() -> None:
    """As many columns and rows as the table has."""
    shown = rich_table("A", PAGE["a"].tables[0])
    assert [str(column.header) for column in shown.columns] == ["what", "trials", "s", "of", "how"]
    assert list(shown.columns[2].cells) == ["2.00 [1.00, 4.00]", "–"]


@pytest.mark.parametrize("text", ["{", "[]", '{"machine": {}}'])
def test_a_foreign_page_is_refused(tmp_path: Path, text: str) -> None:
    """What could not be kept beside the new figures is not written over."""
    (tmp_path / "bench.json").write_text(text)
    with pytest.raises(DataError, match="move it away"):
        read_page(tmp_path)
