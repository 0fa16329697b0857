"""What is told of a measurement: tables of figures with notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Cell", "Row", "Spread", "Table", "cell_text", "spread"]


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

    @property
    def n(self) -> int:
        """How often it was measured."""
        return len(self.values)


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

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, in their order."""
        return tuple(self.rows[0])


def cell_text(cell: Cell) -> str:
    """Write a cell: of a figure measured several times, the median [the lowest, the highest]."""
    match cell:
        case None:
            return "–"
        case str():
            return cell
        case Spread():
            low, high = _number(cell.low), _number(cell.high)
            return f"{_number(cell.median)} [{low}, {high}]"
        case _:
            return _number(cell)


def _number(value: float) -> str:
    """Write a count whole, a measured number with three significant digits."""
    if isinstance(value, int) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}"
