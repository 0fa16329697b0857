"""Upgrade the databases of a folder of runs to the schemas of the installed Optuna and MLflow."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import StudyError
from fashion_bench.search.storage import database, translate_errors


def upgrade_databases(runs: Path, say: Callable[[str], None]) -> None:
    """Upgrade the ledger and MLflow's database where they are older, each after a backup.

    Args:
        runs: the folder of runs.
        say: is told of each what was done.

    Raises:
        StudyError: a study is being run, there is no database, or one is newer than its library.
        MachineError: one cannot be read or written, or is broken.
    """
    there = [runs / name for name in ("ledger.db", "mlflow.db") if (runs / name).exists()]
    if not there:
        raise StudyError(runs, "holds no database", remedy="name the folder of runs with --runs")
    with _undriven(RunsFolder(runs)):
        for path in there:
            backup = _upgrade(path, runs / "backups")
            done = "is current" if backup is None else f"was upgraded; as it was, it is {backup}"
            say(f"{path} {done}")


def _upgrade(path: Path, backups: Path) -> Path | None:
    if path.name == "ledger.db":
        with translate_errors(path):
            return database(path).upgrade(backups)
    from fashion_bench.tracking.backend import FolderBackend

    backend = FolderBackend(path.parent)
    with backend.translate_errors():
        return backend.database.upgrade(backups)


@contextmanager
def _undriven(runs_folder: RunsFolder) -> Iterator[None]:
    """Let no study be run that has been run before.

    Raises:
        StudyError: one is.
    """
    with ExitStack() as studies:
        for lock in sorted((runs_folder.folder / "trials").glob("*.lock")):
            studies.enter_context(runs_folder.driving(lock.stem))
        yield
