"""List, show, sync and remove stored studies; serve MLflow's UI."""

import os
import sys
import tomllib
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from fashion_bench.app.live import remove_live
from fashion_bench.app.options import runs_given
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import FashionBenchError, StudyError
from fashion_bench.plan import study_of
from fashion_bench.records import Begun, StudyRecord
from fashion_bench.search.shipped import KINDS, shipped
from fashion_bench.training.files import remove_whole

if TYPE_CHECKING:
    from fashion_bench.search.ledger import Ledger


def read_studies(runs: Path) -> list[StudyRecord]:
    """Return every study and experiment, the oldest first."""
    return RunsFolder(runs).existing_ledger().read_all()


def read_study(runs: Path, name: str) -> StudyRecord:
    """Return one of them.

    Raises:
        StudyError: there is none of that name; of one whose file is here, how to run it.
    """
    return _ledger_of(runs, name).read(name)


def _ledger_of(runs: Path, name: str) -> "Ledger":
    """Return the ledger that is to hold a study; of one that was not run yet, tell how to."""
    try:
        ledger = RunsFolder(runs).existing_ledger()
    except StudyError:
        _refuse_not_run_yet(name, runs)
        raise
    if study_of(name) not in map(study_of, ledger.names()):
        _refuse_not_run_yet(name, runs)
    return ledger


def _refuse_not_run_yet(name: str, runs: Path) -> None:
    """Tell of a name what runs it, if a file beside or in the usual folders has it, or a shipped.

    Raises:
        StudyError: one has.
    """
    for pattern in ("*.toml", "studies/*.toml", "experiments/*.toml"):
        for file in sorted(Path().glob(pattern)):
            with suppress(OSError, ValueError):  # nothing of it is run, only read
                written = tomllib.loads(file.read_text(encoding="utf-8"))
                if written.get("name") == name:
                    kind = "experiment" if "seeds" in written else "study"
                    raise _not_run_yet(name, kind, str(file), runs)
    for kind in KINDS:
        if name in shipped(kind):
            raise _not_run_yet(name, kind, name, runs)


def _not_run_yet(name: str, kind: str, file: str, runs: Path) -> StudyError:
    command = f"fashion-bench {kind} run {quote(file)}{runs_given(runs)}"
    return StudyError(name, "not run yet", remedy=f"{command} (with --dry-run: how long it takes)")


def read_whole(runs: Path, name: str) -> StudyRecord:
    """Return a study or an experiment, not one of its stages by itself.

    Raises:
        StudyError: there is none of that name, or it is a stage.
    """
    study = read_study(runs, name)
    _refuse_stage(name)
    return study


def _refuse_stage(name: str) -> None:
    if (whole := study_of(name)) != name:
        remedy = f"name the whole study, {whole}"
        raise StudyError(name, "is a stage of a study", remedy=remedy)


def sync_studies(runs: Path, say: Callable[[str], None], mlflow: str | None = None) -> None:
    """Copy to MLflow what it does not have yet.

    Args:
        runs: the folder of runs.
        say: is told what was sent.
        mlflow: the URL of an MLflow server; by default the folder's own store.

    Raises:
        FashionBenchError: there is nothing, or MLflow cannot be written.
    """
    from fashion_bench.app.sync import send

    runs_folder, unread = RunsFolder(runs, mlflow), list[FashionBenchError]()
    for study in runs_folder.existing_ledger().read_all(unread=unread.append):
        for stage in study.stages:
            send(runs_folder, stage, say)
    raise_last(unread, say)


def raise_last(errors: Sequence[FashionBenchError], say: Callable[[str], object]) -> None:
    """Say what went wrong with some of many things, and raise the last of it."""
    for error in errors[:-1]:
        say(f"Error: {error}")
    if errors:
        raise errors[-1]


def stages_to_remove(runs: Path, name: str) -> dict[str, Begun]:
    """Return what there is of a study, stage by stage, also where its record is damaged.

    Raises:
        StudyError: there is none of that name, or it is a stage of one.
    """
    ledger = _ledger_of(runs, name)
    if name in ledger.names():
        _refuse_stage(name)
    return {one.name: one for one in ledger.begun_stages(name)}


def remove_study(runs: Path, name: str, mlflow: str | None = None) -> None:
    """Remove a study from MLflow, its weights from the disk, and last its trials from the ledger.

    Killed or refused before that, it is still there to be removed (decision 74).

    Args:
        runs: the folder of runs.
        name: of the study or experiment.
        mlflow: the URL of an MLflow server that has it, besides the folder's own store.

    Raises:
        StudyError: there is none of that name, it is a stage of one, or it is being run or sent.
        MachineError: something of it cannot be removed; what, is told.
    """
    from fashion_bench.tracking import backend, experiments

    runs_folder = RunsFolder(runs, mlflow)
    before = stages_to_remove(runs, name)
    with runs_folder.driving(name), ExitStack() as alone:
        stages = stages_to_remove(runs, name)  # again: now nobody else changes it
        times = {each: one.created_at for each, one in stages.items()}
        if any(times.get(each) != one.created_at for each, one in before.items()):
            remedy = "look at what is there now, then decide again"
            raise StudyError(name, "was removed and begun anew meanwhile", remedy=remedy)
        for each in stages:
            alone.enter_context(backend.writing(runs, each, seconds=experiments.BRIEFLY))
        for stage in stages.values():
            for server in dict.fromkeys((runs_folder.mlflow, None)):
                experiments.remove_study(runs, stage, server=server)
            remove_whole(runs_folder.files(stage.name).folder)
        remove_live(runs_folder, name)
        runs_folder.ledger().remove(name)


def serve_ui(
    runs: Path, *, host: str, port: int, say: Callable[[str], None], browser: bool = False
) -> None:
    """Show the runs on the start page and in MLflow's pages until interrupted.

    Args:
        runs: the folder of runs.
        host: the address to listen at.
        port: the port to listen at.
        say: is told the page's URL.
        browser: whether to open the page in one, where there is a display.
    """
    from fashion_bench.search.storage import refuse_misread
    from fashion_bench.tracking.auth import PASSWORD, USER
    from fashion_bench.tracking.front_door import START
    from fashion_bench.tracking.server import has_front_door, may_listen, serve, ssh_line

    password = may_listen(host, port)  # told before anything is made

    def ready(url: str) -> None:
        if has_front_door():
            url = f"{url}/{START}"
        else:
            say("The start page is missing: install fashion-bench again (pip install -e .)")
        say(f"The studies are at {url} (Ctrl-C ends it)")
        if password is not None:
            say(f"It asks for a name, {USER}, and for the password of {PASSWORD}")
        say(f"From another machine, first run there: {ssh_line(host, port)}")
        if browser and has_display():
            webbrowser.open(url)

    # What cannot be read is told before anything starts; a folder may be there before its studies.
    if not runs.is_dir() or (runs / "ledger.db").exists():
        RunsFolder(runs).existing_ledger()
    else:
        refuse_misread(runs.resolve() / "mlflow.db")
    serve(runs, host=host, port=port, ready=ready)


def has_display() -> bool:
    """Whether a browser that is opened here is seen by who opens it."""
    if sys.platform == "darwin":
        return "SSH_CONNECTION" not in os.environ
    screens = {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    return bool(screens) and "SSH_CONNECTION" not in os.environ
