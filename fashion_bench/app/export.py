"""A study as two tidy tables in files: one row a trial, and one row an epoch of a trial."""

from collections.abc import Callable, Mapping
from io import BytesIO
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd

from fashion_bench.analysis.rendering.plain import json_text
from fashion_bench.analysis.tables import csv_text, epochs_table, trials_table
from fashion_bench.records import StudyRecord
from fashion_bench.training.files import demand_files, refuse_files, write_whole

Format = Literal["csv", "parquet", "json"]


def export_study(
    study: StudyRecord, folder: Path, form: Format, *, force: bool = False
) -> dict[str, Path]:
    """Write ``<name>-trials`` and ``<name>-epochs`` into a folder; return both, by table.

    Args:
        study: a study or an experiment.
        folder: made where there is none.
        form: of the files.
        force: replace what is there.

    Raises:
        StudyError: one of the files is there.
        MachineError: the folder cannot be written.
    """
    paths = {name: folder / f"{study.name}-{name}.{form}" for name in ("trials", "epochs")}
    refuse_files(*paths.values(), force=force)
    for name, table in (("trials", trials_table(study)), ("epochs", epochs_table(study))):
        write_whole(paths[name], _ENCODE[form](table))
    demand_files(*paths.values(), remedy="give the same command again")
    return paths


def _csv(table: pd.DataFrame) -> bytes:
    return csv_text(table).encode()


def _parquet(table: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _json(table: pd.DataFrame) -> bytes:
    # pandas' own writer keeps 10 digits of a number, at most 15.
    finite = table.astype(object).replace([inf, -inf], None)
    return f"{json_text(finite.where(finite.notna(), None).to_dict('records'))}\n".encode()


_ENCODE: Mapping[Format, Callable[[pd.DataFrame], bytes]] = MappingProxyType(
    {"csv": _csv, "parquet": _parquet, "json": _json}
)
