"""What the tables of a file are made of: a frozen pydantic model, numbers, one of several names."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
CountFrom0 = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]


class Table(BaseModel):
    """A table of a file; a key that it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
    )


def one_of(
    names: Iterable[str], *, code: str | None = None
) -> tuple[PlainValidator, WithJsonSchema]:
    """Return what makes a string one of these names, for ``Annotated``.

    Args:
        names: ours.
        code: what else it may name, in words: code of the user's, which has a colon.
    """
    known = tuple(names)
    *others, last = [*map(repr, known), *([code] if code else [])]
    words = f"it should be {', '.join(others)} or {last}"

    def check(written: Any) -> str:  # noqa: ANN401  # whatever the file holds
        if isinstance(written, str) and (written in known or (code and ":" in written)):
            return written
        raise PydanticCustomError("one_of", "{words}", {"words": words})

    schema: dict[str, Any] = {"enum": list(known), "type": "string"}
    if code:
        schema = {"anyOf": [schema, {"pattern": ":", "type": "string"}]}
    return PlainValidator(check), WithJsonSchema(schema)
