"""A document as plain data, for ``--json`` and for programs."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from fashion_bench.analysis.document import Answer, Block, Data, Document, Facts, Notes, Table
from fashion_bench.errors import HIDDEN


def plain(document: Document) -> Any:  # noqa: ANN401  # what JSON can hold
    """Return what a document tells by the keys of its blocks; of one table without a key, its rows.

    A number that is not finite is ``None``.
    """
    blocks = [block for section in document.sections for block in section.blocks]
    if len(blocks) == 1 and isinstance(table := blocks[0], Table) and not table.key:
        return to_jsonable(table.rows)
    return {key: to_jsonable(value) for block in blocks for key, value in _told(block).items()}


def _told(block: Block) -> Mapping[str, object]:
    match block:
        case Answer(sentence=told):
            return {"answer": told}
        case Data(values=values):
            return values
        case Notes(sentences=told) | Facts(pairs=told) | Table(rows=told):
            return {block.key: told} if block.key else {}
        case _:
            return {}


def to_jsonable(value: object) -> object:
    """Return data as JSON has it: no number that is not finite, dicts and lists only."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if is_dataclass(value):
        return {field.name: to_jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: to_jsonable(item) for name, item in value.items()}
    return [to_jsonable(item) for item in value] if isinstance(value, list | tuple) else value


def json_text(data: object) -> str:
    """Return data as JSON that every reader understands.

    Raises:
        ValueError: it holds a number that is not finite, for which JSON has no word.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text)  # what JSON leaves as it is
