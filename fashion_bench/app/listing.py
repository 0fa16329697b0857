"""Stored studies as documents, with where each stands."""

from pathlib import Path

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.views.study import Standing, list_document, show_document
from fashion_bench.app.browse import read_studies, read_study
from fashion_bench.app.live_line import left_text, live_line
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import is_finished, standing
from fashion_bench.records import StudyRecord

SCREEN = 80  # columns


def listing(runs: Path) -> Document:
    """Return the list of all studies and experiments."""
    studies = read_studies(runs)
    stages = (stage for study in studies for stage in study.stages)
    return list_document(studies, {stage.name: _standing(runs, stage) for stage in stages})


def shown(runs: Path, name: str) -> Document:
    """Return what there is to tell of one of them.

    Raises:
        StudyError: there is none of that name.
    """
    study = read_study(runs, name)
    return show_document(study, _standing(runs, study))


def _standing(runs: Path, stage: StudyRecord) -> Standing:
    runs_folder = RunsFolder(runs)
    found = standing(runs_folder, stage.name, lambda: is_finished(runs_folder, stage))
    if found.state != "running" or found.live is None or found.live.doing == "ended":
        return Standing(state=found.state)
    return Standing(
        state=found.state,
        seconds_left=found.seconds_left,
        left=left_text(found.live),
        line=live_line(found.live, SCREEN),
    )
