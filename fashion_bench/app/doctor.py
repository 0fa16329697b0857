"""The doctor: look at all that a folder of runs rests on, and mend what needs no person."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from fashion_bench.analysis.document import Column, Data, Document, Section, Table, Text
from fashion_bench.app.health.finding import Finding, Fix, looked, problem
from fashion_bench.app.health.folder import (
    is_leftover,
    leftovers,
    store_findings,
    study_findings,
    trial_folders,
)
from fashion_bench.app.health.machine import machine_findings, trying_torch
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import FashionBenchError
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.experiments import Ours, ours, put_away
from fashion_bench.training.files import ASIDE

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
    runs_folder = RunsFolder(runs, mlflow)
    torch_finding = trying_torch()  # which takes as long as all the rest
    stores = store_findings(runs_folder)
    found = [*machine_findings(runs, data), torch_finding(), *stores]
    if stores[0].state == "ok":  # the ledger: without it nothing can be said of studies
        found += looked("studies", lambda: _studies(runs_folder))
        if well(stores):
            found += looked("mlflow", lambda: [_orphan(one) for one in _orphans(runs_folder)])
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
    runs_folder = RunsFolder(runs, mlflow)
    if not (runs / "ledger.db").exists():
        return
    with _telling("the folder of runs", say):
        ledger = runs_folder.reading()
        if "mirror" in fixes:
            _put_away_orphans(runs_folder, say)
        for name in ledger.names():
            with _telling(name, say), runs_folder.driving(name):
                _mend(runs_folder, ledger, name, fixes, say)
        if "leftovers" in fixes:
            for folder in trial_folders(runs_folder):
                with _telling(folder, say):
                    _drop_stray(runs_folder, ledger, folder, say)


@contextmanager
def _telling(about: object, say: Say) -> Iterator[None]:
    """Say what cannot be mended, and go on with what else there is."""
    try:
        yield
    except (FashionBenchError, OSError) as error:
        say(f"{about} is not mended: {error}")


def _mend(
    runs_folder: RunsFolder, ledger: Ledger, name: str, fixes: Collection[Fix], say: Say
) -> None:
    study = ledger.read(name)
    if "mirror" in fixes:
        from fashion_bench.app.sync import send  # late: a look needs none of its pictures

        send(runs_folder, study, say, thorough=True)
    if "leftovers" in fixes:
        for path in leftovers(runs_folder.files(name), ledger, study):
            path.unlink(missing_ok=True)
            say(f"{path} is removed")


def _put_away_orphans(runs_folder: RunsFolder, say: Say) -> None:
    """Free the names that experiments of removed studies hold in MLflow."""
    with _telling("MLflow", say):
        for orphan in _orphans(runs_folder):
            with _telling(orphan.name, say):
                put_away(runs_folder.folder, orphan)
                restore = f"`mlflow experiments restore -x {orphan.experiment_id}` has it again"
                say(f"{orphan.name}: the ledger does not hold it: deleted in MLflow; {restore}")


def _drop_stray(runs_folder: RunsFolder, ledger: Ledger, folder: Path, say: Say) -> None:
    """Remove a folder that is a left-over as a whole, and of a study that the ledger lacks."""
    if folder.name.removeprefix(ASIDE) in ledger.names():
        return
    with runs_folder.driving(folder.name.removeprefix(ASIDE)):
        if is_leftover(folder) and folder.name.removeprefix(ASIDE) not in ledger.names():
            rmtree(folder)
            say(f"{folder} is removed")


def _studies(runs_folder: RunsFolder) -> list[Finding]:
    ledger = runs_folder.reading()
    folders = trial_folders(runs_folder)  # before the names: a study is in the ledger first
    names = ledger.names()
    found = [line for name in names for line in study_findings(runs_folder, ledger, name)]
    strays = (path for path in folders if path.name.removeprefix(ASIDE) not in names)
    return found + [_stray(folder) for folder in strays]


def _orphans(runs_folder: RunsFolder) -> list[Ours]:
    """Return the experiments of the folder's own MLflow store whose study the ledger lacks."""
    if runs_folder.mlflow is not None:  # a server may show what other ledgers hold
        return []
    found = ours(runs_folder.folder)  # before the ledger: a study is there first
    studies = runs_folder.reading().read_all(with_trials=False)
    known = {round(stage.created_at * 1000) for study in studies for stage in study.stages}
    return [one for one in found if one.created_ms not in known]


def _orphan(experiment: Ours) -> Finding:
    says = f"experiment {experiment.name}: of a study that the ledger does not hold"
    return problem("mlflow", says, fix="mirror")


def _stray(folder: Path) -> Finding:
    says = f"{folder}: a study that is not in the ledger"
    if not is_leftover(folder):
        remedy = "put its ledger back, or remove the folder yourself: it may hold weights"
        return problem("studies", says, remedy)
    return problem("studies", says, fix="leftovers")


# What is told of it -------------------------------------------------------------------------------


def well(findings: Sequence[Finding]) -> bool:
    """Whether there is no problem."""
    return all(finding.state != "problem" for finding in findings)


_FINDINGS: tuple[Column[Finding], ...] = (
    Column("check", lambda finding: finding.about, "words"),
    Column("", lambda finding: finding.state, "word"),
    Column("found", lambda finding: finding.says, "words"),
    Column("what to do", lambda finding: finding.remedy, "words"),
)


def findings_document(findings: Sequence[Finding]) -> Document:
    """Return one row a finding, and the sum of them in one sentence."""
    problems = sum(finding.state == "problem" for finding in findings)
    blocks = (
        Data(values={"well": well(findings)}),
        Table(columns=_FINDINGS, rows=tuple(findings), key="findings"),
        Text(words=f"Problems: {problems}." if problems else "All is well."),
    )
    return Document(sections=(Section(blocks=blocks),))
