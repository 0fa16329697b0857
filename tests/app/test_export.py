"""Tests of ``app/export.py``."""

import json
from collections.abc import Hashable
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest

from fashion_bench.analysis.tables import epochs_table, trials_table
from fashion_bench.app.browse import read_study
from fashion_bench.app.export import Format, export_study
from fashion_bench.errors import MachineError, StudyError
from fashion_bench.records import Outcome, StudyRecord
from tests.finished import Finished


@pytest.fixture
def study(finished: Finished) -> StudyRecord:
    """A study; one trial of it diverged in a first epoch of infinite loss, another failed."""
    study = read_study(finished.runs, "s")
    first, second, *others = study.trials
    hopeless = replace(first.history[0], train_loss=inf, valid_loss=nan, diverged=True)
    first = replace(first, outcome=Outcome.DIVERGED, history=(hopeless,))
    second = replace(second, outcome=Outcome.FAILED, history=(), reason='"Died",\nit is said.')
    return replace(study, trials=(first, second, *others))


def read(path: Path) -> pd.DataFrame:
    """Read a file as somebody would who knows nothing of it."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path)
    return pd.DataFrame(json.loads(path.read_text("utf-8"), parse_constant=pytest.fail))


def rows(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The rows as plain data; what is missing or not finite is ``None``."""
    plain = table.astype(object).replace([inf, -inf], None)
    return plain.where(plain.notna(), None).to_dict("records")


@pytest.mark.parametrize("form", get_args(Format))
def test_what_is_written_is_read_back(study: StudyRecord, tmp_path: Path, form: Format) -> None:
    """Every column and every row of both tables, each number to the last bit."""
    paths = export_study(study, tmp_path / "new", form)
    assert paths == {
        "trials": tmp_path / "new" / f"s-trials.{form}",
        "epochs": tmp_path / "new" / f"s-epochs.{form}",
    }
    assert sorted(paths.values()) == sorted((tmp_path / "new").iterdir())
    for name, table in (("trials", trials_table(study)), ("epochs", epochs_table(study))):
        assert list(read(paths[name])) == list(table)
        assert rows(read(paths[name])) == rows(table)


def test_parquet_keeps_the_types(study: StudyRecord, tmp_path: Path) -> None:
    """Infinity too, and whole numbers among which one is missing."""
    paths = export_study(study, tmp_path, "parquet")
    pd.testing.assert_frame_equal(read(paths["trials"]), trials_table(study))
    pd.testing.assert_frame_equal(read(paths["epochs"]), epochs_table(study))


def test_an_experiment_is_exported_with_its_test_scores(finished: Finished, tmp_path: Path) -> None:
    """They are columns of its trials."""
    paths = export_study(read_study(finished.runs, "e"), tmp_path, "csv")
    assert read(paths["trials"])["test_accuracy"].between(0, 1).all()


@pytest.mark.parametrize("form", get_args(Format))
def test_a_study_without_trials_has_empty_tables(
    study: StudyRecord, tmp_path: Path, form: Format
) -> None:
    """With the names of their columns, but for JSON, which has no place for them."""
    paths = export_study(replace(study, trials=()), tmp_path, form)
    for path in paths.values():
        assert len(read(path)) == 0
        assert form == "json" or "trial_id" in read(path)


@pytest.mark.parametrize("there", ["s-trials.csv", "s-epochs.csv"])
def test_what_is_there_stays_unless_forced(study: StudyRecord, tmp_path: Path, there: str) -> None:
    """Neither file is written where one of them is; with force both are."""
    (tmp_path / there).write_text("mine")
    with pytest.raises(StudyError, match="is there already; give --force"):
        export_study(study, tmp_path, "csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
    paths = export_study(study, tmp_path, "csv", force=True)
    assert len(read(paths["trials"])) == 8


def test_a_folder_that_cannot_be_written_is_told(study: StudyRecord, tmp_path: Path) -> None:
    """A file in its place is one line."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(MachineError, match="cannot be written"):
        export_study(study, tmp_path / "out", "csv")
