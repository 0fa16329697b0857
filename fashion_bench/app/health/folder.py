"""The doctor's checks of a folder of runs: databases, checkpoints, MLflow, left-over files."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path

from fashion_bench.analysis.text import FEW_NAMED, some_of
from fashion_bench.app.health.finding import Finding, Fix, looked, problem
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import foreign_told
from fashion_bench.errors import MachineError, StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.storage import database, translate_errors
from fashion_bench.tracking.addresses import moved_from
from fashion_bench.tracking.agreement import disagreement
from fashion_bench.tracking.backend import FolderBackend
from fashion_bench.training.files import ASIDE, TrialFiles, recorded_files, trial_of, writer_of

Look = Callable[[], Mapping[str, Sequence[str]]]
"""Says by what is wrong, in words, what it is wrong with."""

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
        with translate_errors(path):
            revision = database(path).check()
        studies = len(runs_folder.reading().names())
        says = f"{path}: sound, Optuna's schema {revision}, studies and experiments: {studies}"
        return Finding(about="ledger", state="ok", says=says)
    if orphans := [folder.name for folder in trial_folders(runs_folder)]:
        says = f"{path} is not there, but weights of {some_of(orphans, FEW_NAMED)} are"
        return problem("ledger", says, "put the ledger back, as a rule from a backup")
    return Finding(about="ledger", state="note", says=f"{path}: no runs yet")


def _mlflow(runs: Path) -> Finding:
    path = runs / "mlflow.db"
    if not path.exists():
        return Finding(about="mlflow", state="note", says=f"{path}: nothing in it yet")
    backend = FolderBackend(runs)
    with backend.translate_errors():
        revision = backend.database.check()
        elsewhere = moved_from(backend.database.reading(), runs)
    if elsewhere:
        says = f"{path}: its files' addresses are those of {some_of(elsewhere, FEW_NAMED)}"
        return problem("mlflow", says, fix="mirror")
    says = f"{path}: sound, MLflow's schema {revision}"
    return Finding(about="mlflow", state="ok", says=says)


# Studies ------------------------------------------------------------------------------------------


def study_findings(runs_folder: RunsFolder, ledger: Ledger, name: str) -> list[Finding]:
    """Look at a study's files and at what MLflow shows of it, unless it is being run."""
    about = f"study {name}"

    def undriven() -> list[Finding]:
        with ExitStack() as lock:
            try:
                lock.enter_context(runs_folder.driving(name))
            except StudyError as error:
                return [Finding(about=about, state="note", says=f"{error.problem}: not looked at")]
            except MachineError:  # a lock cannot be written here
                if runs_folder.driver(name) is not None:
                    raise
            return looked(about, lambda: _judged(runs_folder, ledger, ledger.read(name), about))

    return looked(about, undriven)


def _judged(
    runs_folder: RunsFolder, ledger: Ledger, study: StudyRecord, about: str
) -> list[Finding]:
    if (left := runs_folder.half_removed(study.plan.study)) is not None:
        remedy = f"see that it can be, then `fashion-bench study rm {study.plan.study}` again"
        return [problem(about, f"{left}: what its removal left", remedy)]
    files = runs_folder.files(study.name)
    put_back = (
        "put them back, from a backup or for weights MLflow's copy; "
        f"or `fashion-bench study rm {study.plan.study}` and run it again"
    )
    problems = [
        *_named(about, partial(_damage, files, study), put_back),
        *looked(about, lambda: _mirrored(runs_folder, study, about)),
        *_named(about, partial(_unneeded, files, ledger, study), fix="leftovers"),
    ]
    says = f"{len(study.trials)} of {study.planned} trials; weights, MLflow and files agree"
    if foreign := foreign_told(ledger.counts(), study.name):
        problems.append(Finding(about=about, state="note", says=f"{foreign}: left alone"))
    well = all(finding.state == "note" for finding in problems)
    return [*([Finding(about=about, state="ok", says=says)] if well else []), *problems]


def _mirrored(runs_folder: RunsFolder, study: StudyRecord, about: str) -> list[Finding]:
    """Compare with MLflow all that a sync sends, but for what the study's pictures are made of."""
    from fashion_bench.app.sync import study_figures, trial_sums  # late: with all that draws

    told = disagreement(
        runs_folder.folder,
        study,
        runs_folder.mlflow,
        sums=partial(trial_sums, runs_folder, study),
        figures=study_figures(runs_folder, study),
    )
    left = (f"{says} {some_of(names, FEW_NAMED)}" for says, names in told.left.items())
    return [
        *_named(about, lambda: told.wrong, fix="mirror"),
        *(Finding(about=about, state="note", says=says) for says in left),
    ]


def _named(about: str, look: Look, remedy: str = "", fix: Fix | None = None) -> list[Finding]:
    """Return a problem for each thing that is wrong, with what it is wrong with."""

    def wrong() -> list[Finding]:
        return [
            problem(about, f"{says} {some_of(names, FEW_NAMED)}", remedy, fix=fix)
            for says, names in look().items()
            if names
        ]

    return looked(about, wrong)


def _damage(files: TrialFiles, study: StudyRecord) -> dict[str, list[str]]:
    recorded = list(recorded_files(files, study))
    there = [(path, digest) for path, digest in recorded if path.exists()]
    other = [path for path, digest in there if sha256(path.read_bytes()).hexdigest() != digest]
    return {
        "missing:": [path.name for path, _ in recorded if not path.exists()],
        "not as it was recorded:": [path.name for path in other],
    }


def _unneeded(files: TrialFiles, ledger: Ledger, study: StudyRecord) -> dict[str, list[str]]:
    names = [path.name for path in leftovers(files, ledger, study)]
    return {"files that nothing needs:": names}


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
    begun = ((path, writer_of(path)) for path in files.folder.rglob(".*") if path.is_file())
    halves = [path for path, process in begun if process and not _lives(process)]
    return sorted([*states, *halves])


def is_leftover(folder: Path) -> bool:
    """Whether a study's folder holds nothing but states and what was not finished writing.

    What a removal put aside is a left-over, whatever it holds.
    """
    if folder.name.startswith(ASIDE):
        return True
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return all(path.parent == folder / "resume" or writer_of(path) for path in files)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
