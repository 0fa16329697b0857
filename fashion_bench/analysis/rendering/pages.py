"""A document as pages, by Jinja: one HTML page by itself, or Markdown with pictures beside it."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from fashion_bench.analysis.document import Document, Table
from fashion_bench.errors import visible
from fashion_bench.text import as_markdown, escape_markdown

_CODE = re.compile(r"`([^`]+)`")


def html_page(document: Document) -> str:
    """Return the document as HTML; whatever users wrote is text in it, never markup."""
    return render("page.html.j2", document=document)


def markdown_page(document: Document, folder: str = "") -> str:
    """Return the document as Markdown, likewise; ``folder`` is where its pictures are."""
    return render("page.md.j2", document=document, folder=folder).lstrip("\n")


def render(template: str, **shown: object) -> str:
    """Return what a template makes of these; in HTML, text is never markup, and all is seen."""
    environment = _environment(html=template.endswith(".html.j2"))
    return visible(environment.get_template(template).render(**shown))


@cache
def _environment(html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("fashion_bench.analysis.rendering"),
        autoescape=html,
        finalize=None if html else _markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "base64": lambda content: b64encode(content).decode(),
        "fenced": _fenced,
        "kind": lambda block: type(block).__name__,
        "prose": _html_prose if html else lambda sentence: Markup(as_markdown(sentence)),
        "rows": _rows,
        "stripped": lambda words: Markup(words.strip()),
    }
    return environment


def _rows(table: Table[Any]) -> Iterator[tuple[str, ...]]:
    """Return a table's rows, each with its name and its cells on one line."""
    for name, *cells in table.lines:
        lines = (
            zip(*(cell.split("\n") for cell in cells), strict=True) if table.several else [cells]
        )
        for line in lines:
            yield tuple(" ".join(cell.split()) for cell in (name, *line))


def _html_prose(sentence: str) -> Markup:
    """Return a sentence in which what stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(sentence))))


def _markdown(value: object) -> object:
    """Return a value as one line of Markdown that reads as the value does."""
    return value if isinstance(value, Markup) else escape_markdown(str(value))


def _fenced(text: str) -> Markup:
    """Return text between fences longer than any that it holds."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}\n{text.rstrip()}\n{fence}")
