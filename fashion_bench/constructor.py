"""The arguments of a constructor, read from its source by ``ast``: nothing is imported or run."""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types

from fashion_bench.config import Activation, ParamValue, Share, Where, Width
from fashion_bench.errors import SpecError

# What an annotation of a constructor may be made of.
_WORDS: Mapping[str, Any] = MappingProxyType(
    {
        **{one.__name__: one for one in (bool, int, float, str)},
        "Annotated": Annotated,
        "Literal": Literal,
        "Activation": Activation,
        "Share": Share,
        "Where": Where,
        "Width": Width,
        **{name: getattr(annotated_types, name) for name in ("Ge", "Gt", "Le", "Lt")},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a constructor.

    Attributes:
        name: of it.
        declared: its annotated type.
        default: its value where none is given.
    """

    name: str
    declared: Any
    default: ParamValue

    @property
    def is_count(self) -> bool:
        """Whether it is a whole number of any size, as a width is, not one of a few."""
        bare = self.declared
        bare = get_args(bare)[0] if get_origin(bare) is Annotated else bare
        return type(self.default) is int and get_origin(bare) is not Literal


def arguments(owner: ast.ClassDef, told: str, ours: Collection[str]) -> Iterator[Argument]:
    """Yield the arguments of a constructor.

    Args:
        owner: its class.
        told: what an error calls it; empty for a class of ours.
        ours: what we pass to it: no parameters.

    Raises:
        SpecError: of the user's code, one has no default, or one that no file can hold.
    """
    for method in owner.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            given = method.args
            break
    else:
        return
    if given.vararg or given.kwarg:
        taken = f"*{given.vararg.arg}" if given.vararg else f"**{given.kwarg.arg}"  # type: ignore[union-attr]
        raise SpecError(told, f"takes {taken}", remedy="name its arguments, each with a default")
    if alone := given.posonlyargs[1:]:  # behind ``self``
        problem = f"takes {alone[0].arg} by its place alone"
        raise SpecError(told, problem, remedy="leave out the / among its arguments")
    placed = [*given.posonlyargs, *given.args]
    missing: list[ast.expr | None] = [None] * (len(placed) - len(given.defaults))
    pairs = [*zip(placed, [*missing, *given.defaults], strict=True)][1:]
    for argument, default in (*pairs, *zip(given.kwonlyargs, given.kw_defaults, strict=True)):
        if argument.arg in ours:
            continue
        value = _literal(default)
        if default is None or value is None:
            problem = f"argument {argument.arg} has no default"
            if default is not None:
                problem = f"argument {argument.arg} has a default that no file can hold"
            remedy = "give it a number, a name, True or False"
            raise SpecError(told, problem, remedy=remedy)
        declared = _declared(argument.annotation, value, told)
        yield Argument(name=argument.arg, declared=declared, default=value)


def _literal(default: ast.expr | None) -> ParamValue | None:
    try:
        value = ast.literal_eval(default) if default is not None else None
    except ValueError:
        return None
    return value if isinstance(value, bool | int | float | str) else None


def _declared(annotation: ast.expr | None, default: ParamValue, told: str) -> Any:  # noqa: ANN401
    """Return the annotated type of an argument; of the user's, that of its default if need be."""
    try:
        return _resolved(annotation)
    except (KeyError, TypeError, ValueError):
        if not told:
            raise
        return type(default)


def _resolved(annotation: ast.expr | None) -> Any:  # noqa: ANN401  # whatever it says
    """Return what an annotation says, executing nothing but the words above."""
    match annotation:
        case ast.Name(id=word):
            return _WORDS[word]
        case ast.Subscript(value=of, slice=ast.Tuple(elts=parts)):
            return _resolved(of)[tuple(map(_resolved, parts))]
        case ast.Subscript(value=of, slice=part):
            return _resolved(of)[_resolved(part)]
        case ast.Call(func=bound, args=values, keywords=named):
            words = {one.arg: _resolved(one.value) for one in named if one.arg}
            return _resolved(bound)(*map(_resolved, values), **words)
        case ast.expr():
            return ast.literal_eval(annotation)
        case _:
            raise TypeError("an argument has no annotation")
