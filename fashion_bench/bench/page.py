"""The bench's page: of each section what was measured last, as JSON and as Markdown."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import rich.table
from pydantic import TypeAdapter, ValidationError

from fashion_bench.app.plain import json_text
from fashion_bench.bench.tables import Table, cell_text
from fashion_bench.errors import DataError

__all__ = ["Measured", "Page", "markdown", "read_page", "rich_table", "write_page"]


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


Page = Mapping[str, Measured]
"""Sections by name, in their order; each of its own run."""

_PAGE: TypeAdapter[dict[str, Measured]] = TypeAdapter(dict[str, Measured])


def read_page(folder: Path) -> dict[str, Measured]:
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
        raise DataError(file, "is no page of this bench", remedy="move it away") from None


def write_page(page: Page, folder: Path) -> None:
    """Write ``bench.json`` and ``README.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: asdict(measured) for name, measured in page.items()}
    (folder / "bench.json").write_text(json_text(plain) + "\n")
    (folder / "README.md").write_text(markdown(page))


def markdown(page: Page) -> str:
    """Return the page for people."""
    lines = ["# Speed", "", "Medians, with the lowest and highest in brackets.", ""]
    for measured in page.values():
        lines += [f"## {measured.title}", "", f"Measured on: {_told(measured.machine)}.", ""]
        for table in measured.tables:
            lines += [*_rows(table), "", table.notes]
    return "\n".join(lines)


def rich_table(title: str, table: Table) -> rich.table.Table:
    """Return a table for a terminal."""
    shown = rich.table.Table(*table.headings, title=title, title_justify="left")
    for row in table.rows:
        shown.add_row(*map(cell_text, row.values()))
    return shown


def _told(machine: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items())


def _rows(table: Table) -> Iterator[str]:
    rule = ["---" if isinstance(cell, str) else "---:" for cell in table.rows[0].values()]
    texts = [map(cell_text, row.values()) for row in table.rows]
    return (f"| {' | '.join(row)} |" for row in (table.headings, rule, *texts))
