"""The benchmark's page: of each section what was measured last, as JSON and as Markdown."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter, ValidationError

from fashion_bench.analysis.document import Block, Column, Document, Section, Text
from fashion_bench.analysis.document import Table as Grid
from fashion_bench.analysis.rendering.pages import markdown_page
from fashion_bench.errors import DataError

_NOTES = tomllib.loads(Path(__file__).with_name("notes.toml").read_text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure measured several times.

    Attributes:
        median: of all.
        low: the lowest.
        high: the highest.
        values: all of them, in the order measured.
    """

    median: float
    low: float
    high: float
    values: tuple[float, ...]


def spread(values: Sequence[float]) -> Spread:
    """Summarise figures."""
    return Spread(median=median(values), low=min(values), high=max(values), values=tuple(values))


Cell = Spread | int | float | str | None
Row = Mapping[str, Cell]
"""What is told, by heading; ``None`` for what was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of the same headings.

    Attributes:
        rows: the first heading is that of the row's name.
        notes: Markdown: what was measured, and how often.
    """

    rows: tuple[Row, ...]
    notes: str


def make_table(rows: Iterable[Row], note: str, **figures: object) -> Table:
    """Return a table without the columns in which nothing was measured.

    Args:
        rows: with the same headings.
        note: its name in ``notes.toml``.
        figures: what is filled in there.
    """
    rows = tuple(rows)
    told = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    notes = str(_NOTES[note]).format(**figures)
    return Table(rows=tuple({name: row[name] for name in told} for row in rows), notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A section as it was measured in one go.

    Attributes:
        title: its heading.
        machine: what it was measured on, in words.
        tables: the figures.
    """

    title: str
    machine: Mapping[str, str]
    tables: tuple[Table, ...]


Page = dict[str, Measured]
"""Sections by name, in their order; each of its own run."""

_PAGE: TypeAdapter[Page] = TypeAdapter(Page)


def read_page(folder: Path) -> Page:
    """Return what a folder's ``bench.json`` holds; nothing where there is none.

    Raises:
        DataError: it is no page of this version.
    """
    file = folder / "bench.json"
    if not file.exists():
        return {}
    try:
        return _PAGE.validate_json(file.read_bytes())
    except ValidationError:
        raise DataError(file, "is no page of this benchmark", remedy="move it away") from None


def write_page(page: Page, folder: Path) -> None:
    """Write ``bench.json`` and ``README.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_bytes(_PAGE.dump_json(page, indent=2) + b"\n")
    (folder / "README.md").write_text(markdown(page))


def markdown(page: Page) -> str:
    """Return the page for people."""
    head = Text(words="Medians, with the lowest and highest in brackets.")
    sections = (Section(blocks=(head,)), *map(_section, page.values()))
    return markdown_page(Document(title="Speed", sections=sections))


def section_markdown(measured: Measured) -> str:
    """Return a section for people."""
    return markdown_page(Document(sections=(_section(measured),)))


def _section(measured: Measured) -> Section:
    machine = ", ".join(f"{name} {value}" for name, value in measured.machine.items())
    blocks: list[Block] = [Text(words=f"Measured on: {machine}.")]
    for table in measured.tables:
        columns = (_column(name, cell) for name, cell in table.rows[0].items())
        blocks.append(Grid(columns=tuple(columns), rows=table.rows))
        blocks += [Text(words=table.notes, markdown=True)] if table.notes else []
    return Section(title=measured.title, blocks=tuple(blocks))


def _column(name: str, first: Cell) -> Column[Row]:
    return Column(
        name, lambda row: cell_text(row[name]), "word" if isinstance(first, str) else "number"
    )


def cell_text(cell: Cell) -> str:
    """Write a cell: of a figure measured several times, the median [the lowest, the highest]."""
    match cell:
        case None:
            return "–"
        case str():
            return cell
        case Spread():
            return f"{cell_text(cell.median)} [{cell_text(cell.low)}, {cell_text(cell.high)}]"
        case _:  # a count whole, a measured number with three significant digits
            return f"{cell:,.0f}" if isinstance(cell, int) or cell >= 100 else f"{cell:#.3g}"
