"""What may vary: the parameters by name, their legal values, and the dimensions of a space.

A file writes a parameter as one value, as a list to choose from, or as a range
``{ low = 1e-4, high = 1e-2, log = true }``; ``read`` turns what is written into what is meant.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from fashion_bench.config import DEFAULT_WIDTHS, SCHEDULES, SOURCES, Model, ParamValue
from fashion_bench.errors import SpecError
from fashion_bench.plan import Choice, Dimension, Range, steps_between

MOST_POINTS = 10_000  # of a stepped range or a grid: more is a slip of the pen


# As written ------------------------------------------------------------------------------------


def _scalar(written: object) -> ParamValue:
    if isinstance(written, bool) or not isinstance(written, float | int | str):
        raise PydanticCustomError("scalar", "it should be one number or one name in quotes")
    return written


Scalar = Annotated[
    ParamValue, PlainValidator(_scalar), WithJsonSchema({"type": ["number", "string"]})
]


class RangeTable(BaseModel):
    """A range as a file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    low: Scalar
    """The lowest value, itself included."""
    high: Scalar
    """The highest value, itself included."""
    log: Annotated[bool, Field(strict=True)] = False
    """Draw the logarithm evenly: for values that span orders of magnitude."""
    step: Scalar | None = None
    """Distance between values; without it, whole numbers go by 1 and others vary freely."""


def _form(written: object) -> str:
    if isinstance(written, dict | RangeTable):
        return "<range>"
    return "<list>" if isinstance(written, list | tuple) else "<value>"


Written = Annotated[
    Annotated[Scalar, Tag("<value>")]
    | Annotated[tuple[Scalar, ...], Tag("<list>")]
    | Annotated[RangeTable, Tag("<range>")],
    Discriminator(_form),
]


# Parameters ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A knob that a file may name.

    Attributes:
        kind: type of its values; a whole number may be written for a float.
        legal: its legal values, in words.
        accepts: its legal values, as a test.
    """

    kind: type[float] | type[int] | type[str]
    legal: str
    accepts: Callable[[Any], bool]

    def read(self, written: ParamValue, path: str) -> ParamValue:
        """Return the value meant.

        Raises:
            SpecError: it is not legal here; ``path`` says where it is written.
        """
        value = written
        if self.kind is float and isinstance(written, int) and abs(written) < 2**63:
            value = float(written)
        if not isinstance(value, self.kind) or not self.accepts(value):
            raise SpecError(
                path, "not a legal value", given=shown(written), remedy=f"give {self.legal}"
            )
        return value


def _whole(low: int, high: int) -> Parameter:
    legal = f"a whole number from {low} to {high}"
    return Parameter(kind=int, legal=legal, accepts=lambda value: low <= value <= high)


def _fraction() -> Parameter:
    legal = "a number from 0 to below 1"
    return Parameter(kind=float, legal=legal, accepts=lambda value: 0 <= value < 1)


def _name(names: tuple[str, ...]) -> Parameter:
    legal = "one of " + ", ".join(map(repr, names))
    return Parameter(kind=str, legal=legal, accepts=lambda value: value in names)


_HYPER = {
    # Training is in float32, whose largest number is 3.4e38.
    "lr": Parameter(
        kind=float, legal="a number above 0, at most 1e38", accepts=lambda value: 0 < value <= 1e38
    ),
    "dropout": _fraction(),
    "weight_decay": Parameter(
        kind=float, legal="a number from 0 to 1e38", accepts=lambda value: 0 <= value <= 1e38
    ),
    "label_smoothing": _fraction(),
    "schedule": _name(SCHEDULES),
}

# What may be fixed, tuned or compared, model by model: hyperparameters and widths.
PARAMETERS: Mapping[Model, Mapping[str, Parameter]] = MappingProxyType(
    {
        model: {**_HYPER, **dict.fromkeys(widths, _whole(1, 4096))}
        for model, widths in DEFAULT_WIDTHS.items()
    }
)

# What may only be fixed: it decides shapes and data, the same for every trial.
RECIPE_PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "batch_size": _whole(1, 60_000),
        "source": _name(SOURCES),
        "train_images": _whole(1, 60_000),
        "valid_images": _whole(1, 60_000),
    }
)


# From one to the other -------------------------------------------------------------------------


def read(parameter: Parameter, written: Written, path: str) -> ParamValue | Dimension:
    """Return what is meant: a value, a choice or a range.

    Raises:
        SpecError: a value is not legal, a list does not offer a choice, or a range is no range.
    """
    if isinstance(written, RangeTable):
        return _range(parameter, written, path)
    if isinstance(written, tuple):
        return _choice(parameter, written, path)
    return parameter.read(written, path)


def _choice(parameter: Parameter, written: tuple[ParamValue, ...], path: str) -> Choice:
    values = tuple(parameter.read(value, f"{path}.{i}") for i, value in enumerate(written))
    if len(values) < 2 or len(set(values)) < len(values):
        raise SpecError(
            path,
            "not a list of different values",
            remedy="list two or more, each once, or write one value without brackets",
        )
    return Choice(values=values)


def _range(parameter: Parameter, written: RangeTable, path: str) -> Range:
    low = parameter.read(written.low, f"{path}.low")
    high = parameter.read(written.high, f"{path}.high")
    if isinstance(low, str) or isinstance(high, str):
        raise SpecError(path, "names have no range", remedy="list the values in brackets")
    if low >= high:
        raise SpecError(
            path, "low is not below high", given=f"{low} to {high}", remedy="widen the range"
        )
    if written.log and low == 0:
        raise SpecError(f"{path}.low", "0 has no logarithm", remedy="raise it, or leave log out")
    step = None if written.step is None else _step(parameter, written, low, high, path)
    return Range(low=low, high=high, log=written.log, step=step, integer=parameter.kind is int)


def _step(parameter: Parameter, written: RangeTable, low: float, high: float, path: str) -> float:
    path = f"{path}.step"
    if written.log:
        raise SpecError(path, "a range with log has no step", remedy="remove one of the two")
    legal = f"a {'whole ' if parameter.kind is int else ''}number above 0"
    rule = Parameter(kind=parameter.kind, legal=legal, accepts=lambda step: 0 < step <= 1e38)
    step = rule.read(written.step or 0, path)
    assert not isinstance(step, str)
    steps = steps_between(low, high, step)
    if steps.denominator != 1:
        raise SpecError(path, "does not divide high - low", given=step, remedy="change either")
    if steps >= MOST_POINTS:
        raise SpecError(path, f"makes over {MOST_POINTS} values", given=step, remedy="widen it")
    return step


def grid(space: Mapping[str, Dimension]) -> list[dict[str, ParamValue]]:
    """Return every combination of the listed values, the last dimension varying fastest.

    Raises:
        SpecError: a range has no step, or there are more combinations than anyone could mean.
    """
    listed = {name: _listed(name, dimension) for name, dimension in space.items()}
    if prod(map(len, listed.values())) > MOST_POINTS:
        raise SpecError("grid", f"over {MOST_POINTS} combinations", remedy="list fewer values")
    return [dict(zip(listed, values, strict=True)) for values in product(*listed.values())]


def _listed(name: str, dimension: Dimension) -> tuple[ParamValue, ...]:
    if isinstance(dimension, Choice):
        return dimension.values
    if dimension.step is None:
        raise SpecError(
            name, "a grid cannot list a range", remedy="give it a step, or list the values"
        )
    return dimension.points()


# For error messages ----------------------------------------------------------------------------


def dotted(*parts: str | int) -> str:
    """Return where something is written, as ``arms.dropout.lr``; an odd key is quoted."""
    keys = map(str, parts)
    return ".".join(k if re.fullmatch(r"[\w-]{1,64}", k) else repr(k[:64]) for k in keys)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown name: use the one most like it, or one of all."""
    names = sorted(known)
    # The match is quadratic in the length of a name.
    matches = get_close_matches(name[:64], names, n=1)
    return f"did you mean {matches[0]!r}?" if matches else f"use one of {joined(names)}"


def joined(names: Iterable[str]) -> str:
    """Return names as an error may list them: not all, where there are too many."""
    return str(shown(", ".join(names), 200))


def shown(value: object, most: int = 60) -> object:
    """Return a value as an error may show it: at most so many characters, whatever was given."""
    if isinstance(value, dict | list | tuple):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of over 64 bits"
    text = value if isinstance(value, str | float | int) else str(value)
    return text if not isinstance(text, str) or len(text) <= most else text[: most - 1] + "…"
