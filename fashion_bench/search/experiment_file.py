"""An experiment as the text of its file: what ``load_file`` reads, written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from fashion_bench.config import ParamValue
from fashion_bench.search.spec import ExperimentSpec

SCHEMA = "#:schema ./experiment.schema.json"
WIDTH = 100  # columns


def experiment_toml(
    spec: ExperimentSpec, comment: Sequence[str], remarks: Mapping[str, str]
) -> str:
    """Return the file of an experiment that keeps every default of ``rungs`` and ``tests``.

    Args:
        spec: what it asks.
        comment: the paragraphs it opens with.
        remarks: said beside an arm's name.
    """
    return "\n".join(_lines(spec, comment, remarks)) + "\n"


def _lines(
    spec: ExperimentSpec, comment: Sequence[str], remarks: Mapping[str, str]
) -> Iterator[str]:
    for place, paragraph in enumerate(comment):
        yield from ["#"] if place else []
        yield from wrap(
            _printable(paragraph), WIDTH, initial_indent="# ", subsequent_indent="# "
        ) or ["#"]
    yield SCHEMA
    yield ""
    for name in ("name", "question", "model", "epochs"):
        yield _entry(name, getattr(spec, name))
    yield from wrap(f"seeds = {list(spec.seeds)}", WIDTH, subsequent_indent="  ")
    if spec.fixed:
        yield from _table("fixed", spec.fixed)
    for arm, values in spec.arms.items():
        remark = f" # {_printable(remarks[arm])}" if arm in remarks else ""
        yield from _table(f"arms.{arm}", values, remark)


def _table(name: str, values: Mapping[str, ParamValue], remark: str = "") -> Iterator[str]:
    yield from ("", f"[{name}]{remark}")
    yield from (_entry(key, value) for key, value in values.items())


def _entry(key: str, value: ParamValue) -> str:
    return f"{key} = {_string(value) if isinstance(value, str) else repr(value)}"


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but that TOML escapes DEL as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")


def _printable(text: str) -> str:
    """Return what may stand in a comment: TOML allows no control characters there."""
    return "".join(character if character.isprintable() else " " for character in text)
