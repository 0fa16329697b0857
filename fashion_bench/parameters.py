"""Parameters: what a file may fix, tune or compare, each declared once, where it is used.

A hyperparameter is a field of ``config.Hyper``, what decides the control flow one of
``config.Recipe``, and a network's or an optimizer's parameters are the arguments of its
constructor, read from its source by ``ast``, for importing it takes seconds and runs code. A
declaration is an annotated type with its bounds, a phrase that says what it is and perhaps where it
is used, and a default. What a file may hold, its JSON schema, the tables of parameters and Optuna's
distributions follow from it.
"""

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from fashion_bench import code
from fashion_bench.config import CodeOr, Hyper, ParamValue, Recipe, Where
from fashion_bench.constructor import arguments
from fashion_bench.errors import SpecError, shown

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Decides = Literal["one lane", "the shapes", "the program", "the whole study"]
"""How far a parameter reaches: lanes of a cohort may differ in it; or they may once they are
padded; or trials that differ in it are not trained together; or all trials have the same."""

PACKAGE = Path(__file__).parent
NETWORKS = PACKAGE / "models"
OPTIMIZERS = PACKAGE / "training" / "optimizers"
DATA_SETS = PACKAGE / "data" / "sets"

# What a constructor is told by us: an image's shape and the number of classes; the weights, the
# learning rate and its decay. They are no parameters.
OF_NETWORKS = frozenset({"shape", "classes"})
OF_OPTIMIZERS = frozenset({"params", "lr", "weight_decay"})

# What a trial is told apart by besides its parameters, or a file's key: no argument is called so.
TAKEN = frozenset({*Recipe.__dataclass_fields__, "arm", "seed", "split_seed"})

# Fields of ``Recipe`` that a trial may have for itself.
OWN_OF_A_TRIAL = ("batch_size", "optimizer", "loss", "augment")

_BOUNDS = (
    *(("minimum", "from"), ("exclusiveMinimum", "above")),
    *(("maximum", "to"), ("exclusiveMaximum", "to below")),
)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A knob that a file may name.

    Attributes:
        name: as a file calls it.
        declared: the annotated type of its values.
        default: its value where no table names it; ``None`` if every optimizer has its own.
        decides: how far it reaches.
        owners: the optimizers that have it; empty for what is no optimizer's.
    """

    name: str
    declared: Any
    default: ParamValue | None
    decides: Decides
    owners: tuple[str, ...] = ()

    @property
    def _said(self) -> tuple[Any, ...]:
        return getattr(self.declared, "__metadata__", ())

    @property
    def meaning(self) -> str:
        """What it is, as the declaration says, and where it is used."""
        said = next((one for one in self._said if isinstance(one, str)), "")
        used = " and ".join(one.words for one in self.where)
        return f"{said}, where {used}" if used else said

    @property
    def where(self) -> tuple[Where, ...]:
        """The trials that use it; all, if it is empty."""
        owners = (Where("optimizer", *self.owners),) if self.owners else ()
        return (*owners, *(one for one in self._said if isinstance(one, Where)))

    @property
    def names_code(self) -> str | None:
        """What kind of thing it names, if it may name code of the user's."""
        return next((one.kind for one in self._said if isinstance(one, CodeOr)), None)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of its values."""
        if self.names_code:
            names = {"enum": list(_shipped(self.names_code)), "type": "string"}
            return {"anyOf": [names, {"pattern": _CODE_OF[self.names_code], "type": "string"}]}
        return self._adapter.json_schema()

    @property
    def kind(self) -> type[ParamValue]:
        """The type of its values, which a default like 0 of a float need not have."""
        kinds: dict[str, type[ParamValue]] = {"boolean": bool, "integer": int, "number": float}
        return kinds.get(self.schema.get("type", "string"), str)

    @property
    def legal(self) -> str:
        """Its legal values, in words."""
        if self.names_code:
            names = ", ".join(map(repr, _shipped(self.names_code)))
            return f"one of {names}, or {_CODE_IN_WORDS[self.names_code]}"
        if "enum" in self.schema:
            return "one of " + ", ".join(map(repr, self.schema["enum"]))
        if self.kind is bool:
            return "true or false"
        if self.kind is str:
            return "a name in quotes"
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
            if self.names_code and not re.search(_CODE_OF[self.names_code], str(written)):
                return {name: name for name in _shipped(self.names_code)}[str(written)]
            return self._adapter.validate_python(written, strict=True)
        except (KeyError, ValueError):
            given, remedy = shown(written), f"give {self.legal}"
            raise SpecError(path, "not a legal value", given=given, remedy=remedy) from None


# How code of the user's, or data of theirs, is named.
_CODE_OF = {"optimizer": ":", "loss": ":", "data": r":|\.npz$|/$|^given#"}
_CODE_IN_WORDS = {
    "optimizer": "a class of yours as 'my.py:Class'",
    "loss": "a function of yours as 'my.py:function'",
    "data": "'file.npz', 'folder/', or a function of yours as 'my.py:function'",
}


def _shipped(kind: str) -> Sequence[str]:
    """Return the names of ours that a parameter of this kind may name."""
    if kind == "optimizer":
        return tuple(_classes(OPTIMIZERS))
    if kind == "data":
        return tuple(path.stem for path in sorted(DATA_SETS.glob("[a-z]*.py")))
    return ("cross_entropy",)


# Where they are declared -------------------------------------------------------------------------


@cache
def parameters_of(model: str, optimizers: tuple[str, ...] = ("adam",)) -> Mapping[str, Parameter]:
    """Return what may be fixed, tuned or compared in trials of a network, by name.

    Args:
        model: the network, one of ours or code of the user's with its digest.
        optimizers: all that any trial may have.

    Raises:
        SpecError: an argument of the user's code cannot be a parameter.
    """
    network = network_parameters(model)
    hyper = _fields_of(Hyper, "one lane")
    if not takes_drop(model):
        del hyper["dropout"]
    program = {name: trial_recipe_parameters()[name] for name in OWN_OF_A_TRIAL}
    for name in network:
        if name in TAKEN or (name in hyper and name != "dropout"):
            remedy = "rename the argument"
            raise SpecError(code.unpinned(model), f"has {name}, a parameter of all", remedy=remedy)
    known = hyper | network | program | _of_optimizers(optimizers, {*network})
    for one in known.values():
        _check_where(one, known, code.unpinned(model))
    return MappingProxyType(known)


def _check_where(one: Parameter, known: Mapping[str, Parameter], told: str) -> None:
    """Refuse a parameter that hangs on what is none, or in the end on itself."""
    waiting, seen = [one], set[str]()
    while waiting:
        for where in waiting.pop().where:
            if where.parameter not in known:
                problem = f"{one.name} hangs on {where.parameter}, which is no parameter"
                raise SpecError(told, problem, remedy="mend the name in Where(...)")
            if where.parameter == one.name:
                problem = f"{one.name} hangs on itself"
                raise SpecError(told, problem, remedy="let Where(...) name another")
            if where.parameter not in seen:
                seen.add(where.parameter)
                waiting.append(known[where.parameter])


@cache
def recipe_parameters() -> Mapping[str, Parameter]:
    """Return what ``[fixed]`` may set for the whole study; ``model`` and ``epochs`` are keys."""
    found = _fields_of(Recipe, "the whole study")
    own = ("model", "epochs", *OWN_OF_A_TRIAL)
    return MappingProxyType({n: p for n, p in found.items() if n not in own})


@cache
def trial_recipe_parameters() -> Mapping[str, Parameter]:
    """Return the fields of the recipe that a trial may have for itself."""
    found = _fields_of(Recipe, "the program")
    return MappingProxyType({name: found[name] for name in OWN_OF_A_TRIAL})


@cache
def network_parameters(model: str) -> dict[str, Parameter]:
    """Return the parameters of a network's constructor, by name, in its order.

    An own argument ``dropout2``, ``dropout3`` … is the rate of the layer that the network drops
    second, third …: lanes may differ in it.
    """
    parameters: dict[str, Parameter] = {}
    for one in arguments(*_definition(model, NETWORKS), OF_NETWORKS):
        decides: Decides = "the shapes" if one.is_count else "the program"
        decides = "one lane" if is_rate(one.name, model) else decides
        parameters[one.name] = Parameter(
            name=one.name, declared=one.declared, default=one.default, decides=decides
        )
    return parameters


@cache
def optimizer_parameters(optimizer: str) -> dict[str, Parameter]:
    """Return the parameters of an optimizer's constructor, by name."""
    return {
        one.name: Parameter(
            name=one.name,
            declared=one.declared,
            default=one.default,
            decides="one lane",
            owners=(optimizer,),
        )
        for one in arguments(*_definition(optimizer, OPTIMIZERS), OF_OPTIMIZERS)
    }


def network_classes() -> Mapping[str, ast.ClassDef]:
    """Return the classes of our networks by model: in ``models/mlp.py`` the class ``MLP``."""
    return _classes(NETWORKS)


def optimizer_classes() -> Mapping[str, ast.ClassDef]:
    """Return the classes of our optimizers by name: in ``optimizers/sgd.py`` the class ``SGD``."""
    return _classes(OPTIMIZERS)


@cache
def takes_drop(model: str) -> bool:
    """Tell whether a network lets us drop units: its ``forward`` has an argument ``drop``."""
    network, _ = _definition(model, NETWORKS)
    return any(
        one.arg == "drop"
        for method in network.body
        if isinstance(method, ast.FunctionDef) and method.name == "forward"
        for one in (*method.args.args, *method.args.kwonlyargs)
    )


def is_rate(name: str, model: str) -> bool:
    """Tell whether an argument is the rate of a later layer of a network that lets us drop units.

    Lanes may differ in it, so it is ours to apply, and the constructor is not given it.
    """
    return re.fullmatch(r"dropout[2-9]\d*", name) is not None and takes_drop(model)


@cache
def _classes(folder: Path) -> Mapping[str, ast.ClassDef]:
    return MappingProxyType(
        {
            path.stem: node
            for path in sorted(folder.glob("*.py"))
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.ClassDef) and node.name.lower() == path.stem
        }
    )


def _definition(name: str, folder: Path) -> tuple[ast.ClassDef, str]:
    """Return a class of ours or of the user's, and what an error calls the user's."""
    if not code.is_reference(name):
        return _classes(folder)[name], ""
    found, told = code.known(name).definition(), code.unpinned(name)
    if not isinstance(found, ast.ClassDef):
        raise SpecError(told, "is a function", remedy="name a class")
    return found, told


def _fields_of(record: type, decides: Decides) -> dict[str, Parameter]:
    types = get_type_hints(record, include_extras=True)
    return {
        name: Parameter(
            name=name, declared=types[name], default=getattr(record(), name), decides=decides
        )
        for name in types
    }


def _of_optimizers(optimizers: Collection[str], taken: Collection[str]) -> dict[str, Parameter]:
    """Return the parameters of several optimizers; of one name they have to mean the same."""
    found: dict[str, Parameter] = {}
    for optimizer in optimizers:
        for name, one in optimizer_parameters(optimizer).items():
            if name in taken or name in TAKEN or name in Hyper.__dataclass_fields__:
                remedy = "rename the argument"
                raise SpecError(
                    code.unpinned(optimizer), f"has {name}, a parameter of others", remedy=remedy
                )
            if name in found and found[name].declared != one.declared:
                problem = f"{name} of {code.unpinned(found[name].owners[0])} has other values"
                remedy = "rename the argument, or declare it alike"
                raise SpecError(code.unpinned(optimizer), problem, remedy=remedy)
            before = found.get(name, one)
            default = before.default if before.default == one.default else None
            owners = tuple(dict.fromkeys((*before.owners, optimizer)))
            found[name] = replace(one, default=default, owners=owners)
    return found


# A network's arguments ---------------------------------------------------------------------------


def arguments_of(model: str, values: Mapping[str, ParamValue]) -> tuple[ParamValue, ...]:
    """Return a network's arguments in their order, without the defaults at the end."""
    known = network_parameters(model)
    given: list[Any] = [values.get(name, one.default) for name, one in known.items()]
    return bare_arguments(model, given)


def bare_arguments(model: str, arguments: Sequence[ParamValue]) -> tuple[ParamValue, ...]:
    """Return arguments without the defaults at the end."""
    given, defaults = list(arguments), [one.default for one in network_parameters(model).values()]
    while given and given[-1] == defaults[len(given) - 1]:
        given.pop()
    return tuple(given)
