"""What a report is made of: sections of text, tables and pictures, in whatever form it is read.

Shapes of arrays: N images of H x W pixels, S seeds, K classes, U units.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table as TerminalTable

from fashion_bench.analysis.plots.canvas import Floats, Integers, Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph."""

    kind: ClassVar = "text"

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Sentences, one below the other."""

    kind: ClassVar = "notes"

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and what belongs to each."""

    kind: ClassVar = "facts"

    pairs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells as text.

    Attributes:
        title: what they show.
        header: the columns' names; the first column holds the rows' names.
        rows: as long as the header, each; one with a name alone is a heading of those below it.
        note: what the columns mean; may be empty.
    """

    kind: ClassVar = "table"

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture.

    Attributes:
        name: of its file, without an ending; no other in the report has it.
        alt: what there is to see, for those who cannot.
        content: as PNG.
    """

    kind: ClassVar = "picture"

    name: str
    alt: str
    content: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the first chunk of every PNG has them."""
        return int.from_bytes(self.content[16:20]), int.from_bytes(self.content[20:24])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Text to be kept as it is: commands, or a file."""

    kind: ClassVar = "listing"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """One line in the place of what cannot be shown."""

    kind: ClassVar = "placeholder"

    what: str
    why: str


Block: TypeAlias = Text | Notes | Facts | Table | Picture | Listing | Placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Attributes:
        title: its heading.
        question: what was asked.
        answer: what came of it, in one sentence.
        sections: the rest, in reading order.
        origin: what it was made from and by, in one sentence.
    """

    title: str
    question: str
    answer: str
    sections: tuple[Section, ...]
    origin: str

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All its pictures, in reading order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return tuple(block for block in blocks if isinstance(block, Picture))


# Tables of the terminal --------------------------------------------------------------------------


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
    # A terminal names an arm once, above all its rows; here every row has its name.
    named: Iterator[str] = accumulate(names, lambda above, name: name or above)
    return Table(
        title=str(table.title or ""),
        header=tuple(str(column.header) for column in table.columns),
        rows=tuple(zip(named, *others, strict=True)),
        note=str(table.caption or ""),
    )


# What pictures are drawn from besides the records ------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Labelled images.

    Attributes:
        name: of the set.
        pixels: ``[N, H, W]``, 0 is background.
        labels: ``[N]``.
        classes: the names of the labels 0, 1, ….
    """

    name: str
    pixels: Pixels
    labels: Integers
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """What the networks of one arm predicted of the test images.

    Attributes:
        seeds: of the networks.
        logits: of each of them, ``[S, N, K]``.
        labels: what the images show, ``[N]``.
        classes: the names of the labels 0, 1, ….
    """

    seeds: tuple[int, ...]
    logits: Floats
    labels: Integers
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inside:
    """First-layer weights and last-hidden activations of one network of an arm.

    Attributes:
        seed: which one.
        weights: of the first layer, as ``draw_first_weights`` takes them.
        hidden: activations of the last hidden layer for the test images, ``[N, U]``; ``None``
            without them.
    """

    seed: int
    weights: Floats
    hidden: Floats | None
