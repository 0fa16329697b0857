"""What a file names that lies outside it: code of the user's, and a data set."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashion_bench import code
from fashion_bench.code import Code
from fashion_bench.config import DataFacts, Recipe
from fashion_bench.data import sets
from fashion_bench.errors import DataError, FashionBenchError, SpecError, StudyError, dotted
from fashion_bench.parameters import recipe_parameters, trial_recipe_parameters
from fashion_bench.search.spec import Spec, StudySpec

if TYPE_CHECKING:
    from fashion_bench.data.sources import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a file is read with besides its text.

    Attributes:
        beside: the folder that its files of code and data are looked for in; ``None`` for a stored
            study, of which no file is looked for.
        code: code that is known already, by the names in the file: what was kept with a stored
            study, or is handed over from Python.
        data: what is known of its data set, if that is known already.
        given: a data set that is handed over from Python.
    """

    beside: Path | None = None
    code: Mapping[str, Code] = field(default_factory=dict)
    data: DataFacts | None = None
    given: "Dataset | None" = None


def pinned(spec: Spec, around: Surroundings) -> tuple[Spec, dict[str, Code]]:
    """Return a spec whose names of code carry digests, and that code, by its name."""
    found: dict[str, Code] = {}

    def pin(written: Any, path: str) -> Any:  # noqa: ANN401  # whatever a parameter may be
        if isinstance(written, tuple):
            return tuple(pin(value, f"{path}.{i}") for i, value in enumerate(written))
        if not code.is_reference(written):
            return written
        one = around.code.get(written)
        if one is None and around.beside is not None:
            one = code.find(written, around.beside, path)
        if one is None:
            remedy = "run the study from its file"
            raise SpecError(path, "code that is not here", given=written, remedy=remedy)
        found[one.name] = one
        return one.name

    def table(values: Mapping[str, Any], path: str) -> dict[str, Any]:
        return {
            name: pin(value, f"{path}.{name}") if name in _NAMING_CODE else value
            for name, value in values.items()
        }

    given: dict[str, Any] = {
        "model": pin(spec.model, "model"),
        "metric": pin(spec.metric, "metric"),
        "data": pin(spec.data, "data"),
        "fixed": table(spec.fixed, "fixed"),
        "arms": {arm: table(values, f"arms.{arm}") for arm, values in spec.arms.items()},
    }
    if isinstance(spec, StudySpec):
        given["nuisance"] = table(spec.nuisance, "nuisance")
        given["enqueue"] = tuple(
            table(entry, f"enqueue.{place}") for place, entry in enumerate(spec.enqueue)
        )
    code.know(found.values())
    return spec.model_copy(update=given), found


_NAMING_CODE = tuple(
    name
    for name, one in {**recipe_parameters(), **trial_recipe_parameters()}.items()
    if one.names_code
)


def source_of(spec: Spec) -> str:
    """Return the data set that is named, in either of the two places."""
    given = spec.fixed.get("source")
    if spec.data is not None and given is not None:
        remedy = "keep one of the two"
        raise SpecError("data", "also set in [fixed], as source", given=given, remedy=remedy)
    named = spec.data if given is None else given
    path = "data" if given is None else "fixed.source"
    default = Recipe().source
    return str(default if named is None else recipe_parameters()["source"].read(named, path))


def facts_of(spec: Spec, around: Surroundings) -> DataFacts:
    """Return what is known of the data set; one that is not ours is opened to see."""
    if around.data is not None:
        return around.data
    source = source_of(spec)
    if around.given is not None and source == around.given.facts.name:
        return around.given.facts
    if source in sets.names():
        return sets.facts(source)
    from fashion_bench.data.sources import Sources  # imports torch

    if code.is_reference(source):
        code.allow([code.known(source)])  # the file on the command line names it
    return Sources(folder=Path(), beside=around.beside or Path()).open(source).facts


def addressed(error: FashionBenchError, where: object, spec: Spec) -> FashionBenchError:
    """Return an error with its file, and where that names the code it is about, in front.

    Args:
        error: of a part of the file, or of code or data that it names.
        where: the file.
        spec: what it says.
    """
    about = [
        path
        for named, path in _naming(spec)
        if re.match(rf"{re.escape(named)}(:? |$)", error.where)
    ]
    if isinstance(error, DataError):
        about = ["data" if spec.data is not None else "fixed.source"]
    place = "".join(f"{each}: " for each in (where, *about[:1]))
    return type(error)(
        f"{place}{error.where}", error.problem, given=error.given, remedy=error.remedy
    )


def _naming(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield each code that a file names, and where it does."""
    tables = {"fixed": spec.fixed, **{f"arms.{name}": arm for name, arm in spec.arms.items()}}
    if isinstance(spec, StudySpec):
        tables["nuisance"] = spec.nuisance
    for key in ("model", "metric", "data"):
        yield str(getattr(spec, key)), key
    for table, values in tables.items():
        for name, written in values.items():
            for each in written if isinstance(written, tuple) else (written,):
                if code.is_reference(each):
                    yield str(each), f"{table}.{dotted(name)}"


def refuse_other_code(where: object, codes: Sequence[Code], stored: Sequence[Code]) -> None:
    """Refuse to go on with other source than a study was begun with, as with another file.

    Raises:
        StudyError: some of it was changed.
    """
    now = {each.reference: each.name for each in codes}
    if changed := [each.reference for each in stored if now.get(each.reference) != each.name]:
        raise StudyError(
            where,
            f"was begun with other source of {', '.join(changed)}",
            remedy="undo that change, or give the study another name",
        )
