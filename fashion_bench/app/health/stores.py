"""Whether the two databases of a folder of runs can be relied on."""

from pathlib import Path

from fashion_bench.app.health.finding import Finding, looked, named
from fashion_bench.app.workplace import Workplace
from fashion_bench.search.storage import check_storage
from fashion_bench.tracking import schema
from fashion_bench.tracking.store import FolderStore

__all__ = ["store_findings", "trial_folders"]


def store_findings(workplace: Workplace) -> list[Finding]:
    """Look at the ledger and, where it is the folder's own, at MLflow's database."""
    found = looked("ledger", lambda: [_ledger(workplace)])
    if workplace.mlflow is None:
        found += looked("mlflow", lambda: [_mlflow(workplace.folder)])
    return found


def trial_folders(workplace: Workplace) -> list[Path]:
    """Return the folders of studies' weights, whether or not the ledger knows them."""
    there = (workplace.folder / "trials").glob("*")
    return sorted(path for path in there if path.is_dir() and not path.is_symlink())


def _ledger(workplace: Workplace) -> Finding:
    path = workplace.folder / "ledger.db"
    if path.exists():
        revision = check_storage(path)
        studies = len(workplace.ledger().names())
        says = f"{path}: sound, Optuna's schema {revision}, studies and experiments: {studies}"
        return Finding(about="ledger", state="ok", says=says)
    if orphans := trial_folders(workplace):
        return Finding(
            about="ledger",
            state="problem",
            says=f"{path} is not there, but weights of {named([o.name for o in orphans])} are",
            remedy="put the ledger back, as a rule from a backup",
        )
    return Finding(about="ledger", state="note", says=f"{path}: no runs yet")


def _mlflow(runs: Path) -> Finding:
    path = runs / "mlflow.db"
    if not path.exists():
        return Finding(about="mlflow", state="note", says=f"{path}: nothing in it yet")
    with FolderStore(runs).explained():
        revision = schema.check(path)
    says = f"{path}: sound, MLflow's schema {revision}"
    return Finding(about="mlflow", state="ok", says=says)
