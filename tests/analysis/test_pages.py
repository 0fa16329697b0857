"""Tests of ``analysis/rendering/pages.py``: what is read back from the pages."""

import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from operator import itemgetter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

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
    Section,
    Table,
    Text,
)
from fashion_bench.analysis.plots.canvas import draw_picture
from fashion_bench.analysis.rendering.pages import html_page, markdown_page
from fashion_bench.errors import visible
from tests.generated import markdown_block

EVIL = '<script>alert("1")</script> <img src=x onerror=alert(1)> | *bold* [a](http://b) & `c`'
PICTURE = Picture(
    name="curve", alt="a curve", content=draw_picture("a curve", (3, 2), lambda _: None)
)
VOID = {"meta", "link", "img"}

letters = st.characters(exclude_categories=["Cc", "Cs"])


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and the text within each kind."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(str(dict(attrs).get("class") or tag))

    def handle_endtag(self, tag: str) -> None:
        """Note that it ends."""
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note its text."""
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every such element."""
        return [attributes for name, attributes in self.elements if name == tag]


def make_report(
    *blocks: Block, question: str = "Does it help?", answer: str = "Cannot tell."
) -> Document:
    """Return a report of one section."""
    return Document(
        title="made-up (study)",
        question=question,
        sections=(Section(title="All", blocks=(Answer(sentence=answer), *blocks)),),
        origin="Made up.",
    )


def make_table(*rows: tuple[str, ...], header: tuple[str, ...], **words: str) -> Table[Any]:
    """Return a table of these cells."""
    columns = (Column(name, itemgetter(place)) for place, name in enumerate(header))
    return Table(columns=tuple(columns), rows=rows, **words)


def every_block(words: str) -> tuple[Block, ...]:
    """Return a block of each kind that says this."""
    return (
        Text(words=words),
        Notes(sentences=(words, words)),
        Facts(pairs={words: words}),
        replace(
            make_table((words, words), (words, ""), header=("arm", words), note=words), title=words
        ),
        replace(PICTURE, alt=words),
        Listing(text=words),
        Placeholder(what=words, why=words),
    )


def test_markup_in_words_is_text() -> None:
    """Whoever writes a question, a reason or a name cannot put an element into the page."""
    page = Page(html_page(make_report(*every_block(EVIL), question=EVIL)))
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "b", "em"})
    assert [image["alt"] for image in page.all("img")] == [EVIL]
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]
    for place in ("question", "td", "dt", "dd", "caption", "pre"):
        assert page.texts[place] == EVIL


@given(st.text(letters))
def test_the_page_says_what_was_said(words: str) -> None:
    """A question is read back from the page letter by letter; what is unseen is shown."""
    page = Page(html_page(make_report(question=words)))
    assert page.texts.get("question", "") == visible(words)


def test_the_page_needs_nothing_else() -> None:
    """No script, no address but within the page itself, and pictures as data."""
    page = Page(html_page(make_report(*every_block("x"))))
    addresses = [
        attributes[name] or ""
        for _, attributes in page.elements
        for name in ("src", "href")
        if name in attributes
    ]
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert page.all("script") == []


def test_a_picture_is_in_the_page() -> None:
    """The page holds the picture byte by byte, with its size in pixels."""
    (image,) = Page(html_page(make_report(PICTURE))).all("img")
    assert b64decode(str(image["src"]).removeprefix("data:image/png;base64,")) == PICTURE.content
    assert (image["width"], image["height"]) == ("300", "200")


def test_the_page_can_be_heard() -> None:
    """A language, a caption and headers of tables, and links that lead to their sections."""
    page = Page(html_page(make_report(*every_block("x"))))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("caption")) == len(page.all("table"))
    scopes = [header["scope"] for header in page.all("th")]
    assert scopes == ["col", "col", "row", "colgroup"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert [link["href"] for link in page.all("a")] == [f"#{one}" for one in ids]


def test_backticks_are_code() -> None:
    """A command in a sentence stands out in the page, and as Markdown has it."""
    report = make_report(answer="To measure: `fashion-bench a_b*`, a*b.")
    assert Page(html_page(report)).texts["code"] == "fashion-bench a_b*"
    assert "**Answer:** To measure: `fashion-bench a_b*`, a\\*b." in markdown_page(report, "x")


def test_markdown_takes_no_markup_from_words() -> None:
    """Special letters of Markdown and HTML are only letters, and a line stays a line."""
    page = markdown_page(make_report(question=f"one\ntwo {EVIL} _x_ a_b"), "x")
    (line,) = [line for line in page.splitlines() if line.startswith("**Question:** ")]
    assert line == (
        r'**Question:** one two \<script>alert("1")\</script> \<img src=x onerror=alert(1)> \| '
        r"\*bold\* [a\](http://b) \& \`c\` \_x\_ a_b"
    )


@given(st.lists(st.text(letters), min_size=2, max_size=2))
def test_a_row_of_markdown_keeps_its_cells(cells: list[str]) -> None:
    """Whatever a cell says, its row is one line of as many cells as the header has."""
    table = make_table(tuple(cells), header=("a", "b"))
    page = markdown_page(make_report(table), "x")
    rows = [line for line in page.split("\n") if line.startswith("|")]
    assert len(rows) == 3
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows] == [3, 3, 3]


@given(st.text("`~ax\n"))
def test_a_listing_of_markdown_is_whole(text: str) -> None:
    """Nothing in a file ends the fence that it stands in."""
    page = markdown_page(make_report(Listing(text=text)), "x")
    opening, *inner = page.split("## All\n\n")[1].split("\n\n---")[0].split("\n")
    assert set(opening) == {"`"}
    closing = inner.pop()
    assert closing == opening
    assert "\n".join(inner) == text.rstrip()
    assert opening not in text


def test_markdown_points_to_its_pictures() -> None:
    """A picture is a file of its name in the folder beside the page."""
    assert "![a curve](made-up/curve.png)" in markdown_page(make_report(PICTURE), "made-up")


def test_what_is_absent_is_said() -> None:
    """Both pages say in one line what cannot be shown, and why."""
    report = make_report(Placeholder(what="Weights", why="the file is gone"))
    said = "Weights: not shown, the file is gone"
    assert Page(html_page(report)).texts["absence"] == said
    assert f"\n*{said}*\n" in markdown_page(report, "x")


def test_what_a_document_lacks_leaves_no_trace() -> None:
    """Without a title, a question or an answer, and in a section without a heading, only blocks."""
    document = Document(sections=(Section(blocks=(Text(words="one"),)),))
    assert markdown_page(document) == markdown_block(Text(words="one")) == "one\n"
    page = Page(html_page(document))
    assert page.texts["p"] == "one"
    assert not page.all("h2") + page.all("a")


def test_markdown_in_a_text_stays_markdown() -> None:
    """What is Markdown already is only set apart from its neighbours."""
    notes = Text(words="\n* *one*\n* `two`\n", markdown=True)
    assert (
        markdown_page(make_report(notes))
        .split("## All\n\n")[1]
        .startswith("* *one*\n* `two`\n\n---")
    )
