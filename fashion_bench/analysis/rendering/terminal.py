"""A document on a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text as Words

from fashion_bench.analysis.document import (
    Answer,
    Block,
    Column,
    Document,
    Facts,
    Listing,
    Notes,
    Picture,
    Placeholder,
    Table,
    Text,
)
from fashion_bench.errors import visible

KEPT = 2  # columns of a table, however narrow the terminal: names, and what matters most of them
GAP = 3  # columns of the terminal between two of a table
EDGES = 2  # columns of the terminal beside them


def print_document(document: Document, console: Console, *, answer_last: bool = False) -> None:
    """Print a document; what users wrote is text in it, never markup.

    Args:
        document: what there is to tell.
        console: where.
        answer_last: whether the answer stands where the document has it, and not at the head.
    """
    if document.answer and not answer_last:
        console.print(_words(f"{document.answer}\n", style="bold"))
    if document.title:
        console.print(Words.assemble((document.title, "bold"), f"\n{visible(document.question)}"))
    for section in document.sections:
        if section.title:
            console.print(_words(section.title, style="bold"))
        for block in section.blocks if answer_last else section.shown:
            for part in _parts(block, console.width):
                console.print(part, soft_wrap=isinstance(block, Listing))


def _parts(block: Block, width: int) -> Iterator[RenderableType]:
    match block:
        case Answer(sentence=sentence):
            yield _words(f"{sentence}\n", style="bold")
        case Text(words=words, strong=strong):
            text = _words(words)
            text.highlight_words([strong] if strong else [], "bold")
            yield text
        case Notes(sentences=sentences):
            yield from (_words(f"* {sentence}") for sentence in sentences)
        case Facts(title=title, texts=texts) if texts:
            pairs = ", ".join(f"{name} {value}" for name, value in texts.items())
            yield _words(f"* {title}: {pairs}")
        case Table():
            lines = [*block.lines]
            shown = _fitting(block.columns, lines, width)
            yield _grid(block, lines, shown, width)
            if left_out := ", ".join(column.heading for column in block.columns[shown:]):
                yield _words(f"not shown at this width: {left_out}", style="table.caption")
            yield from [_words()] if block.note else []
        case Picture(alt=alt):
            yield _words(alt)
        case Listing(text=listing):
            yield _words(listing.removesuffix("\n"))
        case Placeholder(what=what, why=why):
            yield _words(f"{what}: not shown, {why}")


def _words(text: str = "", style: str = "") -> Words:
    """Return text that commands no terminal, whatever an older ledger holds."""
    return Words(visible(text), style=style)


def _fitting(columns: Sequence[Column[Any]], lines: Sequence[tuple[str, ...]], width: int) -> int:
    """Return how many columns of a table fit, from the left."""
    room = width - EDGES + GAP
    for place, column in enumerate(columns):
        room -= GAP + _least(column, [line[place] for line in lines], width)
        if room < 0:
            return max(place, KEPT)
    return len(columns)


def _least(column: Column[Any], cells: Sequence[str], width: int) -> int:
    """Return the width that a column needs: long words alone are broken."""
    if not _wraps(column, cells, width):
        return max(cell_len(line) for text in (column.heading, *cells) for line in text.split("\n"))
    longest = max(cell_len(word) for text in (column.heading, *cells) for word in text.split())
    return min(longest, _longest(width))


def _wraps(column: Column[Any], cells: Sequence[str], width: int) -> bool:
    """Whether a column takes several lines where there is little room: not if all are one word."""
    if column.kind != "words":
        return False
    texts = (column.heading, *cells)
    return any(" " in text.strip() or cell_len(text) > _longest(width) for text in texts)


def _longest(width: int) -> int:
    """Return how long a word may be that is not broken."""
    return width * 2 // 3


def _grid(table: Table[Any], lines: Sequence[tuple[str, ...]], shown: int, width: int) -> Grid:
    """Return the first columns of a table."""
    grid = Grid(
        title=_words(table.title),
        caption=_words(table.note, style="table.caption") if table.note else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for place, column in enumerate(table.columns[:shown]):
        wraps = _wraps(column, [line[place] for line in lines], width)
        grid.add_column(
            column.heading,
            justify="right" if column.kind == "number" else "left",
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    for name, *cells in lines:
        indent = "  " if table.group is not None and any(cells) else ""
        grid.add_row(*map(_words, (f"{indent}{name}", *cells[: shown - 1])))
    return grid
