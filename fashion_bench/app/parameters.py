"""The table of parameters: what a file may set, as each is declared."""

from dataclasses import dataclass

from fashion_bench.analysis.document import Column, Document, Section, Table
from fashion_bench.config import ParamValue
from fashion_bench.errors import SpecError, nearest
from fashion_bench.parameters import (
    Decides,
    Parameter,
    network_classes,
    parameters_of,
    recipe_parameters,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """A parameter as it is listed.

    Attributes:
        name: as a file calls it.
        networks: those that have it.
        legal: its legal values, in words.
        default: its value where no table names it.
        decides: how far it reaches.
        meaning: what it is.
    """

    name: str
    networks: tuple[str, ...]
    legal: str
    default: ParamValue
    decides: Decides
    meaning: str


def parameters_document(model: str | None = None) -> Document:
    """Return what a file may set, of all networks or of one.

    Raises:
        SpecError: there is no network of that name.
    """
    every = tuple(network_classes())
    if model not in (None, *every):
        raise SpecError("MODEL", "no such network", given=model, remedy=nearest(str(model), every))
    networks = every if model is None else (model,)
    owners: dict[Parameter, tuple[str, ...]] = {}
    for network in networks:
        for one in parameters_of(network).values():
            owners[one] = (*owners.get(one, ()), network)
    owners |= dict.fromkeys(recipe_parameters().values(), networks)
    table = Table(
        columns=(
            Column("parameter", lambda row: row.name, "word"),
            Column("of", lambda row: ", ".join(row.networks), "words"),
            Column("values", lambda row: row.legal, "words"),
            Column("default", lambda row: str(row.default), "words"),
            Column("decides", lambda row: row.decides, "words"),
            Column("what it is", lambda row: row.meaning, "words"),
        ),
        rows=tuple(
            ParameterRow(
                name=one.name,
                networks=names,
                legal=one.legal,
                default=one.default,
                decides=one.decides,
                meaning=one.meaning,
            )
            for one, names in owners.items()
        ),
        note="decides: trials that are trained together may differ in what decides one lane; in "
        "shapes, too, padded to the widest; what the whole study shares stands in [fixed] alone",
    )
    return Document(sections=(Section(blocks=(table,)),))
