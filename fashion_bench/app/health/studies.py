"""Whether what was kept of a study is what the ledger says."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from fashion_bench.app.health.finding import Finding, looked, named
from fashion_bench.app.health.leftovers import leftovers
from fashion_bench.app.retention import keep_of, kept
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import StudyError
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.agreement import disagreement

__all__ = ["study_findings"]


def study_findings(workplace: Workplace, ledger: Ledger, name: str) -> list[Finding]:
    """Look at a study's files and at what MLflow shows of it, unless it is being run."""
    about = f"study {name}"
    return looked(about, lambda: _undriven(workplace, ledger, name, about))


def _undriven(workplace: Workplace, ledger: Ledger, name: str, about: str) -> list[Finding]:
    try:
        with workplace.driving(name):
            return looked(about, lambda: _judged(workplace, ledger, ledger.read(name), about))
    except StudyError as error:
        return [Finding(about=about, state="note", says=f"{error.problem}: not looked at")]


def _judged(workplace: Workplace, ledger: Ledger, study: StudyRecord, about: str) -> list[Finding]:
    problems = [
        *looked(about, lambda: _files(workplace, study, about)),
        *looked(about, lambda: _mirror(workplace, study, about)),
        *looked(about, lambda: _leftovers(workplace, ledger, study, about)),
    ]
    says = f"{len(study.trials)} of {study.planned} trials; weights, MLflow and files agree"
    return problems or [Finding(about=about, state="ok", says=says)]


def _files(workplace: Workplace, study: StudyRecord, about: str) -> list[Finding]:
    recorded = list(_recorded(workplace, study))
    missing = [path.name for path, _ in recorded if not path.exists()]
    other = [path.name for path, digest in recorded if path.exists() and _sha256(path) != digest]
    remedy = "put them back, from a backup or for weights MLflow's copy; or `fashion-bench study rm"
    return [
        Finding(
            about=about,
            state="problem",
            says=f"{says}: {named(names)}",
            remedy=f"{remedy} {study.name}` and run it again",
        )
        for says, names in {"missing": missing, "not as it was recorded": other}.items()
        if names
    ]


def _recorded(workplace: Workplace, study: StudyRecord) -> Iterator[tuple[Path, str]]:
    """Return the files whose digests the ledger holds, each with its own.

    A failed trial's weights are nobody's: its worker may have ended in the middle of them.
    """
    files = workplace.files(study.name)
    for trial in kept(study.trials, keep_of(study)):
        if trial.checkpoint_sha256 is not None and trial.outcome is not Outcome.FAILED:
            yield files.checkpoint(trial.trial_id), trial.checkpoint_sha256
    for trial in study.trials:
        for test_set, score in trial.tests.items():
            yield files.predictions(trial.trial_id, test_set), score.predictions_sha256


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _mirror(workplace: Workplace, study: StudyRecord, about: str) -> list[Finding]:
    differs = disagreement(workplace.folder, study, workplace.mlflow)
    told = {
        "MLflow lacks": differs.missing,
        "MLflow says these still run": differs.unfinished,
        "MLflow has more than one run of": differs.doubled,
        "MLflow says these ended otherwise": differs.wrong,
        "MLflow lacks the test scores of": differs.unscored,
    }
    return [
        Finding(
            about=about,
            state="problem",
            says=f"{says} {named(list(names))}",
            remedy="`fashion-bench doctor --fix mirror`",
            fix="mirror",
        )
        for says, names in told.items()
        if names
    ]


def _leftovers(
    workplace: Workplace, ledger: Ledger, study: StudyRecord, about: str
) -> list[Finding]:
    paths = leftovers(workplace.files(study.name), ledger, study)
    if not paths:
        return []
    return [
        Finding(
            about=about,
            state="problem",
            says=f"files that nothing needs: {named([path.name for path in paths])}",
            remedy="`fashion-bench doctor --fix leftovers`",
            fix="leftovers",
        )
    ]
