"""What a model says of pictures, as a document: of each the likely classes and what was assumed."""

from collections.abc import Mapping, Sequence
from typing import Any

from fashion_bench.analysis.document import Column, Data, Document, Notes, Row, Section, Table

_NOTE = (
    "ground: whether a picture's edge is dark or light, and whether it was negated for that; "
    "--invert or --no-invert decides otherwise"
)


def prediction_document(
    metadata: Mapping[str, Any], images: Sequence[Row], notes: Sequence[str]
) -> Document:
    """Return what a model says of pictures.

    Args:
        metadata: of the model.
        images: of each its ``file``, the likeliest ``class`` and its ``probability``, what is
            taken for its ``ground``, whether it was ``inverted``, and ``probabilities`` by class.
        notes: what else is to be told, as sentences.
    """
    columns: tuple[Column[Row], ...] = (
        Column("file", lambda row: row["file"], "word"),
        Column("class", lambda row: row["class"], "word"),
        Column("probability", lambda row: f"{row['probability']:.4f}"),
        Column("next", lambda row: ", ".join(_next(row["probabilities"])), "words"),
        Column("ground", _ground, "words"),
    )
    title = f"By {metadata['trial']}, a model of {metadata['study']}"
    blocks = (
        Table(title=title, columns=columns, rows=tuple(images), note=_NOTE, key="images"),
        Notes(sentences=tuple(notes), key="notes"),
        Data(values={"model": dict(metadata)}),
    )
    return Document(sections=(Section(blocks=blocks),))


def likeliest(probabilities: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return classes and their probabilities, the likeliest first."""
    return sorted(probabilities.items(), key=lambda pair: -pair[1])


def _next(probabilities: Mapping[str, float]) -> list[str]:
    return [f"{name} {value:.4f}" for name, value in likeliest(probabilities)[1:3]]


def _ground(row: Row) -> str:
    return f"{row['ground']}, negated" if row["inverted"] else str(row["ground"])
