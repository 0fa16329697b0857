"""Stored studies as documents, with where each stands."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.summary import counted
from fashion_bench.analysis.views.study import Standing, list_document, show_document
from fashion_bench.app.browse import read_study
from fashion_bench.app.live_line import left_text, live_line
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import finished_by_count, is_finished, standing
from fashion_bench.records import Counted, StudyRecord

SCREEN = 80  # columns


def listing(runs: Path) -> Document:
    """Return the list of all studies and experiments; of few of them trials are read."""
    runs_folder = RunsFolder(runs)
    ledger = runs_folder.existing_ledger()
    studies, counts = ledger.read_all(with_trials=False), ledger.counts()
    stages = [stage for study in studies for stage in study.stages]
    for name in (stage.name for stage in stages):
        own = counts.get(name, Counted())
        if own.best is None and own.failed < own.trials:  # none is complete: the records tell
            counts[name] = counted(ledger.read(name).trials)

    def finished(stage: StudyRecord) -> bool:
        known = finished_by_count(stage, counts)
        return is_finished(runs_folder, ledger.read(stage.name)) if known is None else known

    standings = {
        one.name: _standing(runs_folder, one.name, partial(finished, one)) for one in stages
    }
    return list_document(studies, standings, counts)


def shown(runs: Path, name: str) -> Document:
    """Return what there is to tell of one of them.

    Raises:
        StudyError: there is none of that name.
    """
    study = read_study(runs, name)
    runs_folder = RunsFolder(runs)
    finished = partial(is_finished, runs_folder, study)
    return show_document(study, _standing(runs_folder, name, finished))


def _standing(runs_folder: RunsFolder, name: str, finished: Callable[[], bool]) -> Standing:
    found = standing(runs_folder, name, finished)
    if found.state != "running" or found.live is None or found.live.doing == "ended":
        return Standing(state=found.state)
    return Standing(
        state=found.state,
        seconds_left=found.seconds_left,
        left=left_text(found.live),
        line=live_line(found.live, SCREEN),
    )
