"""What the tables of a file are made of: a frozen pydantic model, counts, one of several names."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
CountFrom0 = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Flag = Annotated[bool, Field(strict=True)]


class Table(BaseModel):
    """A table of a file; a key that it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
    )


def one_of(names: Iterable[str]) -> tuple[PlainValidator, WithJsonSchema]:
    """Return what makes a string one of these names, for ``Annotated``."""
    known = tuple(names)
    *others, last = map(repr, known)
    words = f"it should be {', '.join(others)} or {last}"

    def check(written: Any) -> str:  # noqa: ANN401  # whatever the file holds
        if not isinstance(written, str) or written not in known:
            raise PydanticCustomError("one_of", "{words}", {"words": words})
        return written

    return PlainValidator(check), WithJsonSchema({"enum": list(known), "type": "string"})
