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
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import Counted, StudyRecord
from fashion_bench.search.ledger import Unread

SCREEN = 80  # columns


def listing(runs: Path, unread: Unread | None = None) -> Document:
    """Return the list of all studies and experiments; of few of them trials are read.

    Args:
        runs: the folder of runs.
        unread: is told of each that cannot be read and is left out; without it, that is raised.
    """
    runs_folder = RunsFolder(runs)
    ledger = runs_folder.existing_ledger()
    counts = ledger.counts()

    def finished(stage: StudyRecord) -> bool:
        known = finished_by_count(stage, counts)
        return is_finished(runs_folder, ledger.read(stage.name)) if known is None else known

    def standing_of(stage: StudyRecord) -> Standing:
        own = counts.get(stage.name, Counted())
        if own.best is None and own.failed < own.trials:  # none is complete: the records tell
            counts[stage.name] = counted(ledger.read(stage.name).trials)
        return _standing(runs_folder, stage.name, partial(finished, stage))

    studies, standings = list[StudyRecord](), dict[str, Standing]()
    for study in ledger.read_all(with_trials=False, unread=unread):
        try:
            standings |= {stage.name: standing_of(stage) for stage in study.stages}
            studies.append(study)
        except FashionBenchError as error:
            if unread is None:
                raise
            unread(error)
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
