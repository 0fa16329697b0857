"""The tables of the terminal as a report's own, so that both show the same."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table as TerminalTable

from fashion_bench.analysis.report.words import Table

__all__ = ["tables_of"]


def tables_of(told: RenderableType) -> tuple[Table, ...]:
    """Return the tables in what a terminal is told, in their order."""
    return tuple(map(_converted, _tables(told)))


def _tables(told: RenderableType) -> Iterator[TerminalTable]:
    if isinstance(told, TerminalTable):
        yield told
    elif isinstance(told, Group):
        for part in told.renderables:
            yield from _tables(part)


def _converted(table: TerminalTable) -> Table:
    names, *others = ([" ".join(str(cell).split()) for cell in c.cells] for c in table.columns)
    return Table(
        title=str(table.title or ""),
        header=tuple(str(column.header) for column in table.columns),
        rows=tuple(zip(_filled(names), *others, strict=True)),
        note=str(table.caption or ""),
    )


def _filled(names: Iterable[str]) -> Iterator[str]:
    """Name every row: a terminal names an arm once, above all its rows."""
    latest = ""
    for name in names:
        latest = name or latest
        yield latest
