"""Look at what is stored, bring it into MLflow, remove it."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

from fashion_bench.app.workplace import Workplace
from fashion_bench.records import StudyRecord

__all__ = ["read_studies", "read_study", "remove_study", "serve_ui", "sync_studies"]


def read_studies(runs: Path) -> list[StudyRecord]:
    """Return every study and experiment, the oldest first."""
    return Workplace(runs).existing_ledger().read_all()


def read_study(runs: Path, name: str) -> StudyRecord:
    """Return one of them.

    Raises:
        StudyError: there is none of that name.
    """
    return Workplace(runs).existing_ledger().read(name)


def sync_studies(runs: Path, say: Callable[[str], None]) -> None:
    """Bring everything in the ledger into MLflow, as far as it lacks it."""
    from fashion_bench.app.mirroring import open_mirror, sync

    workplace = Workplace(runs)
    for study in read_studies(runs):
        sent = sync(workplace, study, open_mirror(workplace, study))
        say(f"{study.name}: {sent} of {len(study.trials)} trials were sent to MLflow")


def remove_study(runs: Path, name: str) -> None:
    """Remove a study from MLflow, its weights from the disk, and last its trials from the ledger.

    Killed before that, it is still there to be removed.

    Raises:
        StudyError: there is none of that name, or it is being run.
    """
    from fashion_bench.tracking import experiments

    read_study(runs, name)  # says so when there is none
    workplace = Workplace(runs)
    with workplace.driving(name):
        experiments.remove_study(runs, name)
        rmtree(workplace.files(name).folder, ignore_errors=True)
        workplace.ledger().remove(name)


def serve_ui(runs: Path, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Show the runs in MLflow's pages until interrupted, the studies' own views first."""
    from fashion_bench.app.mirroring import links, open_mirror
    from fashion_bench.tracking.server import serve, ssh_line

    def ready(url: str) -> None:
        say(f"MLflow is at {url} (Ctrl-C ends it)")
        for study in ledger.read_all():
            say(f"{study.name}:")
            for shows, link in links(open_mirror(workplace, study), study, url).items():
                say(f"  {shows:<16} {link}")
        say(f"From another machine, first run there: {ssh_line(port)}")

    workplace = Workplace(runs)
    ledger = workplace.ledger()
    serve(runs, host=host, port=port, ready=ready)
