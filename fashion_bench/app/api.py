"""What a notebook or a script calls; the command line says the same in its own words."""

from pathlib import Path

import pandas as pd
from rich.console import Console

from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.differences import differences_table
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.tables import arms_table
from fashion_bench.app import run
from fashion_bench.app.browse import read_study
from fashion_bench.app.progress import Teller
from fashion_bench.app.run import Finished, How
from fashion_bench.app.work import DeviceName
from fashion_bench.records import StudyRecord

__all__ = ["compare", "differences", "load", "run_experiment", "run_study"]


def run_study(
    file: Path | str,
    *,
    runs: Path | str = "runs",
    data: Path | str | None = None,
    device: DeviceName = "auto",
    workers: int | None = None,
    cohort_size: int | None = None,
    mlflow: str | None = None,
) -> StudyRecord:
    """Run a study to the end of its budget, or go on with it; progress goes to standard error.

    Args:
        file: the study.
        runs: the folder of results.
        data: the folder of images; by default one in the user's cache.
        device: what to train on.
        workers: processes on a CPU; by default one per core.
        cohort_size: trials trained together; read when a study begins.
        mlflow: the URL of an MLflow server to write to; by default the folder's own store.

    Raises:
        FashionBenchError: the file, the data, the device or the stored study is not as it should.
    """
    how = _how(runs, data, device, workers, cohort_size, mlflow)
    with Teller(Console(stderr=True)) as teller:
        return _told(run.run_study(Path(file), how, teller), teller)


def run_experiment(
    file: Path | str,
    *,
    runs: Path | str = "runs",
    data: Path | str | None = None,
    device: DeviceName = "auto",
    workers: int | None = None,
    cohort_size: int | None = None,
    mlflow: str | None = None,
    again: str | None = None,
) -> StudyRecord:
    """Train an experiment's trials; then, and only then, measure them on the test images.

    Args:
        file: the experiment.
        runs: the folder of results.
        data: the folder of images; by default one in the user's cache.
        device: what to train on.
        workers: processes on a CPU; by default one per core.
        cohort_size: trials trained together; read when an experiment begins.
        mlflow: the URL of an MLflow server to write to; by default the folder's own store.
        again: why to open the test images once more.

    Raises:
        FashionBenchError: as ``run_study``.
    """
    how = _how(runs, data, device, workers, cohort_size, mlflow)
    with Teller(Console(stderr=True)) as teller:
        return _told(run.run_experiment(Path(file), how, teller, again), teller)


def load(name: str, *, runs: Path | str = "runs") -> StudyRecord:
    """Return a study or experiment with all its finished trials.

    Raises:
        StudyError: there is none of that name.
    """
    return read_study(Path(runs), name)


def compare(study: StudyRecord) -> pd.DataFrame:
    """Return one row an arm: what it took and reached, or what it scored over its seeds."""
    return arms_table(study)


def differences(*experiments: StudyRecord) -> pd.DataFrame:
    """Return how far the arms of one or more experiments are apart, paired by seed, with verdicts.

    See ``differences_table`` for the columns; of a study, which gives no verdict, no row.

    Raises:
        StudyError: of several, one is a study or comes twice.
    """
    study = experiments[0] if len(experiments) == 1 else join(experiments)
    return differences_table(compare_arms(study) if study.kind == "experiment" else ())


def _how(
    runs: Path | str,
    data: Path | str | None,
    device: DeviceName,
    workers: int | None,
    cohort_size: int | None,
    mlflow: str | None,
) -> How:
    return How(
        runs=Path(runs),
        data=None if data is None else Path(data),
        device=device,
        workers=workers,
        cohort_size=cohort_size,
        mlflow=mlflow,
    )


def _told(finished: Finished, teller: Teller) -> StudyRecord:
    if finished.mirrored.problem:
        teller.say(f"MLflow is behind: {finished.mirrored.problem}")
    return finished.study
