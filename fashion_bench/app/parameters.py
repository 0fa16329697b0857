"""The table of parameters: what a file may set, as each is declared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fashion_bench import code
from fashion_bench.analysis.document import Column, Document, Section, Table
from fashion_bench.code import unpinned
from fashion_bench.errors import SpecError, nearest
from fashion_bench.parameters import (
    Parameter,
    network_classes,
    optimizer_classes,
    parameters_of,
    recipe_parameters,
)

_TOLD = ("default", "decides", "meaning")


def _default(value: object) -> str:
    return "its optimizer's" if value is None else str(value)


def parameters_document(model: str | None = None) -> Document:
    """Return what a file may set, of all networks or of one, which may be the user's.

    Raises:
        SpecError: there is no network of that name, or an argument of it is no parameter.
    """
    every = tuple(network_classes())
    if code.is_reference(model):
        own = code.find(str(model), Path.cwd(), "MODEL")
        code.know([own])
        every = (own.name,)
        model = own.name
    if model not in (None, *every):
        raise SpecError("MODEL", "no such network", given=model, remedy=nearest(str(model), every))
    networks = every if model is None else (model,)
    owners: dict[Parameter, list[str]] = {}
    for network in networks:
        for one in parameters_of(network, tuple(optimizer_classes())).values():
            owners.setdefault(one, []).append(network)
    owners |= {one: list(networks) for one in recipe_parameters().values()}
    columns: tuple[Column[Mapping[str, Any]], ...] = (
        Column("parameter", lambda row: row["name"], "word"),
        Column("of", lambda row: ", ".join(row["networks"]), "words"),
        Column("values", lambda row: row["legal"], "words"),
        Column("default", lambda row: _default(row["default"]), "words"),
        Column("decides", lambda row: row["decides"], "words"),
        Column("what it is", lambda row: row["meaning"], "words"),
    )
    table = Table(
        columns=columns,
        rows=tuple(
            {"name": one.name, "networks": [unpinned(n) for n in names], "legal": one.legal}
            | {told: getattr(one, told) for told in _TOLD}
            for one, names in owners.items()
        ),
        note="decides: trials that are trained together may differ in what decides one lane; in "
        "shapes, too, where padding to the widest is exact; trials that differ in the program are "
        "trained apart; what the whole study shares stands in [fixed] alone",
    )
    return Document(sections=(Section(blocks=(table,)),))
