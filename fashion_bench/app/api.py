"""The Python API: what a notebook or a script calls; the command line offers the same."""

from pathlib import Path

import pandas as pd
from rich.console import Console

from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.tables import differences_table
from fashion_bench.app import run
from fashion_bench.app.browse import read_study
from fashion_bench.app.compare import compare_study
from fashion_bench.app.options import ExperimentOptions, RunOptions, takes
from fashion_bench.app.progress import TerminalProgress
from fashion_bench.app.run import Finished
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.studies import Shown
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord


@takes(RunOptions)
def run_study(file: Path, options: RunOptions) -> StudyRecord:
    """Run a study to the end of its budget, or go on with it; progress goes to standard error.

    Its keywords are the fields of ``RunOptions``, as ``runs="results", workers=2``.

    Raises:
        FashionBenchError: the file, the data, the device or the stored study is not as it should.
    """
    with TerminalProgress(Console(stderr=True)) as progress_bar:
        return _told(run.run_study(file, options, progress_bar), progress_bar)


@takes(ExperimentOptions)
def run_experiment(file: Path, options: ExperimentOptions) -> StudyRecord:
    """Train an experiment's trials; then, and only then, measure them on the test images.

    Its keywords are the fields of ``ExperimentOptions``.

    Raises:
        FashionBenchError: as ``run_study``.
    """
    with TerminalProgress(Console(stderr=True)) as progress_bar:
        return _told(run.run_experiment(file, options, progress_bar, options.again), progress_bar)


def load(name: str, *, runs: Path | str = "runs") -> StudyRecord:
    """Return a study or experiment with all its finished trials.

    Raises:
        StudyError: there is none of that name.
    """
    return read_study(Path(runs), name)


def compare(*studies: StudyRecord, runs: Path | str = "runs") -> Shown:
    """Set the arms of a study, or of one or more experiments, side by side, as the command does.

    ``arms_table`` and ``differences`` have the figures as tables.

    Raises:
        StudyError: of several, one is a study or comes twice.
    """
    study = studies[0] if len(studies) == 1 else join(studies)
    return Shown(compare_study(study, RunsFolder(Path(runs))).document)


def differences(*experiments: StudyRecord) -> pd.DataFrame:
    """Return how far the arms of one or more experiments are apart, paired by seed, with verdicts.

    See ``differences_table`` for the columns.

    Raises:
        StudyError: one is a study, which gives no verdict; or, of several, one comes twice.
    """
    study = experiments[0] if len(experiments) == 1 else join(experiments)
    if study.kind == "study":
        remedy = f"measure its winners: `fashion-bench study promote {study.name}`"
        raise StudyError(study.name, "is a study, which gives no verdict", remedy=remedy)
    return differences_table(compare_arms(study))


def _told(finished: Finished, progress_bar: TerminalProgress) -> StudyRecord:
    finished.mirrored.tell(progress_bar.say)
    return finished.study
