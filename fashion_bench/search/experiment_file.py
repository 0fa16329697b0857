"""A study or an experiment as the text of its file: what ``load_file`` reads, written."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from fashion_bench.config import ParamValue
from fashion_bench.search.spec import ExperimentSpec, canonical

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
    for name in ("name", "question", "model", "data", "metric", "margin", "epochs"):
        if (value := getattr(spec, name)) != ExperimentSpec.model_fields[name].default:
            yield _entry(name, value)
    yield from wrap(f"seeds = {_inline(canonical(spec)['seeds'])}", WIDTH, subsequent_indent="  ")
    if spec.fixed:
        yield from _table("fixed", spec.fixed)
    for arm, values in spec.arms.items():
        remark = f" # {_printable(remarks[arm])}" if arm in remarks else ""
        yield from _table(f"arms.{arm}", values, remark)


def toml_text(data: Mapping[str, Any]) -> str:
    """Return plain data, as ``canonical`` returns it, as the text of a file."""
    return "\n".join(_tables("", data)).lstrip("\n") + "\n"


def _tables(path: str, data: Mapping[str, Any]) -> Iterator[str]:
    tables = {key: value for key, value in data.items() if _is_table(path, value)}
    own = [_entry(k, v) for k, v in data.items() if k not in tables]
    if path and (own or not tables):
        yield from ("", f"[{path}]")
    yield from own
    for key, value in tables.items():
        yield from _tables(f"{path}.{_key(key)}".lstrip("."), value)


def _is_table(path: str, value: object) -> bool:
    """Tell whether a mapping is written as a table; a range is written in its line."""
    return isinstance(value, Mapping) and (not path or path == "arms")


def _entry(key: str, value: object) -> str:
    return f"{_key(key)} = {_inline(value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_entry(k, v) for k, v in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return _string(value) if isinstance(value, str) else repr(value)


def _table(name: str, values: Mapping[str, ParamValue], remark: str = "") -> Iterator[str]:
    yield from ("", f"[{name}]{remark}")
    yield from (_entry(key, value) for key, value in values.items())


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but that TOML escapes DEL as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")


def _printable(text: str) -> str:
    """Return what may stand in a comment: TOML allows no control characters there."""
    return "".join(character if character.isprintable() else " " for character in text)
