"""The doctor's checks of a folder of runs: databases, checkpoints, MLflow, left-over files."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from fashion_bench.analysis.text import some_of
from fashion_bench.app.health.finding import Finding, looked, problem
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import StudyError
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.storage import check_storage
from fashion_bench.tracking.agreement import disagreement
from fashion_bench.tracking.backend import FolderBackend, check_schema
from fashion_bench.training.files import TrialFiles, kept, trial_of, writer_of

MOST_NAMED = 3  # in a line; the others are counted

# Databases ----------------------------------------------------------------------------------------


def store_findings(runs_folder: RunsFolder) -> list[Finding]:
    """Look at the ledger and, where it is the folder's own, at MLflow's database."""
    found = looked("ledger", lambda: [_ledger(runs_folder)])
    if runs_folder.mlflow is None:
        found += looked("mlflow", lambda: [_mlflow(runs_folder.folder)])
    return found


def trial_folders(runs_folder: RunsFolder) -> list[Path]:
    """Return the folders of studies' weights, whether or not the ledger knows them."""
    there = (runs_folder.folder / "trials").glob("*")
    return sorted(path for path in there if path.is_dir() and not path.is_symlink())


def _ledger(runs_folder: RunsFolder) -> Finding:
    path = runs_folder.folder / "ledger.db"
    if path.exists():
        revision = check_storage(path)
        studies = len(runs_folder.ledger().names())
        says = f"{path}: sound, Optuna's schema {revision}, studies and experiments: {studies}"
        return Finding(about="ledger", state="ok", says=says)
    if orphans := [folder.name for folder in trial_folders(runs_folder)]:
        says = f"{path} is not there, but weights of {some_of(orphans, MOST_NAMED)} are"
        return problem("ledger", says, "put the ledger back, as a rule from a backup")
    return Finding(about="ledger", state="note", says=f"{path}: no runs yet")


def _mlflow(runs: Path) -> Finding:
    path = runs / "mlflow.db"
    if not path.exists():
        return Finding(about="mlflow", state="note", says=f"{path}: nothing in it yet")
    with FolderBackend(runs).translate_errors():
        revision = check_schema(path)
    says = f"{path}: sound, MLflow's schema {revision}"
    return Finding(about="mlflow", state="ok", says=says)


# Studies ------------------------------------------------------------------------------------------


def study_findings(runs_folder: RunsFolder, ledger: Ledger, name: str) -> list[Finding]:
    """Look at a study's files and at what MLflow shows of it, unless it is being run."""
    about = f"study {name}"
    return looked(about, lambda: _undriven(runs_folder, ledger, name, about))


def _undriven(runs_folder: RunsFolder, ledger: Ledger, name: str, about: str) -> list[Finding]:
    try:
        with runs_folder.driving(name):
            return looked(about, lambda: _judged(runs_folder, ledger, ledger.read(name), about))
    except StudyError as error:
        return [Finding(about=about, state="note", says=f"{error.problem}: not looked at")]


def _judged(
    runs_folder: RunsFolder, ledger: Ledger, study: StudyRecord, about: str
) -> list[Finding]:
    problems = [
        *looked(about, lambda: _files(runs_folder, study, about)),
        *looked(about, lambda: _mirror_findings(runs_folder, study, about)),
        *looked(about, lambda: _leftover_findings(runs_folder, ledger, study, about)),
    ]
    says = f"{len(study.trials)} of {study.planned} trials; weights, MLflow and files agree"
    return problems or [Finding(about=about, state="ok", says=says)]


def _files(runs_folder: RunsFolder, study: StudyRecord, about: str) -> list[Finding]:
    recorded = list(_recorded(runs_folder, study))
    missing = [path.name for path, _ in recorded if not path.exists()]
    other = [path.name for path, digest in recorded if path.exists() and _sha256(path) != digest]
    remedy = (
        "put them back, from a backup or for weights MLflow's copy; "
        f"or `fashion-bench study rm {study.name}` and run it again"
    )
    return [
        problem(about, f"{says}: {some_of(names, MOST_NAMED)}", remedy)
        for says, names in {"missing": missing, "not as it was recorded": other}.items()
        if names
    ]


def _recorded(runs_folder: RunsFolder, study: StudyRecord) -> Iterator[tuple[Path, str]]:
    """Return the files whose digests the ledger holds, each with its own.

    A failed trial's weights are nobody's: its worker may have ended in the middle of them.
    """
    files = runs_folder.files(study.name)
    for trial in kept(study.trials, study.plan.checkpoints):
        if trial.checkpoint_sha256 is not None and trial.outcome is not Outcome.FAILED:
            yield files.checkpoint(trial.trial_id), trial.checkpoint_sha256
    for trial in study.trials:
        for test_set, score in trial.tests.items():
            yield files.predictions(trial.trial_id, test_set), score.predictions_sha256


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _mirror_findings(runs_folder: RunsFolder, study: StudyRecord, about: str) -> list[Finding]:
    differs = disagreement(runs_folder.folder, study, runs_folder.mlflow)
    told = {
        "MLflow lacks": differs.missing,
        "MLflow says these still run": differs.unfinished,
        "MLflow has more than one run of": differs.doubled,
        "MLflow says these ended otherwise": differs.wrong,
        "MLflow lacks the test scores of": differs.unscored,
    }
    return [
        problem(about, f"{says} {some_of(names, MOST_NAMED)}", fix="mirror")
        for says, names in told.items()
        if names
    ]


def _leftover_findings(
    runs_folder: RunsFolder, ledger: Ledger, study: StudyRecord, about: str
) -> list[Finding]:
    names = [path.name for path in leftovers(runs_folder.files(study.name), ledger, study)]
    says = f"files that nothing needs: {some_of(names, MOST_NAMED)}"
    return [problem(about, says, fix="leftovers")] if names else []


# Files that a kill left behind; none of them carries a result -------------------------------------


def leftovers(files: TrialFiles, ledger: Ledger, study: StudyRecord) -> list[Path]:
    """Return the left-over files of a study that nobody runs.

    They are the states of trials whose generation is in the ledger, and what dead processes
    had not finished writing.
    """
    done = {record.trial_id for record in ledger.past(study.plan).records}
    states = [
        path for path in (files.folder / "resume").glob("[!.]*@*.pt") if trial_of(path) in done
    ]
    return sorted([*states, *_halves(files.folder)])


def is_leftover(folder: Path) -> bool:
    """Whether a study's folder holds nothing but states and what was not finished writing."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return all(path.parent == folder / "resume" or writer_of(path) for path in files)


def _halves(folder: Path) -> list[Path]:
    """Return the files that ``write_whole`` had begun in processes that are gone."""
    begun = ((path, writer_of(path)) for path in folder.rglob(".*") if path.is_file())
    return [path for path, process in begun if process and not _lives(process)]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
