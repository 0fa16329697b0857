"""What a report is made of: sections of text, tables and pictures, in whatever form it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

__all__ = [
    "Absence",
    "Block",
    "Facts",
    "Listing",
    "Notes",
    "Picture",
    "Report",
    "Section",
    "Table",
    "Text",
]


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
class Absence:
    """One line in the place of what cannot be shown."""

    kind: ClassVar = "absence"

    what: str
    why: str


Block: TypeAlias = Text | Notes | Facts | Table | Picture | Listing | Absence


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
