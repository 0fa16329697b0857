"""Look at everything a folder of runs rests on, and mend what may be mended without a person."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from fashion_bench.app.health.finding import Finding, Fix, looked
from fashion_bench.app.health.leftovers import is_leftover, leftovers
from fashion_bench.app.health.machine import machine_findings
from fashion_bench.app.health.stores import store_findings, trial_folders
from fashion_bench.app.health.studies import study_findings
from fashion_bench.app.mirroring import open_mirror, sync
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import FashionBenchError
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.agreement import reopen

__all__ = ["examine", "repair"]

Say = Callable[[str], None]


def examine(runs: Path, data: Path | None = None, mlflow: str | None = None) -> list[Finding]:
    """Look at everything; what cannot be looked at is a problem among the others.

    Args:
        runs: the folder of runs.
        data: the folder of images; ``None`` for the usual one.
        mlflow: the URL of an MLflow server that shows the studies instead of the folder's store.

    Raises:
        FashionBenchError: that is no URL of a server.
    """
    workplace = Workplace(runs, mlflow)
    stores = store_findings(workplace)
    found = [*machine_findings(runs, data), *stores]
    if stores[0].state == "ok":  # the ledger: without it nothing can be said of studies
        found += looked("studies", lambda: _studies(workplace))
    return found


def repair(runs: Path, fixes: Collection[Fix], say: Say, mlflow: str | None = None) -> None:
    """Mend what is named, in every study that is not being run.

    Args:
        runs: the folder of runs.
        fixes: ``"mirror"`` brings MLflow in line with the ledger, ``"leftovers"`` removes files
            that a kill left behind.
        say: is told what was done, and what could not be.
        mlflow: the URL of an MLflow server to bring in line instead of the folder's store.

    Raises:
        FashionBenchError: that is no URL of a server.
    """
    workplace = Workplace(runs, mlflow)
    if not (runs / "ledger.db").exists():
        return
    with _telling("the folder of runs", say):
        ledger = workplace.ledger()
        for name in ledger.names():
            with _telling(name, say), workplace.driving(name):
                _mend(workplace, ledger, name, fixes, say)
        if "leftovers" in fixes:
            for folder in trial_folders(workplace):
                with _telling(folder, say):
                    _drop_stray(workplace, ledger, folder, say)


@contextmanager
def _telling(about: object, say: Say) -> Iterator[None]:
    """Say what cannot be mended, and go on with what else there is."""
    try:
        yield
    except (FashionBenchError, OSError) as error:
        say(f"{about} is not mended: {error}")


def _mend(
    workplace: Workplace, ledger: Ledger, name: str, fixes: Collection[Fix], say: Say
) -> None:
    study = ledger.read(name)
    if "mirror" in fixes:
        reopen(workplace.folder, study, workplace.mlflow)
        sent = sync(workplace, study, open_mirror(workplace, study))
        say(f"{name}: {sent} of {len(study.trials)} trials were sent to MLflow")
    if "leftovers" in fixes:
        for path in leftovers(workplace.files(name), ledger, study):
            path.unlink(missing_ok=True)
            say(f"{path} is removed")


def _drop_stray(workplace: Workplace, ledger: Ledger, folder: Path, say: Say) -> None:
    """Remove a folder that is a left-over as a whole, and of a study that the ledger lacks."""
    if folder.name in ledger.names():
        return
    with workplace.driving(folder.name):
        if is_leftover(folder) and folder.name not in ledger.names():
            rmtree(folder)
            say(f"{folder} is removed")


def _studies(workplace: Workplace) -> list[Finding]:
    ledger = workplace.ledger()
    folders = trial_folders(workplace)  # before the names: a study is in the ledger first
    names = ledger.names()
    found = [line for name in names for line in study_findings(workplace, ledger, name)]
    return found + [_stray(folder) for folder in folders if folder.name not in names]


def _stray(folder: Path) -> Finding:
    says = f"{folder}: a study that is not in the ledger"
    if not is_leftover(folder):
        remedy = "put its ledger back, or remove the folder yourself: it may hold weights"
        return Finding(about="studies", state="problem", says=says, remedy=remedy)
    return Finding(
        about="studies",
        state="problem",
        says=says,
        remedy="`fashion-bench doctor --fix leftovers`",
        fix="leftovers",
    )
