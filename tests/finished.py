"""A study and an experiment that were run, for tests that look at what is there."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any, Self

from tests.app.small_files import EXPERIMENT, STUDY, write

ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A folder of runs and what the commands that filled it said.

    Attributes:
        runs: holds study ``s`` and experiment ``e``.
        study_printed: standard output of ``study run --json``, to a pipe.
        study_told: its standard error, to a pipe.
        experiment_printed: standard output of ``experiment run``, to a pipe.
        experiment_told: its standard error, to a terminal.
    """

    runs: Path
    study_printed: str
    study_told: str
    experiment_printed: str
    experiment_told: str

    @classmethod
    def run(cls, folder: Path) -> Self:
        """Run both in a folder."""
        runs = folder / "runs"
        options = ("--runs", runs, "--device", "cpu")
        study = start("study", "run", write(folder, STUDY), *options, "--workers", "2", "--json")
        study_printed, study_told = study.communicate(timeout=300)
        assert study.returncode == 0, study_told
        file = write(folder, EXPERIMENT)
        ours, theirs = os.openpty()
        experiment = start("experiment", "run", file, *options, "--workers", "1", stderr=theirs)
        os.close(theirs)
        experiment_told = read_terminal(ours)
        experiment_printed, _ = experiment.communicate(timeout=300)
        assert experiment.returncode == 0, experiment_told
        return cls(
            runs=runs,
            study_printed=study_printed,
            study_told=study_told,
            experiment_printed=experiment_printed,
            experiment_told=experiment_told,
        )

    def copy(self, folder: Path) -> Self:
        """Return the same in another folder."""
        runs = copy_runs(self.runs, folder / "runs")
        old, new = str(self.runs), str(runs)
        return type(self)(
            runs=runs,
            study_printed=self.study_printed.replace(old, new),
            study_told=self.study_told.replace(old, new),
            experiment_printed=self.experiment_printed.replace(old, new),
            experiment_told=self.experiment_told.replace(old, new),
        )


def copy_runs(runs: Path, to: Path) -> Path:
    """Copy a folder of runs; what MLflow has of paths leads into the copy."""
    copytree(runs, to)
    with closing(sqlite3.connect(to / "mlflow.db")) as connection, connection:
        for table, column in ADDRESSES:
            moved = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
            connection.execute(moved, [str(runs), str(to)])
    return to


def start(*arguments: object, **pipes: Any) -> "subprocess.Popen[str]":
    """Start a command of fashion-bench; what it prints goes to pipes unless said otherwise."""
    return subprocess.Popen(
        [sys.executable, "-m", "fashion_bench", *map(str, arguments)],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | pipes,
        text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )


def read_terminal(descriptor: int) -> str:
    """Return all that is written to a terminal until its last writer is gone."""
    told = b""
    with suppress(OSError):  # that is how a terminal says so
        while some := os.read(descriptor, 65536):
            told += some
    os.close(descriptor)
    return told.decode()
