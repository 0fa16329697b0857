"""The JSON schemas of study and experiment files: what an editor completes and checks them by."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from fashion_bench.parameters import (
    Parameter,
    network_classes,
    optimizer_classes,
    parameters_of,
    recipe_parameters,
)
from fashion_bench.plan import Kind
from fashion_bench.search.spec import ExperimentSpec, StudySpec
from fashion_bench.search.table import Table

_SCALAR = {"type": ["boolean", "number", "string"]}  # a value of a parameter, whichever


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON schema of a file, with each parameter's legal values."""
    spec: type[Table] = StudySpec if kind == "study" else ExperimentSpec
    whole = spec.model_json_schema(schema_generator=_TomlSchema)
    tables = whole["properties"]
    tunable = list(_tunable())
    fixed = [*tunable, *recipe_parameters()]
    (arm,) = tables["arms"]["patternProperties"].values()
    _describe(tables["fixed"], fixed)
    _describe(arm, tunable)
    ours = {"fixed": _names(fixed), "arms": {"additionalProperties": _names(tunable)}}
    if kind == "study":
        _describe(tables["nuisance"], tunable)
        _describe(tables["enqueue"]["items"], tunable)
        which = {"description": "The arm it is for; without it, every arm.", "type": "string"}
        finish = {"description": "Whether it passes every rung.", "type": "boolean"}
        tables["enqueue"]["items"]["properties"] |= {"arm": which, "finish": finish}
        ours |= {
            "nuisance": _names(tunable),
            "enqueue": {"items": _names([*tunable, "arm", "finish"])},
        }
    # A network of the user's, or their optimizer, has parameters of its own.
    whole["if"] = {"properties": {"model": {"enum": list(network_classes())}}}
    whole["then"] = {"properties": ours}
    return whole


@cache
def _tunable() -> Mapping[str, Sequence[Parameter]]:
    """Return every parameter of ours by name, as each network and optimizer declares it."""
    optimizers = tuple(optimizer_classes())
    found: dict[str, list[Parameter]] = {}
    for model in network_classes():
        for name, one in parameters_of(model, optimizers).items():
            if one not in found.setdefault(name, []):
                found[name].append(one)
    return found


def _describe(table: dict[str, Any], names: Iterable[str]) -> None:
    """Say what a table's parameters mean and may be, in the form of what it held."""
    form = table["additionalProperties"]
    table["properties"] = {name: _property(name, form) for name in names}


def _names(names: Iterable[str]) -> dict[str, Any]:
    return {"propertyNames": {"enum": list(names)}}


def _property(name: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a parameter means, and its legal values in the place of any."""
    declared = _tunable().get(name) or [recipe_parameters()[name]]
    values: list[Mapping[str, Any]] = []
    for one in declared:
        values += [one.schema] if one.schema not in values else []
    meanings = dict.fromkeys(one.meaning for one in declared)
    legal = values[0] if len(values) == 1 else {"anyOf": values}
    return {"description": "; or: ".join(meanings), **_filled(form, legal)}


def _filled(form: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON of any kind
    if form == _SCALAR:
        return dict(values)
    if isinstance(form, Mapping):
        return {key: _filled(part, values) for key, part in form.items()}
    return [_filled(part, values) for part in form] if isinstance(form, list) else form


class _TomlSchema(GenerateJsonSchema):
    """TOML has no null: a key without a value is left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if not isinstance(found.get("default"), str | bool):
            found.pop("default", None)
        return found
