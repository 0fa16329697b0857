"""What there is to tell of something, declared once as a document of blocks.

A reader is shown it by one of the renderers in ``rendering``: on a terminal, as an HTML page, as
Markdown, as JSON.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from fashion_bench.analysis.text import param, value_text

Kind = Literal["number", "word", "words"]
R = TypeVar("R")
B = TypeVar("B")

Row = Mapping[str, Any]
"""A record that is there to be told, by the names that JSON has."""


def fields_of(record: object, *names: str) -> dict[str, Any]:
    """Return these fields and properties of a record, a row or a part of one."""
    return {name: getattr(record, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it in one sentence: every reader but JSON's finds it at the head."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; JSON has not got it.

    Attributes:
        words: what it says.
        strong: words of it that stand out on a terminal.
        markdown: whether the words are Markdown; else every letter is only a letter.
    """

    words: str
    strong: str = ""
    markdown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Sentences, one below the other; JSON has them as a list if it has a ``key`` for it."""

    sentences: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and what belongs to each.

    Attributes:
        pairs: value by name.
        title: what they are, where they stand in one line.
        key: what JSON calls them; nothing where JSON has not got them.
    """

    pairs: Mapping[str, object]
    title: str = ""
    key: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """The values as text, by name."""
        return {name: param(value) for name, value in self.pairs.items()}


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column of a table.

    Attributes:
        heading: its name.
        text: what it shows of a row.
        kind: words wrap where there is little room, a word and a number do not; numbers stand to
            the right.
    """

    heading: str
    text: Callable[[R], str]
    kind: Kind = "number"


def columns_of(*names: str, kind: Kind = "number") -> Iterator[Column[Any]]:
    """Yield a column for each of these fields of a record."""
    for name in names:
        yield Column(name.replace("_", " "), partial(_field_text, name), kind)


def _field_text(name: str, row: object) -> str:
    return value_text(row[name] if isinstance(row, Mapping) else getattr(row, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[R]):
    """Records, a row each; JSON has the records themselves.

    Attributes:
        title: what they show; may be empty.
        columns: the first holds the rows' names.
        rows: the records.
        shown: those that are shown, where that is not all of them in their order.
        group: what a row stands below, where rows have headings.
        several: whether a cell has several lines, which pages show as so many rows.
        note: what the columns mean; may be empty.
        key: what JSON calls it; nothing where JSON has not got it.
    """

    title: str = ""
    columns: tuple[Column[R], ...]
    rows: tuple[R, ...]
    shown: tuple[R, ...] | None = None
    group: Callable[[R], str] | None = None
    several: bool = False
    note: str = ""
    key: str = ""

    @property
    def lines(self) -> Iterator[tuple[str, ...]]:
        """The text of each row; one with a name alone is a heading of those below it."""
        shown = self.rows if self.shown is None else self.shown
        for above, rows in groupby(shown, self.group or (lambda _: "")):
            if self.group is not None:
                yield above, *("" for _ in self.columns[1:])
            for row in rows:
                yield tuple(column.text(row) for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture.

    Attributes:
        name: of its file, without an ending; no other in the document has it.
        alt: what there is to see, for those who cannot.
        content: as PNG.
    """

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

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """One line in the place of what cannot be shown."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What JSON alone has, by key."""

    values: Mapping[str, object]


Block: TypeAlias = (
    Answer | Text | Notes | Facts | Table[Any] | Picture | Listing | Placeholder | Data
)


def unless_empty(table: Table[Any]) -> Block:
    """Return a table; of one that shows no row what JSON has of it."""
    return table if any(table.lines) else Data(values={table.key: table.rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some blocks, below a heading where it has a title."""

    title: str = ""
    blocks: tuple[Block, ...]

    @property
    def shown(self) -> tuple[Block, ...]:
        """The blocks that are shown where they stand."""
        return tuple(block for block in self.blocks if not isinstance(block, Answer | Data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All there is to tell of something.

    Attributes:
        title: its heading; may be empty.
        question: what was asked, where something was.
        sections: in reading order.
        origin: what it was made from and by, in one sentence; may be empty.
    """

    title: str = ""
    question: str = ""
    sections: tuple[Section, ...]
    origin: str = ""

    def all(self, kind: type[B]) -> tuple[B, ...]:
        """Return all blocks of a kind, in reading order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return tuple(block for block in blocks if isinstance(block, kind))

    @property
    def answer(self) -> str:
        """What came of it; empty where nothing was asked."""
        return "".join(answer.sentence for answer in self.all(Answer))


def paths_document(paths: Mapping[str, Path]) -> Document:
    """Return where files were written, a line each; JSON has the paths by what they hold."""
    lines = Listing(text="".join(f"{path}\n" for path in paths.values()))
    values = Data(values={name: str(path) for name, path in paths.items()})
    return Document(sections=(Section(blocks=(values, lines)),))
