"""Parameters: what a file may fix, tune or compare, each declared once, where it is used.

A hyperparameter is a field of ``config.Hyper``, what a whole study shares one of
``config.Recipe``, and a network's parameters are the arguments of its constructor, read from its
source by ``ast``, for importing it takes seconds. A declaration is an annotated type with its
bounds and a phrase that says what it is, and a default. What a file may hold, its JSON schema, the
tables of parameters and Optuna's distributions follow from it.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import annotated_types

from fashion_bench.config import Hyper, ParamValue, Recipe, Share, Width
from fashion_bench.errors import SpecError, shown

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Decides = Literal["one lane", "the shapes", "the whole study"]
"""How far a parameter reaches: lanes of a cohort may differ in it; they may once they are padded;
or all trials have the same, since it decides the control flow."""

NETWORKS = Path(__file__).with_name("models")

_BOUNDS = (
    *(("minimum", "from"), ("exclusiveMinimum", "above")),
    *(("maximum", "to"), ("exclusiveMaximum", "to below")),
)
# What an annotation of a constructor may be made of.
_WORDS: Mapping[str, Any] = MappingProxyType(
    {
        **{one.__name__: one for one in (int, float, str)},
        "Annotated": Annotated,
        "Literal": Literal,
        "Share": Share,
        "Width": Width,
        **{name: getattr(annotated_types, name) for name in ("Ge", "Gt", "Le", "Lt")},
    }
)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A knob that a file may name.

    Attributes:
        name: as a file calls it.
        declared: the annotated type of its values.
        default: its value where no table names it.
        decides: how far it reaches.
    """

    name: str
    declared: Any
    default: ParamValue
    decides: Decides

    @property
    def meaning(self) -> str:
        """What it is, as the declaration says."""
        said = getattr(self.declared, "__metadata__", ())
        return next((one for one in said if isinstance(one, str)), "")

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of its values."""
        return self._adapter.json_schema()

    @property
    def kind(self) -> type[float] | type[int] | type[str]:
        """The type of its values, which a default like 0 of a float need not have."""
        return {"integer": int, "number": float}.get(self.schema["type"], str)

    @property
    def legal(self) -> str:
        """Its legal values, in words."""
        if "enum" in self.schema:
            return "one of " + ", ".join(map(repr, self.schema["enum"]))
        bounds = [f"{words} {self.schema[key]:g}" for key, words in _BOUNDS if key in self.schema]
        what = "a whole number" if self.kind is int else "a number"
        return " ".join((what, *bounds)).replace("e+", "e")

    @cached_property
    def _adapter(self) -> "TypeAdapter[ParamValue]":
        from pydantic import TypeAdapter  # the command line starts without it

        return TypeAdapter(self.declared)

    def read(self, written: object, path: str) -> ParamValue:
        """Return the value meant; a whole number may be written for a float.

        Raises:
            SpecError: it is not legal here; ``path`` says where it is written.
        """
        try:
            return self._adapter.validate_python(written, strict=True)
        except ValueError:
            given, remedy = shown(written), f"give {self.legal}"
            raise SpecError(path, "not a legal value", given=given, remedy=remedy) from None


# Where they are declared -------------------------------------------------------------------------


@cache
def parameters_of(model: str) -> Mapping[str, Parameter]:
    """Return what may be fixed, tuned or compared in trials of a network, by name."""
    return MappingProxyType(_fields_of(Hyper, "one lane") | network_parameters(model))


@cache
def recipe_parameters() -> Mapping[str, Parameter]:
    """Return what ``[fixed]`` may set for the whole study; ``model`` and ``epochs`` are keys."""
    found = _fields_of(Recipe, "the whole study")
    return MappingProxyType({n: p for n, p in found.items() if n not in ("model", "epochs")})


@cache
def network_parameters(model: str) -> dict[str, Parameter]:
    """Return the parameters of a network's constructor, by name, in its order."""
    return {one.name: one for one in _arguments(network_classes()[model])}


@cache
def network_classes() -> Mapping[str, ast.ClassDef]:
    """Return the classes of networks by model: in ``models/mlp.py`` the class ``MLP``."""
    return MappingProxyType(
        {
            path.stem: node
            for path in sorted(NETWORKS.glob("*.py"))
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.ClassDef) and node.name.lower() == path.stem
        }
    )


def _fields_of(record: type, decides: Decides) -> dict[str, Parameter]:
    types = get_type_hints(record, include_extras=True)
    return {
        name: Parameter(
            name=name, declared=types[name], default=getattr(record(), name), decides=decides
        )
        for name in types
    }


def _arguments(network: ast.ClassDef) -> Iterator[Parameter]:
    (init,) = (n for n in network.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    arguments, defaults = init.args.args[1:], init.args.defaults
    for argument, default in zip(arguments, defaults, strict=True):
        yield Parameter(
            name=argument.arg,
            declared=_resolved(argument.annotation),
            default=ast.literal_eval(default),
            decides="the shapes",
        )


def _resolved(annotation: ast.expr | None) -> Any:  # noqa: ANN401  # whatever it says
    """Return what an annotation says, executing nothing but the words above."""
    match annotation:
        case ast.Name(id=word):
            return _WORDS[word]
        case ast.Subscript(value=of, slice=ast.Tuple(elts=parts)):
            return _resolved(of)[tuple(map(_resolved, parts))]
        case ast.Call(func=bound, args=[value]):
            return _resolved(bound)(_resolved(value))
        case ast.expr():
            return ast.literal_eval(annotation)
        case _:
            raise TypeError("an argument has no annotation")
