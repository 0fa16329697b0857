"""A document on a terminal."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text as Words

from fashion_bench.analysis.document import (
    Answer,
    Block,
    Document,
    Facts,
    Listing,
    Notes,
    Picture,
    Placeholder,
    Table,
    Text,
)


def print_document(document: Document, console: Console, *, answer_last: bool = False) -> None:
    """Print a document; what users wrote is text in it, never markup.

    Args:
        document: what there is to tell.
        console: where.
        answer_last: whether the answer stands where the document has it, and not at the head.
    """
    if document.answer and not answer_last:
        console.print(Words(f"{document.answer}\n", style="bold"))
    if document.title:
        console.print(Words.assemble((document.title, "bold"), f"\n{document.question}"))
    for section in document.sections:
        if section.title:
            console.print(Words(section.title, style="bold"))
        for block in section.blocks if answer_last else section.shown:
            for part in _parts(block):
                console.print(part, soft_wrap=isinstance(block, Listing))


def _parts(block: Block) -> Iterator[RenderableType]:
    match block:
        case Answer(sentence=sentence):
            yield Words(f"{sentence}\n", style="bold")
        case Text(words=words, strong=strong):
            text = Words(words)
            text.highlight_words([strong] if strong else [], "bold")
            yield text
        case Notes(sentences=sentences):
            yield from (Words(f"* {sentence}") for sentence in sentences)
        case Facts(title=title, texts=texts) if texts:
            pairs = ", ".join(f"{name} {value}" for name, value in texts.items())
            yield Words(f"* {title}: {pairs}")
        case Table():
            yield _grid(block)
            yield from [Words()] if block.note else []
        case Picture(alt=alt):
            yield Words(alt)
        case Listing(text=listing):
            yield Words(listing.removesuffix("\n"))
        case Placeholder(what=what, why=why):
            yield Words(f"{what}: not shown, {why}")


def _grid(table: Table[Any]) -> Grid:
    grid = Grid(
        title=Words(table.title),
        caption=Words(table.note, style="table.caption") if table.note else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in table.columns:
        grid.add_column(
            column.heading,
            justify="right" if column.kind == "number" else "left",
            no_wrap=column.kind != "words",
            overflow="fold" if column.kind == "words" else "ellipsis",
        )
    for name, *cells in table.lines:
        indent = "  " if table.group is not None and any(cells) else ""
        grid.add_row(*map(Words, (f"{indent}{name}", *cells)))
    return grid
