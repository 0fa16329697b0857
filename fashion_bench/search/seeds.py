"""The seeds of an experiment as its file gives them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from fashion_bench.search.table import Table

Seed = Annotated[int, Field(strict=True, ge=0, lt=2**31)]


class Looks(Table):
    """``seeds = { at_most = 30, look = 2 }``: seeds that are looked at as they come in."""

    at_most: Annotated[int, Field(strict=True, ge=6, le=10_000)]  # of fewer nothing is settled
    """Seeds, drawn from the name, unless a look ends it before."""
    look: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    """After this many seeds the arms are looked at, and again after as many more."""


class Sources(Table):
    """``seeds = { sources = 7 }``: 7 x 7 trials that tell where the spread comes from."""

    sources: Literal[5, 7, 11, 13]
    """Seeds of the split, of the weights, of the order and of dropout, crossed in a square."""


def _tag(written: object) -> str:
    if isinstance(written, Sources) or (isinstance(written, Mapping) and "sources" in written):
        return "<sources>"
    if isinstance(written, Mapping | Looks):
        return "<table>"
    return "<number>" if isinstance(written, int) else "<list>"


Seeds = Annotated[
    Annotated[tuple[Seed, ...], Field(min_length=1, max_length=10_000), Tag("<list>")]
    | Annotated[int, Field(strict=True, ge=1, le=10_000), Tag("<number>")]
    | Annotated[Looks, Tag("<table>")]
    | Annotated[Sources, Tag("<sources>")],
    Discriminator(_tag),
]
