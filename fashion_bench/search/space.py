"""What may vary: a value, a list or a range of a parameter, and the dimensions of a space.

A file writes a parameter as one value, as a list to choose from, or as a range
``{ low = 1e-4, high = 1e-2, log = true }``; ``read`` turns what is written into what is meant.
"""

from collections.abc import Callable, Mapping
from ctypes import c_float
from types import MappingProxyType
from typing import Annotated, Any

from annotated_types import Gt, Le
from pydantic import Discriminator, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Dimension, Range, steps_between
from fashion_bench.errors import SpecError
from fashion_bench.parameters import Parameter
from fashion_bench.search.table import Flag, Table

_STEPS: Mapping[type, Any] = MappingProxyType(
    {int: Annotated[int, Gt(0)], float: Annotated[float, Gt(0), Le(1e38)]}
)
MOST_POINTS = 10_000  # of a stepped range or a grid: more is a slip of the pen


# As written ------------------------------------------------------------------------------------


def _scalar(written: object) -> ParamValue:
    if not isinstance(written, bool | float | int | str):
        raise PydanticCustomError("scalar", "it should be one number or one name in quotes")
    return written


Scalar = Annotated[
    ParamValue, PlainValidator(_scalar), WithJsonSchema({"type": ["boolean", "number", "string"]})
]


class RangeTable(Table):
    """A range as a file writes it."""

    low: Scalar
    """The lowest value, itself included."""
    high: Scalar
    """The highest value, itself included."""
    log: Flag = False
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
    if isinstance(low, str | bool) or isinstance(high, str | bool):
        raise SpecError(path, "names have no range", remedy="list the values in brackets")
    if low >= high:
        raise SpecError(
            path,
            "low is not below high",
            given=f"{low} to {high}",
            remedy="widen the range",
        )
    if written.log and low == 0:
        raise SpecError(f"{path}.low", "0 has no logarithm", remedy="raise it, or leave log out")
    if isinstance(low, float) or isinstance(high, float):
        ends = c_float(low).value, c_float(high).value
        if ends[0] == ends[1] or any(
            bool(end) != bool(at) for end, at in zip(ends, (low, high), strict=True)
        ):
            problem = "float32, in which it is used, cannot tell its ends from 0 or from each other"
            given = f"{low} to {high}"
            raise SpecError(path, problem, given=given, remedy="give a wider range")
    step = None if written.step is None else _step(parameter, written, low, high, path)
    return Range(low=low, high=high, log=written.log, step=step, integer=parameter.kind is int)


def _step(parameter: Parameter, written: RangeTable, low: float, high: float, path: str) -> float:
    path = f"{path}.step"
    if written.log:
        raise SpecError(path, "a range with log has no step", remedy="remove one of the two")
    declared = _STEPS[parameter.kind]
    rule = Parameter(name="step", declared=declared, default=1, decides=parameter.decides)
    step = rule.read(written.step, path)
    assert not isinstance(step, str)
    steps = steps_between(low, high, step)
    if steps.denominator != 1:
        raise SpecError(path, "does not divide high - low", given=step, remedy="change either")
    if steps >= MOST_POINTS:
        raise SpecError(path, f"makes over {MOST_POINTS} values", given=step, remedy="widen it")
    return step


Uses = Callable[[str, Mapping[str, ParamValue]], bool]


def grid(
    space: Mapping[str, Dimension], uses: Uses = lambda name, values: True
) -> list[dict[str, ParamValue]]:
    """Return every combination of the listed values, the last dimension varying fastest.

    Args:
        space: what a parameter hangs on comes before it.
        uses: whether a trial uses a parameter, given its values of those before.

    Raises:
        SpecError: a range has no step, or there are more combinations than anyone could mean.
    """
    listed = {name: _listed(name, dimension) for name, dimension in space.items()}
    found: list[dict[str, ParamValue]] = [{}]
    for name, values in listed.items():
        used = [uses(name, one) for one in found]
        if sum(len(values) if each else 1 for each in used) > MOST_POINTS:
            raise SpecError("grid", f"over {MOST_POINTS} combinations", remedy="list fewer values")
        found = [
            {**one, name: value} if each else one
            for one, each in zip(found, used, strict=True)
            for value in (values if each else values[:1])
        ]
    return found


def _listed(name: str, dimension: Dimension) -> tuple[ParamValue, ...]:
    if isinstance(dimension, Choice):
        return dimension.values
    if dimension.step is None:
        raise SpecError(
            name,
            "a grid cannot list a range",
            remedy="give it a step, or list the values",
        )
    return dimension.points()
